package import HTTP
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
        guard let endpoint = EngineEndpoint(call) else { return .noHandler(call) }
        if let refusal = endpoint.refusal(of: call.query.keys, uri: call.uri, by: kind) { return refusal }
        if deniedActions.contains(endpoint.action) { return .denied(endpoint.action) }
        switch endpoint {
        case .info, .clusterHealth, .catHealth, .clusterSettings, .nodesStats:
            return ClusterRequest(endpoint: endpoint, call: call, now: now).reply(self)
        case .listRepositories, .getRepository, .putRepository, .deleteRepository, .verifyRepository:
            return RepositoryRequest(endpoint: endpoint, call: call).reply(&self)
        case .createSnapshot, .deleteSnapshots, .restoreSnapshot:
            return SnapshotRequest(endpoint: endpoint, call: call, now: now).reply(&self)
        case .listSnapshots, .snapshotStatus, .runningStatus:
            return SnapshotQuery(endpoint: endpoint, call: call, now: now).reply(&self)
        case .createIndex, .getIndices, .deleteIndices, .closeIndex, .openIndex, .getAliases, .getSettings,
            .refresh, .flush:
            return IndexRequest(endpoint: endpoint, call: call).reply(&self)
        case .recovery, .routingTable, .indicesStats:
            return ShardQuery(endpoint: endpoint, call: call, now: now).reply(self)
        case .putDocument, .getDocument, .search, .count:
            return DocumentRequest(endpoint: endpoint, call: call).reply(&self)
        }
    }
}
