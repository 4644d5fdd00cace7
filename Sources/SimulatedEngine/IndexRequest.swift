internal import Engines
internal import JSON
internal import Time

/// A request about indices.
struct IndexRequest {
    let endpoint: EngineEndpoint
    let call: EngineCall

    func reply(_ state: inout EngineState) -> EngineReply {
        let name = call.path[0]
        switch endpoint {
        case .createIndex: return create(name, &state)
        case .deleteIndices: return delete(&state)
        case .closeIndex: return close(&state)
        case .openIndex:
            let (found, missing) = state.resolve(call.names(at: 0))
            if let missing { return .indexMissing(missing) }
            for name in found where state.indices[name]?.isOpen == false {
                state.indices[name]?.isOpen = true
                state.indices[name]?.whyUnassigned = .reopened
            }
            return .ok(["acknowledged": true, "shards_acknowledged": true])
        case .getIndices: return describe(state, takesClosed: false) { $0.json($1, state.kind) }
        case .getAliases:
            return describe(state, takesClosed: true) { index, _ in ["aliases": index.aliasJSON] }
        case .getSettings:
            let (kind, isVersion) = (state.kind, call.path.last == "index.version.created")
            return describe(state, takesClosed: true) { index, _ in
                isVersion ? index.versionJSON(kind) : index.creationJSON
            }
        default:
            let (_, failure) = state.find(call, endpoint, takesClosed: false)
            return failure ?? .ok(["_shards": ["total": 1, "successful": 1, "failed": 0]])
        }
    }

    private func create(_ name: String, _ state: inout EngineState) -> EngineReply {
        guard state.indices[name] == nil else {
            return .error(400, "resource_already_exists_exception", "index [\(name)/uuid] already exists")
        }
        guard name == name.lowercased(), !name.hasPrefix("_"), !name.contains(where: "*,#?\"<>| \\".contains) else {
            return .error(400, "invalid_index_name_exception", "Invalid index name [\(name)], must be lowercase")
        }
        let require = call.body["settings"]?["index.routing.allocation.require._name"]
        state.indices[name] = EngineState.Index(aliases: call.body["aliases"]?.keys ?? [], isAssigned: require == nil)
        return .ok(["acknowledged": true, "shards_acknowledged": true, "index": .string(name)])
    }

    private func delete(_ state: inout EngineState) -> EngineReply {
        let names = call.names(at: 0)
        if state.kind.has(.indexWildcardsAreNotDeleted), names.contains(where: { $0.contains("*") || $0 == "_all" }) {
            return .error(
                400, "illegal_argument_exception", "Wildcard expressions or all indices are not allowed")
        }
        let (found, missing) = state.resolve(names)
        if let missing { return .indexMissing(missing) }
        if let refusal = refusal(toTouch: found, "delete", state) { return refusal }
        for name in found { state.indices[name] = nil }
        return .ok(["acknowledged": true])
    }

    private func close(_ state: inout EngineState) -> EngineReply {
        let (found, missing) = state.resolve(call.names(at: 0))
        if let missing { return .indexMissing(missing) }
        let restored = found.filter { state.indices[$0]?.restoring != nil }
        guard restored.isEmpty else {
            return .error(
                400, "illegal_argument_exception",
                "Cannot close indices that are being restored: [[\(restored.joined(separator: ", "))]]")
        }
        if let refusal = refusal(toTouch: found, "close", state) { return refusal }
        for name in found where state.indices[name]?.isOpen == true {
            state.indices[name]?.isOpen = false
            state.indices[name]?.whyUnassigned = .closed
        }
        let closed = found.map { ($0, ["closed": true] as JSONValue) }
        return .ok(
            ["acknowledged": true, "shards_acknowledged": true, "indices": .object(Dictionary(closed) { $1 })])
    }

    /// What runs may not lose its indices.
    private func refusal(toTouch names: [String], _ verb: String, _ state: EngineState) -> EngineReply? {
        let snapshotted = state.repositories.values.contains { repository in
            repository.snapshots.contains { $0.isRunning && !Set($0.indices).isDisjoint(with: names) }
        }
        guard snapshotted else { return nil }
        return .error(
            400, "snapshot_in_progress_exception",
            "Cannot \(verb) indices that are being snapshotted: [[\(names.joined(separator: ", "))]]. Try again after "
                + "snapshot finishes or cancel the currently running snapshot.")
    }

    /// What is told of the indices that a request names, each under its name.
    private func describe(
        _ state: EngineState, takesClosed: Bool, _ body: (EngineState.Index, _ name: String) -> JSONValue
    ) -> EngineReply {
        let (found, failure) = state.find(call, endpoint, takesClosed: takesClosed)
        if let failure { return failure }
        let entries = found.map { name in (name, body(state.indices[name] ?? EngineState.Index(), name)) }
        return .ok(.object(Dictionary(entries) { $1 }))
    }
}

extension EngineState.Index {
    fileprivate var aliasJSON: JSONValue { .object(Dictionary(aliases.map { ($0, [:]) }) { $1 }) }

    /// The one setting that is asked for.
    fileprivate var creationJSON: JSONValue {
        ["settings": ["index": ["creation_date": .string("\(created.milliseconds)")]]]
    }

    fileprivate func versionJSON(_ kind: EngineKind) -> JSONValue {
        ["settings": ["index": ["version": ["created": .string("\(version ?? kind.release.id)")]]]]
    }

    fileprivate func json(_ name: String, _ kind: EngineKind) -> JSONValue {
        [
            "aliases": aliasJSON, "mappings": [:],
            "settings": [
                "index": [
                    "number_of_shards": "1", "number_of_replicas": "0", "provided_name": .string(name),
                    "uuid": .string("uuid-of-\(name)"), "version": ["created": .string("\(kind.release.id)")],
                ]
            ],
        ]
    }
}

extension Instant? {
    /// Since 1970.
    fileprivate var milliseconds: Int64 { (self?.microsecondsSinceEpoch ?? 0) / 1_000 }
}
