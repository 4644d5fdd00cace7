package import Backups

/// Where drills come back.
package struct DrillPlace: Sendable {
    /// By the rights of whoever restores; on another engine, where the same storage is registered under some name.
    package let repository: BackupRepository
    /// Whether it is another engine than that of Optimize, which a drill there does not touch.
    package let isElsewhere: Bool

    package init(_ repository: BackupRepository, isElsewhere: Bool) {
        (self.repository, self.isElsewhere) = (repository, isElsewhere)
    }
}
