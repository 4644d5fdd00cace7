internal import ElasticsearchClient
internal import Time

extension RepositoryMarkers {
    /// Deletes markers that have no effect any more.
    func tidySpent(of owner: BackupOwner? = nil) async throws(BackupError) {
        let own = try await repository.identify().owner
        let markers = await counting(in: try await repository.listing.entriesTwice(), of: owner ?? own)
        try await remove(markers.spent.filter { !$0.isPending })
    }

    /// Removes markers that have expired by their own names, and those that others have undone.
    ///
    /// A pause stays for another year, as a resume does: it tells since when backups are owed.
    package func tidy() async throws(BackupError) {
        let owner = try await repository.identify().owner
        let listing = try await repository.listing.entriesTwice()
        guard listing.contains(where: { $0.name.hasPrefix(MarkerName.prefix) }) else { return }
        let standing = await counting(in: listing, of: owner)
        let now = await repository.engineClock.trustedTime().expiring
        let expired = repository.memory.withState { $0.known.markers(of: owner) }.filter { marker in
            !marker.counts(at: marker.kind == .pause ? now.map { $0 - .longestCatchUp } : now)
        }
        try await remove(expired + orphans(standing, in: listing, now: now) + standing.spent.filter { !$0.isPending })
    }

    /// Markers whose backup has been missing from every listing for a day, and from its cancels no host can catch up any more.
    private func orphans(_ markers: Markers, in listing: [SnapshotEntry], now: Instant?) -> [Marker] {
        let ids = Set(listing.compactMap { SnapshotName($0.name)?.id.description })
        let uptime = repository.clock.uptime()
        let absent = markers.all.filter { marker in
            guard [.hold, .cancel, .failed].contains(marker.kind), !ids.contains(marker.subject) else { return false }
            guard marker.kind == .cancel, let time = BackupID(unchecked: marker.subject).fireTime else { return true }
            return now.map { $0 - time > .longestCatchUp } ?? false
        }
        return repository.memory.withState { state in
            let since = state.absentSince
            state.absentSince = Dictionary(absent.map { ($0.uuid, since[$0.uuid] ?? uptime) }) { $1 }
            return absent.filter { since[$0.uuid].map { uptime - $0 >= .seconds(86_400) } ?? false }
        }
    }

    /// Deletes markers, unless a snapshot runs: the engine would hold the delete back; they go another time then.
    ///
    /// - Returns: whether they are gone.
    @discardableResult
    func remove(_ markers: [Marker]) async throws(BackupError) -> Bool {
        guard !markers.isEmpty else { return true }
        guard try await repository.listing.runningSnapshots().isEmpty else { return false }
        try await repository.removal.remove(markers.map(\.name.description))
        return true
    }

    /// Removes one marker by its name, of whatever form: nothing that only looks like one may stand in the way for ever.
    ///
    /// - Throws: `.notFound`; `.repositoryBusy` while a snapshot of the repository runs.
    package func remove(_ marker: String) async throws(BackupError) {
        guard marker.hasPrefix(MarkerName.prefix), try await repository.listing.entry(marker) != nil else {
            throw BackupError(.notFound, "there is no marker \(marker) in the repository \(repository.name)")
        }
        let running = try await repository.listing.runningSnapshots()
        guard running.isEmpty else {
            throw BackupError(
                .repositoryBusy,
                "\(running.map(\.name).sorted().joined(separator: ", ")) is in progress in the repository \(repository.name): "
                    + "try again once it has ended")
        }
        try await repository.removal.remove([marker])
    }
}

extension Duration {
    /// A year and a day: no configuration lets anybody catch up on what is older.
    static let longestCatchUp = Duration.seconds(367 * 86_400)
}
