package import Time

/// What is asked of `create`.
package struct BackupOrder: Sendable {
    package enum Identity: Sendable {
        /// That very id; taken means refused.
        case exactly(BackupID)
        /// The id of that second, or of the next one that is free.
        case firstFree(from: Instant)
    }

    package var identity: Identity
    /// Whose backup it is to be; none for an order of its own.
    package var jobs: [String]
    /// Of a scheduled backup.
    package var due: BackupMetadata.Due?
    /// Whether it waits until other programs' snapshots have ended; one that a person orders starts beside them.
    package var waitsForOthers: Bool
    /// The backup whose restore is about to delete what this one is to keep: its marker does not stop this.
    package var restoring: BackupID?

    package init(
        _ identity: Identity, jobs: [String] = [], due: BackupMetadata.Due? = nil, waitsForOthers: Bool = false
    ) {
        self.identity = identity
        self.jobs = jobs
        self.due = due
        self.waitsForOthers = waitsForOthers
    }
}
