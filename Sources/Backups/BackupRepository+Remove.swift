internal import ElasticsearchClient
internal import Time

extension BackupRepository {
    /// Deletes snapshots by their exact names; what is gone already, whoever did it, is done.
    ///
    /// The engine deletes all or none: when one is missing, the others are still to go.
    func remove(_ names: [String]) async throws(BackupError) {
        memory.withState { $0.known.noteDoomed(names) }
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

    /// Deletes snapshots, and looks beside it: whoever waits need not wait for a master that hangs.
    ///
    /// - Throws: `.noAnswer` also when for minutes nobody tells whether they are still there.
    private func deleteSnapshots(_ names: [String]) async throws(EngineError) {
        let result = await withTaskGroup(of: Result<Void, EngineError>.self) { group in
            group.addTask {
                do throws(EngineError) {
                    return .success(try await client.deleteSnapshots(names, in: name))
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
                try await clock.sleep(for: missing > 0 ? .milliseconds(20) : .seconds(10))
            } catch {
                return .failure(EngineError(.cancelled, reason: "cancelled while deleting \(names)"))
            }
            do throws(EngineError) {
                missing = try await client.entries(in: name, matching: names).isEmpty ? missing + 1 : 0
            } catch {
                return .failure(error)
            }
        }
        return .success(())
    }
}
