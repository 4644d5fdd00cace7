internal import Engines
internal import JSON

/// A request about documents.
struct DocumentRequest {
    let endpoint: EngineEndpoint
    let call: EngineCall

    private struct Document {
        let index: String
        let id: String
        let source: JSONValue
    }

    func reply(_ state: inout EngineState) -> EngineReply {
        switch endpoint {
        case .putDocument: return index(&state)
        case .getDocument: return document(state)
        case .count:
            let (documents, failure) = documents(state)
            return failure ?? .ok(["count": .integer(Int64(documents.count)), "_shards": shards])
        default: return search(state)
        }
    }

    private var shards: JSONValue { ["total": 1, "successful": 1, "skipped": 0, "failed": 0] }

    private func index(_ state: inout EngineState) -> EngineReply {
        let name = call.path[0]
        let target = state.resolve([name]).found.first ?? name
        let id = call.path.count > 2 ? call.path[2] : "generated-\(state.indices[target]?.documents.count ?? 0)"
        let isNew = state.indices[target]?.documents[id] == nil
        state.indices[target, default: EngineState.Index()].write(call.body, as: id)
        return .ok(
            ["_index": .string(target), "_id": .string(id), "result": isNew ? "created" : "updated"],
            status: isNew ? 201 : 200)
    }

    private func document(_ state: EngineState) -> EngineReply {
        let (found, failure) = state.find(call, .getDocument, takesClosed: false)
        if let failure { return failure }
        let (name, id) = (JSONValue.string(call.path[0]), call.path[2])
        guard let source = found.lazy.compactMap({ state.indices[$0]?.documents[id] }).first else {
            return .ok(["_index": name, "_id": .string(id), "found": false], status: 404)
        }
        return .ok(["_index": name, "_id": .string(id), "found": true, "_source": source])
    }

    /// Finds documents in the order of their ids; that of real engines is whatever their segments make it.
    private func search(_ state: EngineState) -> EngineReply {
        var size = 10
        if let text = call.query["size"] {
            guard let number = Int(text) else {
                let reason = "Failed to parse int parameter [size] with value [\(text)]"
                return .error(400, "illegal_argument_exception", reason)
            }
            if number < 0, state.kind.has(.negativeSizesAreRefused) {
                let reason = "[size] parameter cannot be negative, found [\(number)]"
                return .error(400, "illegal_argument_exception", reason)
            }
            if number >= 0 { size = number }
        }
        let (documents, failure) = documents(state)
        if let failure { return failure }
        let fields = call.query["_source"].flatMap { $0 == "true" ? nil : $0 }
        let hits = documents.prefix(size).map { document in
            var members: [String: JSONValue] = [
                "_index": .string(document.index), "_id": .string(document.id), "_score": 1,
            ]
            if fields != "false" {
                members["_source"] =
                    fields.map { FilterPath($0).applied(to: document.source) ?? [:] } ?? document.source
            }
            return JSONValue.object(members)
        }
        let total: JSONValue = ["value": .integer(Int64(documents.count)), "relation": "eq"]
        return .ok([
            "took": 1, "timed_out": false, "_shards": shards,
            "hits": ["total": total, "max_score": hits.isEmpty ? .null : 1, "hits": .array(hits)],
        ])
    }

    /// All documents of the indices that it names, as far as their shards are there; a closed one is refused.
    private func documents(_ state: EngineState) -> (documents: [Document], failure: EngineReply?) {
        let (found, failure) = state.find(call, endpoint, takesClosed: false)
        if let failure { return ([], failure) }
        if found.contains(where: { state.indices[$0]?.isOpen == false }) {
            return ([], .error(400, "index_closed_exception", "closed"))
        }
        let assigned = found.filter { state.indices[$0]?.isAssigned == true }
        if assigned.isEmpty, !found.isEmpty {
            return ([], .error(503, "search_phase_execution_exception", "all shards failed"))
        }
        let documents = assigned.flatMap { name in
            (state.indices[name]?.documents ?? [:]).sorted { $0.key < $1.key }.map { id, source in
                Document(index: name, id: id, source: source)
            }
        }
        return (documents, nil)
    }
}
