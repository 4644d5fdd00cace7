package import Backups
internal import Time

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
    /// That it comes back for a look alone, hidden and beside what lives, and what that may take; nil for a restore.
    package var drill: DrillLimits?
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

/// What a drill may take; it is refused before it begins where it would take more.
package struct DrillLimits: Sendable, Equatable {
    /// Of what comes back, in bytes; nil for as much as there is room for.
    package var maximumSize: Int64?
    package var timeout: Duration

    package init(maximumSize: Int64? = nil, timeout: Duration = .seconds(7_200)) {
        self.maximumSize = maximumSize
        self.timeout = timeout
    }
}
