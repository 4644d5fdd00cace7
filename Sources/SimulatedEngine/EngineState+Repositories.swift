internal import JSON

extension EngineState {
    mutating func replyAboutRepositories(_ endpoint: EngineEndpoint, _ call: EngineCall) -> EngineReply {
        guard endpoint != .listRepositories else { return .ok(.object(repositories.mapValues(\.json))) }
        let name = call.path[1]
        if endpoint == .putRepository { return register(name, call.body) }
        guard let repository = repositories[name] else { return repositoryMissing(name) }
        switch endpoint {
        case .verifyRepository:
            return failedVerification(of: name) ?? .ok(["nodes": ["node-1": ["name": "node"]]])
        case .deleteRepository: return unregister(name, repository)
        default: return .ok(.object([name: repository.json]))
        }
    }

    private mutating func register(_ name: String, _ body: JSONValue) -> EngineReply {
        guard let type = body["type"]?.string, ["fs", "url"].contains(type) else {
            return .error(
                500, "repository_exception",
                "[\(name)] repository type [\(body["type"]?.string ?? "null")] does not exist")
        }
        repositories[name, default: Repository()].type = type
        repositories[name]?.settings = body["settings"] ?? [:]
        return .ok(["acknowledged": true])
    }

    private mutating func unregister(_ name: String, _ repository: Repository) -> EngineReply {
        guard !repository.snapshots.contains(where: \.isRunning) else {
            let reason = "trying to modify or unregister repository that is currently used"
            return kind == .elasticsearch8
                ? .error(409, "repository_conflict_exception", "[\(name)] \(reason)")
                : .error(500, "illegal_state_exception", reason)
        }
        repositories[name] = nil
        return .ok(["acknowledged": true])
    }

    func repositoryMissing(_ name: String) -> EngineReply {
        .error(404, "repository_missing_exception", "[\(name)] missing")
    }
}

extension EngineState.Repository {
    fileprivate var json: JSONValue { ["type": .string(type), "settings": settings] }
}
