package import HTTP
internal import JSON
package import Time

extension EngineState {
    /// Answers a request at a time, and changes the engine as it asks.
    package mutating func respond(to request: HTTPRequest, at now: Instant) -> EngineAnswer {
        advance(to: now)
        guard let call = EngineCall(request) else {
            let words = "request body or target can't be read"
            return EngineReply.error(400, "parse_exception", words).answer(filterPath: nil)
        }
        return reply(to: call, now).answer(filterPath: call.query["filter_path"])
    }

    private mutating func reply(to call: EngineCall, _ now: Instant) -> EngineReply {
        guard let endpoint = EngineEndpoint(call) else { return noHandler(call) }
        if let refusal = endpoint.refusal(of: call.query.keys, uri: call.uri, by: kind) { return refusal }
        if deniedActions.contains(endpoint.action) { return denied(endpoint.action) }
        switch endpoint {
        case .info: return .ok(description)
        case .clusterHealth: return clusterHealth(call)
        case .catHealth: return catHealth(call, now)
        case .listRepositories, .getRepository, .putRepository, .deleteRepository, .verifyRepository:
            return replyAboutRepositories(endpoint, call)
        case .listSnapshots, .createSnapshot, .deleteSnapshots, .snapshotStatus, .runningStatus, .restoreSnapshot:
            return replyAboutSnapshots(endpoint, call, now)
        case .createIndex, .getIndices, .deleteIndices, .closeIndex, .openIndex, .getAliases, .refresh, .flush:
            return replyAboutIndices(endpoint, call)
        case .putDocument, .getDocument, .search, .count: return replyAboutDocuments(endpoint, call)
        }
    }

    private mutating func replyAboutSnapshots(
        _ endpoint: EngineEndpoint, _ call: EngineCall, _ now: Instant
    ) -> EngineReply {
        let repository = call.path[1]
        switch endpoint {
        case .createSnapshot: return createSnapshot(call.path[2], in: repository, call, now)
        case .deleteSnapshots: return deleteSnapshots(call.path[2], in: repository, now)
        case .snapshotStatus: return status(call.names(at: 2), in: repository, call, now)
        case .runningStatus: return runningStatus(in: repository, now)
        case .restoreSnapshot: return restore(call.path[2], in: repository, call)
        default: return listSnapshots(call.names(at: 2), in: repository, call)
        }
    }

    private var description: JSONValue {
        var version: [String: JSONValue] = ["number": .string(kind.version), "build_type": "unknown"]
        if kind == .opensearch2 { version["distribution"] = "opensearch" } else { version["build_flavor"] = "default" }
        return [
            "name": "node", "cluster_name": .string(clusterName), "cluster_uuid": .string(clusterUUID),
            "version": .object(version),
        ]
    }

    var clusterName: String { "simulated" }

    private func noHandler(_ call: EngineCall) -> EngineReply {
        .exception(
            ["error": .string("no handler found for uri [\(call.uri)] and method [\(call.method.rawValue)]")],
            status: 400)
    }

    func denied(_ action: String) -> EngineReply {
        .error(403, "security_exception", "no permissions for [\(action)] and User [name=backup]")
    }
}
