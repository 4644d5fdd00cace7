internal import HTTP
internal import JSON

extension EngineReply {
    static func noHandler(_ call: EngineCall) -> EngineReply {
        .exception(
            ["error": .string("no handler found for uri [\(call.uri)] and method [\(call.method.rawValue)]")],
            status: 400)
    }

    /// What a circuit breaker says.
    static func tooMuch(_ reason: String, isFinal: Bool = false) -> EngineReply {
        let error: JSONValue = [
            "type": "circuit_breaking_exception", "reason": .string(reason),
            "durability": isFinal ? "PERMANENT" : "TRANSIENT",
        ]
        return .exception(["error": error, "status": 429], status: 429)
    }

    static func denied(_ action: String) -> EngineReply {
        .error(403, "security_exception", "no permissions for [\(action)] and User [name=backup]")
    }

    static func repositoryMissing(_ name: String) -> EngineReply {
        .error(404, "repository_missing_exception", "[\(name)] missing")
    }

    static func snapshotMissing(_ name: String, _ repository: String) -> EngineReply {
        .error(404, "snapshot_missing_exception", "[\(repository):\(name)] is missing")
    }

    static func indexMissing(_ index: String) -> EngineReply {
        .error(404, "index_not_found_exception", "no such index [\(index)]")
    }
}
