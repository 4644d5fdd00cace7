package import Backups

/// What a person asks to be restored, and what they allow for it.
package struct RestoreRequest: Sendable {
    package var id: BackupID
    /// Whose the backup may be.
    package var reach: RepositoryBackups.Reach
    /// Whether indices in the way are deleted.
    package var replacesExisting = false
    /// Indices of the prefix whose base names do not stand in the backup, and that are deleted all the same.
    package var alsoDelete: [String] = []
    /// Another prefix for what comes back; nil to bring it back under its own.
    package var newPrefix: String?
    /// Whether what stands is backed up before any of it is deleted.
    package var takesSafetyBackup = true
    /// Whether it goes on where no marker can keep backups from beginning meanwhile.
    package var goesWithoutMarker = false
    /// Whether it goes on with what another process has begun, though nobody can tell if that still runs.
    package var takesOver = false
    /// The version of Optimize that will be started on what comes back, where another has written what stands.
    package var optimizeVersion: String?

    package init(_ id: BackupID, in reach: RepositoryBackups.Reach = .ours) {
        self.id = id
        self.reach = reach
    }
}
