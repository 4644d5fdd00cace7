internal import JSON
internal import Time

/// A request about the shards of indices, of which each has one: where it is, how it came there, what it holds.
struct ShardQuery {
    let endpoint: EngineEndpoint
    let call: EngineCall
    let now: Instant

    func reply(_ state: EngineState) -> EngineReply {
        switch endpoint {
        case .routingTable: routingTable(state)
        case .recovery: recoveries(state)
        default: statistics(state)
        }
    }

    /// The master's own view, closed indices among it; a name that is missing is left out.
    private func routingTable(_ state: EngineState) -> EngineReply {
        let names = state.resolve(call.names(at: 3)).found
        let indices = names.compactMap { name in
            state.indices[name].map { (name, ["shards": ["0": [$0.routing(of: name)]]] as JSONValue) }
        }
        return .ok(["cluster_name": "simulated", "routing_table": ["indices": .object(Dictionary(indices) { $1 })]])
    }

    /// How shards came to be where they are; one without a node did not.
    private func recoveries(_ state: EngineState) -> EngineReply {
        let (found, failure) = state.find(call, endpoint, takesClosed: true)
        if let failure { return failure }
        let indices = found.compactMap { name -> (String, JSONValue)? in
            guard let index = state.indices[name], index.isAssigned || index.restoring != nil else { return nil }
            return (name, ["shards": [index.recovery(now)]])
        }
        return .ok(.object(Dictionary(indices) { $1 }))
    }

    /// What open indices hold whose shard is there.
    private func statistics(_ state: EngineState) -> EngineReply {
        let (found, failure) = state.find(call, endpoint, takesClosed: false)
        if let failure { return failure }
        if found.contains(where: { state.indices[$0]?.isOpen == false }) {
            return .error(400, "index_closed_exception", "closed")
        }
        let hasShards = call.query["level"] == "shards"
        let indices = found.compactMap { name -> (String, JSONValue)? in
            guard let index = state.indices[name], index.isAssigned else { return nil }
            return (name, index.statistics(hasShards: hasShards))
        }
        return .ok([
            "_shards": ["total": .integer(Int64(indices.count)), "successful": .integer(Int64(indices.count))],
            "indices": .object(Dictionary(indices) { $1 }),
        ])
    }
}

extension EngineState.Index {
    fileprivate func routing(of name: String) -> JSONValue {
        let state = isAssigned ? "STARTED" : restoring == nil ? "UNASSIGNED" : "INITIALIZING"
        var members: [String: JSONValue] = [
            "state": .string(state), "primary": true, "shard": 0, "index": .string(name), "relocating_node": .null,
            "node": state == "UNASSIGNED" ? .null : "node-1",
        ]
        if !isAssigned {
            var why: [String: JSONValue] = ["reason": .string(whyUnassigned.rawValue), "delayed": false]
            if let restoring { why["details"] = .string(restoring.details) }
            members["unassigned_info"] = .object(why)
        }
        return .object(members)
    }

    fileprivate func recovery(_ now: Instant) -> JSONValue {
        let time = restored ?? created
        var size: [String: JSONValue] = ["total_in_bytes": .integer(bytes), "recovered_in_bytes": .integer(bytes)]
        if let restoring {
            let span = max((restoring.end - restoring.start).microseconds, 1)
            let passed = min(max((now - restoring.start).microseconds, 0), span)
            size["recovered_in_bytes"] = .integer(bytes * (passed / 1_000) / max(span / 1_000, 1))
        }
        return [
            "type": restored == nil ? "EMPTY_STORE" : "SNAPSHOT", "stage": restoring == nil ? "DONE" : "INDEX",
            "primary": true, "start_time_in_millis": .integer((time?.microsecondsSinceEpoch ?? 0) / 1_000),
            "index": ["size": .object(size)],
        ]
    }

    fileprivate func statistics(hasShards: Bool) -> JSONValue {
        let contents: JSONValue = [
            "docs": ["count": .integer(Int64(documents.count)), "deleted": 0],
            "store": ["size_in_bytes": .integer(bytes)],
        ]
        var members: [String: JSONValue] = ["primaries": contents, "total": contents]
        if hasShards {
            let shard: JSONValue = [
                "routing": ["state": "STARTED", "primary": true], "seq_no": ["max_seq_no": .integer(writes - 1)],
            ]
            members["shards"] = ["0": [shard]]
        }
        return .object(members)
    }
}
