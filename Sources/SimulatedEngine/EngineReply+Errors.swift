internal import HTTP
internal import JSON

extension EngineReply {
    static func noHandler(_ call: EngineCall) -> EngineReply {
        .exception(
            ["error": .string("no handler found for uri [\(call.uri)] and method [\(call.method.rawValue)]")],
            status: 400)
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
