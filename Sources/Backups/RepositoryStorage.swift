internal import ElasticsearchClient

/// What the repository is stored on: whether it can be written, and what it says when it can't.
package struct RepositoryStorage: Sendable {
    let repository: BackupRepository

    /// Throws `.configuration` for a repository that is registered read-only, and remembers whether it is.
    func requireWritable() async throws(BackupError) {
        let found = try await repository.attempt("looking up the repository \(repository.name)") {
            () throws(EngineError) in
            try await repository.client.repository(repository.name)
        }
        let refusal = BackupError(
            .configuration, "the repository \(repository.name) is registered read-only",
            setting: "backup.repositoryName")
        repository.memory.withState { state in
            if found.isReadOnly {
                state.writeProblem = refusal
            } else if state.writeProblem?.code == refusal.code {
                state.writeProblem = nil
            }
        }
        guard !found.isReadOnly else { throw refusal }
    }

    /// Lets every node of the engine write to the repository and read it back; returns how many did.
    ///
    /// - Throws: `.configuration` when it is not registered, or read-only; `.storageFailed` with the storage's own words.
    package func verify() async throws(BackupError) -> Int {
        try await requireWritable()
        do {
            let nodes = try await repository.client.verifyRepository(repository.name)
            repository.memory.withState { $0.writeProblem = nil }
            return nodes
        } catch {
            guard [.failed, .rejected].contains(error.code) else {
                throw BackupError("verifying the repository \(repository.name)", error)
            }
            let failure = failure("the repository \(repository.name) can't be written", error)
            repository.memory.withState { $0.writeProblem = failure }
            throw failure
        }
    }

    /// What keeps the storage from being written, as it was told last; nil if nothing is known to.
    package var writeProblem: BackupError? { repository.memory.withState { $0.writeProblem } }

    /// Why an order that was accepted is gone: the engine keeps no reason, but the storage can be asked now.
    func lost(_ snapshot: String) async -> BackupError {
        do throws(BackupError) {
            _ = try await verify()
        } catch {
            if error.code == .storageFailed {
                return BackupError(
                    .storageFailed, "\(snapshot) was accepted and is gone: \(error.message)", setting: error.setting,
                    cause: error.cause)
            }
        }
        return BackupError(
            .snapshotLost, "\(snapshot) was accepted and is gone: the engine was restarted, or somebody deleted it")
    }

    /// What to say when the storage has refused something.
    func failure(_ what: String, _ error: EngineError) -> BackupError {
        let full = "; it is full, and pruning can't free it, since deleting writes first"
        let words = "\(what): the storage refuses\(error.tellsOfFullStorage ? full : "")"
        return BackupError(.storageFailed, words, cause: error)
    }
}

extension EngineError {
    /// Whether it is a storage without room: then a delete fails as well.
    var tellsOfFullStorage: Bool {
        ["No space left", "InsufficientCapacity", "Insufficient Storage"].contains { reason.contains($0) }
    }
}
