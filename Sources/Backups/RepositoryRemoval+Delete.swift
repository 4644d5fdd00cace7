internal import ElasticsearchClient

extension RepositoryRemoval {
    /// Deletes every snapshot of a backup, all at once and by exact names.
    ///
    /// - Throws: `.notFound`; `.repositoryBusy` while a snapshot of the repository runs, because the engine would hold the
    ///   delete back until it has ended, and every restore with it; `.held`; `.newerFormat`.
    ///
    /// - Parameters:
    ///   - isByHand: whether a person asks for it; retention deletes nothing that can't be read.
    ///   - reach: whose it may be.
    ///   - evenUnreadable: whether it may be one that nobody can tell whose it is.
    package func delete(
        _ id: BackupID, in reach: RepositoryBackups.Reach = .ours, isByHand: Bool, evenUnreadable: Bool = false,
        observe: BackupObserver
    ) async throws(BackupError) {
        let names = try await requireDeletable(id, in: reach, isByHand: isByHand, evenUnreadable: evenUnreadable)
        for batch in batches(of: names) { try await remove(batch) }
        observe(BackupEvent(id: id, .deleted(snapshots: names)))
    }

    /// Throws what would keep a backup from being deleted; returns the names of its snapshots.
    @discardableResult
    package func requireDeletable(
        _ id: BackupID, in reach: RepositoryBackups.Reach = .ours, isByHand: Bool, evenUnreadable: Bool = false
    ) async throws(BackupError) -> [String] {
        let (backup, markers, owner) = try await repository.backups.survey(id, in: reach)
        guard backup.isUnderstood else {
            throw BackupError(.newerFormat, "a newer optimize-backup made the backup \(id); this one doesn't change it")
        }
        try await requireNoRestore(of: backup, markers, owner)
        if backup.isUnreadable {
            try await requireDeletableUnread(backup, isByHand: isByHand, evenUnreadable: evenUnreadable)
        }
        if let hold = backup.hold {
            throw BackupError(
                .held,
                "\(hold.by.isEmpty ? "somebody" : hold.by) holds the backup \(id)\(hold.reason.isEmpty ? "" : " (\(hold.reason))"): "
                    + "'optimize-backup release \(id)' lets it go")
        }
        let running = try await repository.listing.runningSnapshots()
        guard running.isEmpty else {
            throw BackupError(
                .repositoryBusy,
                "\(running.map(\.name).sorted().joined(separator: ", ")) is in progress in the repository "
                    + "\(repository.name): delete \(id) once it has ended")
        }
        return backup.parts.map(\.name.description)
    }

    /// Throws `.restoring` while anything is restored here; `.held` for what another cluster restores, or has begun to.
    private func requireNoRestore(
        of backup: Backup, _ markers: Markers, _ owner: BackupOwner
    ) async throws(BackupError) {
        guard backup.cluster != nil else { return try markers.requireNoRestore() }
        try await repository.markers.current().requireNoRestore()
        guard let restore = markers.restore else { return }
        throw BackupError(
            .held,
            "the cluster \(owner.cluster) was restoring a backup\(restore.byAndReason): 'optimize-backup markers remove "
                + "\(restore.name)' lets \(backup.id) go")
    }

    private func requireDeletableUnread(
        _ backup: Backup, isByHand: Bool, evenUnreadable: Bool
    ) async throws(BackupError) {
        guard isByHand else {
            throw BackupError(
                .unreadable, "the backup \(backup.id) can't be read, and retention deletes nothing unread")
        }
        let damaged = repository.memory.withState { $0.known.unreadable }
        if !backup.parts.contains(where: { !$0.isUnreadable }) {
            try await repository.blobs.requireReadable(besides: damaged)
        }
        guard evenUnreadable || !backup.isOfUnknownOwner else {
            throw BackupError(
                .unreadable,
                "the backup \(backup.id) can't be read, so that nobody can tell whether it is this Optimize's: "
                    + "'optimize-backup delete --unreadable \(backup.id)' deletes it all the same")
        }
    }
}

/// Names in the order given, as many to a request as fit into its line; part 1 goes no later than part 2, since a part 1
/// alone may look like a backup whose part 2 is about to follow.
private func batches(of names: [String]) -> [[String]] {
    var batches: [[String]] = []
    for name in names {
        let fits =
            batches.last.map { ($0 + [name]).reduce(0) { $0 + pathComponent($1).utf8.count + 1 } < 3_000 } ?? false
        if fits { batches[batches.count - 1].append(name) } else { batches.append([name]) }
    }
    return batches
}
