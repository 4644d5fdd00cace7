package import Backups
internal import Time

/// What a restore came to.
package struct RestoreReport: Sendable, Equatable {
    package let plan: RestorePlan
    package let duration: Duration
    package let shards: Int
    /// In all indices that came back; nested ones count by themselves.
    package let documents: Int64
    /// Of them, those without an alias, by which Optimize would find them.
    package let withoutAlias: [String]
    package let safetyBackup: BackupID?
}
