internal import HTTP
internal import JSON

extension EngineState {
    mutating func replyAboutDocuments(_ endpoint: EngineEndpoint, _ call: EngineCall) -> EngineReply {
        switch endpoint {
        case .putDocument: return index(call)
        case .getDocument: return document(call)
        case .count:
            let (documents, failure) = documents(endpoint, call)
            return failure ?? .ok(["count": .integer(Int64(documents.count)), "_shards": shards])
        default: return search(call)
        }
    }

    private var shards: JSONValue { ["total": 1, "successful": 1, "skipped": 0, "failed": 0] }

    private mutating func index(_ call: EngineCall) -> EngineReply {
        let name = call.path[0]
        let target = resolve([name]).found.first ?? name
        let id = call.path.count > 2 ? call.path[2] : "generated-\(indices[target]?.documents.count ?? 0)"
        let isNew = indices[target]?.documents[id] == nil
        indices[target, default: Index()].documents[id] = call.body
        return .ok(
            ["_index": .string(target), "_id": .string(id), "result": isNew ? "created" : "updated"],
            status: isNew ? 201 : 200)
    }

    private func document(_ call: EngineCall) -> EngineReply {
        let (found, failure) = find(call, .getDocument, takesClosed: false)
        if let failure { return failure }
        let (name, id) = (JSONValue.string(call.path[0]), call.path[2])
        guard let source = found.lazy.compactMap({ indices[$0]?.documents[id] }).first else {
            return .ok(["_index": name, "_id": .string(id), "found": false], status: 404)
        }
        return .ok(["_index": name, "_id": .string(id), "found": true, "_source": source])
    }

    /// Finds documents in the order of their ids; that of real engines is whatever their segments make it.
    private func search(_ call: EngineCall) -> EngineReply {
        var size = 10
        if let text = call.query["size"] {
            guard let number = Int(text) else {
                let reason = "Failed to parse int parameter [size] with value [\(text)]"
                return .error(400, "illegal_argument_exception", reason)
            }
            if number < 0, kind != .elasticsearch7 {
                let reason = "[size] parameter cannot be negative, found [\(number)]"
                return .error(400, "illegal_argument_exception", reason)
            }
            if number >= 0 { size = number }
        }
        let (documents, failure) = documents(.search, call)
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

    private struct Document {
        let index: String
        let id: String
        let source: JSONValue
    }

    /// A closed index that is named is refused.
    private func documents(
        _ endpoint: EngineEndpoint, _ call: EngineCall
    ) -> (documents: [Document], failure: EngineReply?) {
        let (found, failure) = find(call, endpoint, takesClosed: false)
        if let failure { return ([], failure) }
        if found.contains(where: { indices[$0]?.isOpen == false }) {
            return ([], .error(400, "index_closed_exception", "closed"))
        }
        let documents = found.flatMap { name in
            (indices[name]?.documents ?? [:]).sorted { $0.key < $1.key }.map { id, source in
                Document(index: name, id: id, source: source)
            }
        }
        return (documents, nil)
    }
}
