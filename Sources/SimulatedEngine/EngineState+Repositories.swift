internal import HTTP
internal import JSON
internal import Time

extension EngineState {
    /// Everything under `/_snapshot`.
    mutating func respondAboutSnapshots(_ call: EngineCall, _ now: Instant) -> EngineAnswer {
        guard call.path.count > 1 else {
            return call.method == .get ? .ok(.object(repositories.mapValues(\.json))) : noHandler(call)
        }
        let name = call.path[1]
        if call.path.count == 2 { return respondAboutRepository(name, call) }
        if call.path.count == 3, call.path[2] == "_verify", call.method == .post {
            return repositories[name] == nil ? repositoryMissing(name) : .ok(["nodes": ["node-1": ["name": "node"]]])
        }
        let names = call.path[2]
        switch (call.method, call.path.count, call.path.count > 3 ? call.path[3] : "") {
        case (.put, 3, _), (.post, 3, _): return createSnapshot(names, in: name, call, now)
        case (.get, 3, _): return listSnapshots(names, in: name, call)
        case (.delete, 3, _): return deleteSnapshots(names, in: name, now)
        case (.get, 4, "_status"): return status(names, in: name, now)
        case (.post, 4, "_restore"): return restore(names, in: name, call)
        default: return noHandler(call)
        }
    }

    private mutating func respondAboutRepository(_ name: String, _ call: EngineCall) -> EngineAnswer {
        switch call.method {
        case .put, .post:
            guard let type = call.body["type"]?.string, ["fs", "url"].contains(type) else {
                return .error(
                    500, "repository_exception",
                    "[\(name)] repository type [\(call.body["type"]?.string ?? "null")] does not exist")
            }
            let old = repositories[name]?.snapshots ?? []
            repositories[name] = Repository(type: type, settings: call.body["settings"] ?? [:], snapshots: old)
            return .ok(["acknowledged": true])
        case .get:
            guard let repository = repositories[name] else { return repositoryMissing(name) }
            return .ok(.object([name: repository.json]))
        case .delete:
            guard let repository = repositories[name] else { return repositoryMissing(name) }
            guard !repository.snapshots.contains(where: \.isRunning) else {
                let reason = "trying to modify or unregister repository that is currently used"
                return kind == .elasticsearch8
                    ? .error(409, "repository_conflict_exception", "[\(name)] \(reason)")
                    : .error(500, "illegal_state_exception", reason)
            }
            repositories[name] = nil
            return .ok(["acknowledged": true])
        case .head, .patch, .options: return noHandler(call)
        }
    }

    func repositoryMissing(_ name: String) -> EngineAnswer {
        .error(404, "repository_missing_exception", "[\(name)] missing")
    }
}

extension EngineState.Repository {
    fileprivate var json: JSONValue { ["type": .string(type), "settings": settings] }
}
