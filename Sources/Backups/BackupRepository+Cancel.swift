internal import ElasticsearchClient
package import Time

extension BackupRepository {
    /// Stops a backup in progress and deletes its snapshots; if it was scheduled, a marker keeps every daemon from trying again.
    ///
    /// - Throws: `.notFound`; `.repositoryBusy` for a backup that has ended, and when others' snapshots keep what had ended of it
    ///   from being deleted; any code when it is cancelled, and the marker can't be written.
    package func cancel(_ id: BackupID, by who: String, observe: BackupObserver) async throws(BackupError) {
        let backup = try await find(id)
        guard backup.state == .inProgress else {
            throw BackupError(
                .repositoryBusy, "the backup \(id) is not in progress but \(backup.state.rawValue): delete it instead")
        }
        guard backup.isUnderstood else {
            throw BackupError(.newerFormat, "a newer optimize-backup made the backup \(id); this one doesn't change it")
        }
        // Written first, so that whoever finds the snapshot gone finds the reason.
        let unmarked = await markCancelled(backup, by: who)
        let running = try await unfinishedSnapshots(of: id).filter { $0.state == .inProgress }.map(\.name)
        if !running.isEmpty { try await remove(running) }
        // A part that has ended is deleted only while nothing runs: the engine would hold the delete back.
        guard try await runningSnapshots().isEmpty else {
            throw BackupError(
                .repositoryBusy, "the backup \(id) is stopped; delete what is left of it once nothing runs any more")
        }
        let left = try await unfinishedSnapshots(of: id).map(\.name)
        if !left.isEmpty { try await remove(left) }
        observe(BackupEvent(id: id, .deleted(snapshots: running + left)))
        if let unmarked {
            throw BackupError(
                unmarked.code, "the backup \(id) is cancelled, but a daemon may try it again: \(unmarked.message)",
                setting: unmarked.setting, cause: unmarked.cause)
        }
    }

    /// Writes down that a scheduled backup is cancelled; returns why that could not be done.
    private func markCancelled(_ backup: Backup, by who: String) async -> BackupError? {
        guard let due = backup.metadata?.due else { return nil }
        var failure: BackupError?
        for _ in 0..<5 {
            do throws(BackupError) {
                try await mark(.cancel, BackupID(fireTime: due.time).description, by: who)
                return nil
            } catch {
                failure = error
                guard error.isCurableByWaiting, (try? await clock.sleep(for: .milliseconds(500))) != nil else { break }
            }
        }
        return failure
    }

    /// The snapshots of a backup that has not ended well, as they are now; none if it is gone.
    ///
    /// - Throws: `.repositoryBusy` if it has come to a good end meanwhile.
    private func unfinishedSnapshots(of id: BackupID) async throws(BackupError) -> [Snapshot] {
        let owner = try await identify().owner
        let found = try await snapshots(matching: SnapshotName.pattern(of: id))
        guard let backup = backups(in: found, of: owner).first(where: { $0.id == id }) else { return [] }
        guard backup.state != .completed else {
            throw BackupError(.repositoryBusy, "the backup \(id) is COMPLETED by now: delete it instead")
        }
        return backup.parts.map(\.snapshot)
    }

    /// Throws `.fireTimeCancelled` if somebody has cancelled the backup of a fire time, here or elsewhere.
    package func requireNotCancelled(_ time: Instant, _ owner: BackupOwner? = nil) async throws(BackupError) {
        let owner = if let owner { owner } else { try await identify().owner }
        let markers = try await markers(of: owner)
        guard let marker = markers.first(where: { $0.cancels(time) }) else { return }
        throw BackupError(
            .fireTimeCancelled, "the backup for \(time.rfc3339) was cancelled by \(marker.by): it is not tried again")
    }

    /// Deletes snapshots by their exact names; what is gone already, whoever did it, is done.
    func remove(_ names: [String]) async throws(BackupError) {
        do {
            try await client.deleteSnapshots(names, in: name)
        } catch {
            // Uncertain means ask.
            var left: [String] = []
            for snapshot in names {
                let found = try await attempt("asking for \(snapshot)") { () throws(EngineError) in
                    try await client.snapshot(snapshot, in: name)
                }
                if found != nil { left.append(snapshot) }
            }
            guard left.isEmpty else { throw BackupError("deleting \(left.joined(separator: ", "))", error) }
        }
    }
}
