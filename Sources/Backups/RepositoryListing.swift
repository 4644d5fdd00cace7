package import ElasticsearchClient
internal import Time

/// What the engine's master remembers of the repository: which names stand in it, and what runs.
package struct RepositoryListing: Sendable {
    let repository: BackupRepository

    /// Everything that stands in the repository under a name of a backup or a marker, whoever's it is.
    ///
    /// An empty answer, or one in which all that was good is missing, is asked again at once.
    ///
    /// - Throws: `.namesVanished` when all good backups of the last listing are gone, and this program deleted none of them.
    package func entries() async throws(BackupError) -> [SnapshotEntry] {
        var listing = try await entriesOnce()
        var isLoss = repository.memory.withState { $0.known.loses(listing) }
        if listing.isEmpty || isLoss {
            listing = try await entriesOnce()
            isLoss = repository.memory.withState { $0.known.loses(listing) }
        }
        let names = listing
        if isLoss {
            let count = repository.memory.withState { state in
                state.known.good.record(lossIn: names)
                return state.known.good.count
            }
            throw BackupError(
                .namesVanished,
                "all good backups (\(count) snapshots) that stood in the repository \(repository.name) at the last look are gone, and this "
                    + "program deleted none of them: its location or base_path was changed, or the storage lost it. Nothing is "
                    + "ordered or pruned until they are back; if somebody meant it, restart the daemon",
                setting: "backup.repositoryName")
        }
        repository.memory.withState { $0.known.take(names) }
        return listing
    }

    private func entriesOnce() async throws(BackupError) -> [SnapshotEntry] {
        try await repository.attempt("listing the names in the repository \(repository.name)") {
            () throws(EngineError) in
            try await repository.client.entries(in: repository.name, matching: patterns)
        }
    }

    /// A listing with which the one before agreed about markers: that none stands is no matter of one answer.
    package func entriesTwice() async throws(BackupError) -> [SnapshotEntry] {
        var last = try await entries()
        for _ in 0..<10 {
            let next = try await entries()
            func markers(_ listing: [SnapshotEntry]) -> Set<String> {
                Set(listing.map(\.name).filter { $0.hasPrefix(MarkerName.prefix) })
            }
            if markers(last) == markers(next) { return next }
            last = next
            try await repository.pause(
                .milliseconds(50), while: "listing the markers of the repository \(repository.name)")
        }
        throw BackupError(.repositoryBusy, "the markers of the repository \(repository.name) change all the time")
    }

    /// A snapshot by the engine's memory; that there is none takes two answers.
    package func entry(_ snapshot: String) async throws(BackupError) -> SnapshotEntry? {
        for _ in 0..<2 {
            let found = try await repository.attempt("asking for \(snapshot)") { () throws(EngineError) in
                try await repository.client.entry(snapshot, in: repository.name)
            }
            if let found { return found }
        }
        return nil
    }

    /// The running snapshots of the repository, but for markers, which hold nobody up.
    package func runningSnapshots() async throws(BackupError) -> [Snapshot] {
        try await repository.attempt("looking for running snapshots in the repository \(repository.name)") {
            () throws(EngineError) in
            try await repository.client.runningSnapshots(in: repository.name)
        }
        .filter { !$0.name.hasPrefix(MarkerName.prefix) }
    }
}

/// Our backups' and our markers' names, in one listing: the truth about what exists.
private let patterns = [SnapshotName.pattern, MarkerName.pattern]
