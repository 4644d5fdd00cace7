internal import ElasticsearchClient
internal import Time

/// What goes from the repository, always by exact names: backups that are deleted or cancelled, and snapshots that are overdue.
package struct RepositoryRemoval: Sendable {
    let repository: BackupRepository

    /// Deletes snapshots by their exact names; what is gone already, whoever did it, is done.
    ///
    /// The engine deletes all or none: when one is missing, the others are still to go.
    func remove(_ names: [String]) async throws(BackupError) {
        repository.memory.withState { $0.known.recordDoomed(names) }
        var left = names
        for _ in 0..<5 {
            let failure: EngineError
            do {
                return try await deleteSnapshots(left)
            } catch {
                failure = error
            }
            // Uncertain means ask.
            var there: [String] = []
            for snapshot in left where try await repository.listing.entry(snapshot) != nil { there.append(snapshot) }
            if there.isEmpty { return }
            guard failure.code == .snapshotMissing, there.count < left.count else {
                let what = "deleting \(there.joined(separator: ", "))"
                throw failure.tellsOfFullStorage
                    ? repository.storage.failure(what, failure) : BackupError(what, failure)
            }
            left = there
        }
        throw BackupError(
            .repositoryBusy, "others delete from the repository \(repository.name) all the time: try again")
    }

    /// Deletes snapshots, and looks beside it: whoever waits need not wait for a master that hangs.
    ///
    /// - Throws: `.noAnswer` also when for minutes nobody tells whether they are still there.
    private func deleteSnapshots(_ names: [String]) async throws(EngineError) {
        let result = await withTaskGroup(of: Result<Void, EngineError>.self) { group in
            group.addTask {
                do throws(EngineError) {
                    return .success(try await repository.client.deleteSnapshots(names, in: repository.name))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask { await watchDelete(of: names) }
            defer { group.cancelAll() }
            return await group.next() ?? .success(())
        }
        try result.get()
    }

    /// Returns once snapshots are gone, or nobody answers.
    private func watchDelete(of names: [String]) async -> Result<Void, EngineError> {
        var missing = 0
        while missing < 2 {
            do {
                try await repository.clock.sleep(for: missing > 0 ? .milliseconds(20) : .seconds(10))
            } catch {
                return .failure(EngineError(.cancelled, reason: "cancelled while deleting \(names)"))
            }
            do throws(EngineError) {
                missing =
                    try await repository.client.entries(in: repository.name, matching: names).isEmpty ? missing + 1 : 0
            } catch {
                return .failure(error)
            }
        }
        return .success(())
    }

    /// Deletes those running snapshots of this Optimize's backups for which `backup.timeout` has passed by the engine's own clock, and
    /// with it a minute for whoever watches them.
    ///
    /// - Returns: the names of those that are gone.
    @discardableResult
    package func removeOverdue() async throws(BackupError) -> [String] {
        try await removeOverdue(
            try await repository.listing.runningSnapshots(), of: try await repository.identify().owner)
    }

    /// Deletes those of running snapshots that are overdue.
    func removeOverdue(_ running: [Snapshot], of owner: BackupOwner) async throws(BackupError) -> [String] {
        var removed: [String] = []
        for snapshot in running {
            guard let metadata = Part(snapshot)?.metadata, metadata.owner == owner, metadata.isUnderstood,
                let start = snapshot.startTime, let age = await repository.engineClock.age(since: start),
                age > repository.settings.timeout + .seconds(60)
            else { continue }
            try await remove([snapshot.name])
            removed.append(snapshot.name)
        }
        return removed
    }
}
