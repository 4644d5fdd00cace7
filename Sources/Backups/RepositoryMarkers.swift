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
        let subjects = [id] + (due.map { [BackupID(fireTime: $0.time)] } ?? [])
        let patterns = Set(subjects.map { MarkerName.pattern(.cancel, $0.description) }).sorted()
        for _ in 0..<2 {
            let found = try await repository.attempt("asking whether the backup \(id) was cancelled") {
                () throws(EngineError) in
                try await repository.client.entries(in: repository.name, matching: patterns)
            }
            guard !found.isEmpty else { continue }
            let markers = try await current()
            for subject in subjects { try markers.requireNotCancelled(subject) }
            return
        }
    }
}
