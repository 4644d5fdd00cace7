internal import ElasticsearchClient
package import Time

/// The markers of one Optimize: notes in the repository about backups and jobs, read and written.
package struct RepositoryMarkers: Sendable {
    let repository: BackupRepository

    /// This Optimize's markers, but for those that have expired.
    package func current() async throws(BackupError) -> Markers {
        let owner = try await repository.identify().owner
        return await counting(in: try await repository.listing.entriesTwice(), of: owner)
    }

    /// The markers of a listing that count now.
    ///
    /// Their metadata is read once, for who wrote them and why; those of the first form tell by it alone whose they are, and stand
    /// where it can't be read.
    func counting(in listing: [SnapshotEntry], of owner: BackupOwner) async -> Markers {
        let unread = listing.filter { entry in
            guard MarkerName(entry.name) != nil else { return false }
            return repository.memory.withState { $0.known.reading(entry.uuid) == nil }
        }
        if !unread.isEmpty { try? await repository.blobs.readDetails(of: unread) }
        let now = await repository.engineClock.trustedTime().expiring
        return repository.memory.withState { state in
            var known = state.known
            known.take(listing)
            return Markers(known.markers(of: owner), at: now, renamed: repository.settings.renamedJobs)
        }
    }

    /// Throws `.fireTimeCancelled` if somebody has cancelled the backup of a fire time, here or elsewhere.
    package func requireNotCancelled(_ time: Instant) async throws(BackupError) {
        try await requireNotCancelled(BackupID(fireTime: time), nil)
    }

    /// Throws `.fireTimeCancelled` if somebody has cancelled that backup, or the fire time that it is for: asked afresh, of those markers
    /// alone.
    func requireNotCancelled(_ id: BackupID, _ due: BackupMetadata.Due?) async throws(BackupError) {
        try await ask(about: id, due, besides: [])?.requireNotCancelled(id, due)
    }

    /// The same, and throws `.restoring` while a restore is under way: what had been asked before may have been long ago.
    ///
    /// - Parameter restored: whose restore wants this very backup.
    func requireOrderable(
        _ id: BackupID, _ due: BackupMetadata.Due?, restoring restored: BackupID?
    ) async throws(BackupError) {
        let markers = try await ask(about: id, due, besides: [MarkerName.pattern(.restore, "*")])
        try markers?.requireNotCancelled(id, due)
        try markers?.requireNoRestore(but: restored)
    }

    /// The markers, if there is one that cancels the backup, or one that other patterns find; nil if there is none.
    private func ask(
        about id: BackupID, _ due: BackupMetadata.Due?, besides others: [String]
    ) async throws(BackupError) -> Markers? {
        let subjects = [id] + (due.map { [BackupID(fireTime: $0.time)] } ?? [])
        let patterns = Set(subjects.map { MarkerName.pattern(.cancel, $0.description) }).sorted() + others
        for _ in 0..<2 {
            let found = try await repository.attempt("asking whether the backup \(id) was cancelled") {
                () throws(EngineError) in
                try await repository.client.entries(in: repository.name, matching: patterns)
            }
            if !found.isEmpty { return try await current() }
        }
        return nil
    }
}
