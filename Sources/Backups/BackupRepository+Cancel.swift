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
        // Written first, so that whoever finds the snapshot gone finds the reason; it ends only after what runs.
        var (marker, unmarked) = await markCancelled(backup, by: who)
        let running = try await unfinishedSnapshots(of: id).filter { $0.state == .inProgress }.map(\.name)
        if !running.isEmpty { try await remove(running) }
        if let name = marker {
            do throws(BackupError) {
                _ = try await confirm(name, within: .seconds(2))
            } catch {
                (marker, unmarked) = await markCancelled(backup, by: who)
                if let again = marker, (try? await confirm(again, within: .seconds(2))) == nil { unmarked = error }
            }
        }
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

    /// Writes down that a scheduled backup is cancelled; returns the marker, or why there is none.
    private func markCancelled(_ backup: Backup, by who: String) async -> (MarkerName?, BackupError?) {
        guard let due = backup.metadata?.due else { return (nil, nil) }
        let until = due.time + .longestCatchUp
        var failure: BackupError?
        for _ in 0..<5 {
            do throws(BackupError) {
                let id = BackupID(fireTime: due.time).description
                return (try await mark(.cancel, id, until: until, by: who), nil)
            } catch {
                failure = error
                guard error.isCurableByWaiting, (try? await clock.sleep(for: .milliseconds(500))) != nil else { break }
            }
        }
        return (nil, failure)
    }

    /// The snapshots of a backup that has not ended well, as they are now; none if it is gone.
    ///
    /// - Throws: `.repositoryBusy` if it has come to a good end meanwhile.
    private func unfinishedSnapshots(of id: BackupID) async throws(BackupError) -> [Snapshot] {
        let backup: Backup
        do throws(BackupError) {
            backup = try await find(id)
        } catch {
            guard error.code == .notFound else { throw error }
            return []
        }
        guard backup.state != .completed else {
            throw BackupError(.repositoryBusy, "the backup \(id) is COMPLETED by now: delete it instead")
        }
        return backup.parts.map(\.snapshot)
    }

    /// Throws `.fireTimeCancelled` if somebody has cancelled the backup of a fire time, here or elsewhere.
    package func requireNotCancelled(_ time: Instant) async throws(BackupError) {
        try requireNotCancelled(time, try await markers())
    }

    func requireNotCancelled(_ time: Instant, _ markers: Markers) throws(BackupError) {
        guard let marker = markers.cancel(of: time) else { return }
        throw BackupError(
            .fireTimeCancelled,
            "the backup for \(time.rfc3339) was cancelled\(marker.byAndReason): it is not tried again")
    }

    /// Deletes snapshots by their exact names; what is gone already, whoever did it, is done.
    ///
    /// The engine deletes all or none: when one is missing, the others are still to go.
    func remove(_ names: [String]) async throws(BackupError) {
        memory.withState { $0.known.noteDoomed(names) }
        var left = names
        for _ in 0..<5 {
            let failure: EngineError
            do {
                return try await client.deleteSnapshots(left, in: name)
            } catch {
                failure = error
            }
            // Uncertain means ask.
            var there: [String] = []
            for snapshot in left where try await entry(snapshot) != nil { there.append(snapshot) }
            if there.isEmpty { return }
            guard failure.code == .snapshotMissing, there.count < left.count else {
                let what = "deleting \(there.joined(separator: ", "))"
                throw failure.tellsOfFullStorage ? storageFailure(what, failure) : BackupError(what, failure)
            }
            left = there
        }
        throw BackupError(.repositoryBusy, "others delete from the repository \(name) all the time: try again")
    }
}
