internal import ElasticsearchClient

extension BackupRepository {
    /// Deletes every snapshot of a backup, all at once and by exact names.
    ///
    /// - Throws: `.notFound`; `.repositoryBusy` while a snapshot of the repository runs, because the engine would hold the
    ///   delete back until it has ended, and every restore with it; `.held`; `.newerFormat`.
    package func delete(_ id: BackupID, observe: BackupObserver) async throws(BackupError) {
        let names = try await requireDeletable(id)
        for batch in batches(of: names) { try await remove(batch) }
        observe(BackupEvent(id: id, .deleted(snapshots: names)))
    }

    /// Throws what would keep a backup from being deleted; returns the names of its snapshots.
    @discardableResult
    package func requireDeletable(_ id: BackupID) async throws(BackupError) -> [String] {
        let backup = try await find(id)
        guard backup.isUnderstood else {
            throw BackupError(.newerFormat, "a newer optimize-backup made the backup \(id); this one doesn't change it")
        }
        if let hold = backup.hold {
            throw BackupError(
                .held,
                "\(hold.by.isEmpty ? "somebody" : hold.by) holds the backup \(id)\(hold.reason.isEmpty ? "" : " (\(hold.reason))"): "
                    + "'optimize-backup release \(id)' lets it go")
        }
        let running = try await runningSnapshots()
        guard running.isEmpty else {
            throw BackupError(
                .repositoryBusy,
                "\(running.map(\.name).sorted().joined(separator: ", ")) is in progress in the repository "
                    + "\(name): delete \(id) once it has ended")
        }
        return backup.parts.map(\.snapshot.name)
    }
}

/// Names in the order given, as many to a request as fit into its line; part 1 goes no later than part 2, since a part 1
/// alone may look like a backup whose part 2 is about to follow.
private func batches(of names: [String]) -> [[String]] {
    var batches: [[String]] = []
    for name in names {
        let fits = batches.last.map { ($0 + [name]).reduce(0) { $0 + $1.utf8.count } < 3000 } ?? false
        if fits { batches[batches.count - 1].append(name) } else { batches.append([name]) }
    }
    return batches
}
