internal import Engines
internal import JSON

/// A request about repositories.
struct RepositoryRequest {
    let endpoint: EngineEndpoint
    let call: EngineCall

    func reply(_ state: inout EngineState) -> EngineReply {
        guard endpoint != .listRepositories else { return .ok(.object(state.repositories.mapValues(\.json))) }
        let name = call.path[1]
        if endpoint == .putRepository { return register(name, &state) }
        guard let repository = state.repositories[name] else { return .repositoryMissing(name) }
        switch endpoint {
        case .verifyRepository:
            return StorageRefusal(state.kind, name, repository).ofVerification()
                ?? .ok(["nodes": ["node-1": ["name": "node"]]])
        case .deleteRepository: return unregister(name, repository, &state)
        default: return .ok(.object([name: repository.json]))
        }
    }

    private func register(_ name: String, _ state: inout EngineState) -> EngineReply {
        guard let type = call.body["type"]?.string, ["fs", "url"].contains(type) else {
            return .error(
                500, "repository_exception",
                "[\(name)] repository type [\(call.body["type"]?.string ?? "null")] does not exist")
        }
        state.repositories[name, default: EngineState.Repository()].type = type
        state.repositories[name]?.settings = call.body["settings"] ?? [:]
        return .ok(["acknowledged": true])
    }

    private func unregister(
        _ name: String, _ repository: EngineState.Repository, _ state: inout EngineState
    ) -> EngineReply {
        guard !repository.snapshots.contains(where: \.isRunning) else {
            let reason = "trying to modify or unregister repository that is currently used"
            return state.kind.has(.busyRepositoriesConflict)
                ? .error(409, "repository_conflict_exception", "[\(name)] \(reason)")
                : .error(500, "illegal_state_exception", reason)
        }
        state.repositories[name] = nil
        return .ok(["acknowledged": true])
    }
}

extension EngineState.Repository {
    fileprivate var json: JSONValue { ["type": .string(type), "settings": settings] }
}
