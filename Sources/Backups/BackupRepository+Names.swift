internal import ElasticsearchClient
internal import Time

/// Our backups' and our markers' names, in one listing: the truth about what exists.
private let patterns = [SnapshotName.pattern, MarkerName.pattern]

extension BackupRepository {
    /// Everything that stands in the repository under a name of a backup or a marker, whoever's it is.
    ///
    /// An empty answer, or one in which all that was good is missing, is asked again at once.
    ///
    /// - Throws: `.namesVanished` when all good backups of the last listing are gone, and this program deleted none of them.
    func listNames() async throws(BackupError) -> [SnapshotEntry] {
        var listing = try await listNamesOnce()
        var isLoss = memory.withState { $0.known.loses(listing) }
        if listing.isEmpty || isLoss {
            listing = try await listNamesOnce()
            isLoss = memory.withState { $0.known.loses(listing) }
        }
        let names = listing
        if isLoss {
            let count = memory.withState { state in
                state.known.note(lossIn: names)
                return state.known.goodCount
            }
            throw BackupError(
                .namesVanished,
                "all good backups (\(count) snapshots) that stood in the repository \(name) at the last look are gone, and this "
                    + "program deleted none of them: its location or base_path was changed, or the storage lost it. Nothing is "
                    + "ordered or pruned until they are back; if somebody meant it, restart the daemon",
                setting: "backup.repositoryName")
        }
        memory.withState { $0.known.take(names) }
        return listing
    }

    private func listNamesOnce() async throws(BackupError) -> [SnapshotEntry] {
        try await attempt("listing the names in the repository \(name)") { () throws(EngineError) in
            try await client.entries(in: name, matching: patterns)
        }
    }

    /// A listing with which the one before agreed about markers: that none stands is no matter of one answer.
    func listNamesTwice() async throws(BackupError) -> [SnapshotEntry] {
        var last = try await listNames()
        for _ in 0..<10 {
            let next = try await listNames()
            func markers(_ listing: [SnapshotEntry]) -> Set<String> {
                Set(listing.map(\.name).filter { $0.hasPrefix(MarkerName.prefix) })
            }
            if markers(last) == markers(next) { return next }
            last = next
            try await pause(.milliseconds(50), while: "listing the markers of the repository \(name)")
        }
        throw BackupError(.repositoryBusy, "the markers of the repository \(name) change all the time")
    }

    /// The markers of a listing that count now.
    ///
    /// Their metadata is read once, for who wrote them and why; those of the first form tell by it alone whose they are, and stand
    /// where it can't be read.
    func markers(in listing: [SnapshotEntry], of owner: BackupOwner) async -> Markers {
        let unread = listing.filter { entry in
            guard MarkerName(entry.name) != nil else { return false }
            return memory.withState { $0.known.reading(entry.uuid) == nil }
        }
        if !unread.isEmpty { _ = try? await readDetails(of: unread) }
        let now = await trustedTime().expiring
        return memory.withState { state in
            var known = state.known
            known.take(listing)
            return Markers(known.markers(of: owner).filter { $0.counts(at: now) })
        }
    }

    /// This Optimize's markers, but for those that have expired.
    package func markers() async throws(BackupError) -> Markers {
        let owner = try await identify().owner
        return await markers(in: try await listNamesTwice(), of: owner)
    }

    /// What keeps every backup of this Optimize from beginning: nothing begins without an answer.
    ///
    /// - Throws: `.restoring`; any other code when the repository gives no answer.
    func requireNoRestore(_ markers: Markers) throws(BackupError) {
        guard let restore = markers.restore else { return }
        throw BackupError(
            .restoring,
            "a restore is under way\(restore.byAndReason) (\(restore.name)); if that is not so, 'optimize-backup markers remove "
                + "\(restore.name)' lifts it")
    }
}
