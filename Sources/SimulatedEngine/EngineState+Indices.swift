internal import JSON

extension EngineState {
    mutating func replyAboutIndices(_ endpoint: EngineEndpoint, _ call: EngineCall) -> EngineReply {
        let name = call.path[0]
        switch endpoint {
        case .createIndex: return createIndex(name, call.body)
        case .deleteIndices: return deleteIndices(call)
        case .closeIndex, .openIndex:
            guard indices[name] != nil else { return missing(name) }
            indices[name]?.isOpen = endpoint == .openIndex
            return .ok(["acknowledged": true])
        case .getIndices: return describe(endpoint, call, takesClosed: false) { $0.json($1, kind) }
        case .getAliases:
            return describe(endpoint, call, takesClosed: true) { index, _ in ["aliases": index.aliasJSON] }
        default:
            let (_, failure) = find(call, endpoint, takesClosed: false)
            return failure ?? .ok(["_shards": ["total": 1, "successful": 1, "failed": 0]])
        }
    }

    private mutating func createIndex(_ name: String, _ body: JSONValue) -> EngineReply {
        guard indices[name] == nil else {
            return .error(400, "resource_already_exists_exception", "index [\(name)/uuid] already exists")
        }
        guard name == name.lowercased(), !name.hasPrefix("_"), !name.contains(where: "*,#?\"<>| \\".contains) else {
            return .error(400, "invalid_index_name_exception", "Invalid index name [\(name)], must be lowercase")
        }
        let require = body["settings"]?["index.routing.allocation.require._name"]
        indices[name] = Index(aliases: body["aliases"]?.keys ?? [], isAssigned: require == nil)
        return .ok(["acknowledged": true, "shards_acknowledged": true, "index": .string(name)])
    }

    private mutating func deleteIndices(_ call: EngineCall) -> EngineReply {
        let (found, missing) = resolve(call.names(at: 0))
        if let missing { return self.missing(missing) }
        let snapshotted = repositories.values.contains { repository in
            repository.snapshots.contains { $0.isRunning && !Set($0.indices).isDisjoint(with: found) }
        }
        guard !snapshotted else {
            return .error(
                400, "snapshot_in_progress_exception",
                "Cannot delete indices that are being snapshotted: [[\(found.joined(separator: ", "))]]. Try again after "
                    + "snapshot finishes or cancel the currently running snapshot.")
        }
        for name in found { indices[name] = nil }
        return .ok(["acknowledged": true])
    }

    /// What is told of the indices that a request names, each under its name.
    private func describe(
        _ endpoint: EngineEndpoint, _ call: EngineCall, takesClosed: Bool, _ body: (Index, _ name: String) -> JSONValue
    ) -> EngineReply {
        let (found, failure) = find(call, endpoint, takesClosed: takesClosed)
        if let failure { return failure }
        let entries = found.map { name in (name, body(indices[name] ?? Index(), name)) }
        return .ok(.object(Dictionary(entries) { $1 }))
    }

    /// The indices that a request names, as far as the program's user may see them: what is named and hidden is refused, what a
    /// wildcard finds is left out without a word, as closed ones are unless asked for.
    func find(
        _ call: EngineCall, _ endpoint: EngineEndpoint, takesClosed: Bool
    ) -> (found: [String], failure: EngineReply?) {
        let asked = call.query["expand_wildcards"]?.split(separator: ",")
        let closed = asked.map { $0.contains("all") || $0.contains("closed") } ?? takesClosed
        let (all, missing) = resolve(call.names(at: 0), takesClosed: closed)
        if let missing, call.query["ignore_unavailable"] != "true" { return ([], self.missing(missing)) }
        let visible = all.filter { !hiddenIndices.contains($0) }
        let isNamed = call.names(at: 0).contains { !$0.contains("*") && $0 != "_all" }
        if visible.isEmpty, !all.isEmpty, isNamed { return ([], denied(endpoint.action)) }
        return (visible, nil)
    }

    func missing(_ index: String) -> EngineReply {
        .error(404, "index_not_found_exception", "no such index [\(index)]")
    }
}

extension EngineState.Index {
    fileprivate var aliasJSON: JSONValue { .object(Dictionary(aliases.map { ($0, [:]) }) { $1 }) }

    fileprivate func json(_ name: String, _ kind: EngineKind) -> JSONValue {
        [
            "aliases": aliasJSON, "mappings": [:],
            "settings": [
                "index": [
                    "number_of_shards": "1", "number_of_replicas": "0", "provided_name": .string(name),
                    "uuid": .string("uuid-of-\(name)"), "version": ["created": .string("\(kind.versionID)")],
                ]
            ],
        ]
    }
}
