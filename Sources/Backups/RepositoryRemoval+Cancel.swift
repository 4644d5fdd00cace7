internal import ElasticsearchClient
internal import Time

extension RepositoryRemoval {
    /// Stops a backup in progress and deletes its snapshots; a marker keeps everybody from going on with it, and from trying again.
    ///
    /// Once the marker is written the cancel stands: what comes to its end meanwhile goes as well.
    ///
    /// - Throws: `.notFound`; `.repositoryBusy` for a backup that has ended, and when others' snapshots keep what had ended of it
    ///   from being deleted; any code when it is cancelled, and the marker can't be written.
    package func cancel(_ id: BackupID, by who: String, observe: BackupObserver) async throws(BackupError) {
        let backup = try await repository.backups.find(id)
        guard backup.state == .inProgress else {
            throw BackupError(
                .repositoryBusy, "the backup \(id) is not in progress but \(backup.state.rawValue): delete it instead")
        }
        guard backup.isUnderstood else {
            throw BackupError(.newerFormat, "a newer optimize-backup made the backup \(id); this one doesn't change it")
        }
        // Written first, so that whoever finds the snapshot gone finds the reason; where the engine takes no marker while a snapshot
        // runs, the snapshot goes first.
        var marked = await markCancelled(backup, by: who, attempts: 1)
        var stopped: [String] = []
        // A part 2 may be on its way.
        for _ in 0..<5 {
            let running = try await snapshots(of: id).filter { $0.state == .inProgress }.map(\.name)
            if running.isEmpty { break }
            try await remove(running)
            stopped += running
        }
        var unmarked = await failure(of: marked)
        for _ in 0..<2 where unmarked != nil {
            marked = await markCancelled(backup, by: who, attempts: 5)
            unmarked = await failure(of: marked)
        }
        // A part that has ended is deleted only while nothing runs: the engine would hold the delete back.
        guard try await repository.listing.runningSnapshots().isEmpty else {
            throw BackupError(
                .repositoryBusy, "the backup \(id) is stopped; delete what is left of it once nothing runs any more")
        }
        let left = try await snapshots(of: id).map(\.name)
        if !left.isEmpty { try await remove(left) }
        observe(BackupEvent(id: id, .deleted(snapshots: stopped + left)))
        if let unmarked {
            throw BackupError(
                unmarked.code, "the backup \(id) is cancelled, but a daemon may try it again: \(unmarked.message)",
                setting: unmarked.setting, cause: unmarked.cause)
        }
    }

    /// Why a marker that was to be written does not stand; nil if it does, or waits for other snapshots.
    private func failure(of marked: Result<MarkerName, BackupError>) async -> BackupError? {
        do throws(BackupError) {
            _ = try await repository.markers.confirm(try marked.get(), within: .seconds(2))
            return nil
        } catch {
            return error
        }
    }

    /// Writes down that a backup is cancelled; returns the marker, or why there is none.
    private func markCancelled(
        _ backup: Backup, by who: String, attempts: Int
    ) async -> Result<MarkerName, BackupError> {
        let time = backup.metadata?.due?.time
        let subject = time.map { BackupID(fireTime: $0) } ?? backup.id
        let until = (time ?? repository.clock.now()) + .longestCatchUp
        var failure = BackupError(.engineFailed, "nobody tried to write the marker")
        for attempt in 0..<attempts {
            do throws(BackupError) {
                let patience: Duration? = attempts == 1 ? .zero : nil
                return .success(
                    try await repository.markers.mark(
                        .cancel, subject.description, until: until, by: who, waitingAtMost: patience))
            } catch {
                failure = error
                guard attempt + 1 < attempts, error.isCurableByWaiting,
                    (try? await repository.clock.sleep(for: .milliseconds(500))) != nil
                else { break }
            }
        }
        return .failure(failure)
    }

    /// The snapshots of a backup as they are now; none if it is gone.
    private func snapshots(of id: BackupID) async throws(BackupError) -> [Snapshot] {
        do throws(BackupError) {
            return try await repository.backups.find(id).parts.map(\.snapshot)
        } catch {
            guard error.code == .notFound else { throw error }
            return []
        }
    }

    /// What a cancel has met on its way, and what a cancelled order has left running: deleted by whoever sees it.
    ///
    /// - Returns: the ids of backups of which something was deleted.
    package func removeCancelled(_ backups: [Backup], _ markers: Markers) async throws(BackupError) -> [BackupID] {
        var removed: [BackupID] = []
        for backup in backups where backup.isOurs {
            let running = backup.parts.filter { $0.state == .inProgress }.map(\.name.description)
            guard !running.isEmpty, markers.cancel(of: backup) != nil else { continue }
            try await remove(running)
            removed.append(backup.id)
        }
        return removed
    }
}
