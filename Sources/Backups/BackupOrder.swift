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
    /// Of a scheduled backup.
    package var due: BackupMetadata.Due?

    package init(_ identity: Identity, due: BackupMetadata.Due? = nil) {
        self.identity = identity
        self.due = due
    }
}
