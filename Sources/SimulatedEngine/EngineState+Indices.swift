internal import HTTP
internal import JSON

extension EngineState {
    /// Everything that begins with the name of an index, an alias or a pattern.
    mutating func respondAboutIndices(_ call: EngineCall) -> EngineAnswer {
        let name = call.path[0]
        switch (call.method, call.path.count, call.path.count > 1 ? call.path[1] : "") {
        case (.put, 1, _): return createIndex(name, call.body)
        case (.delete, 1, _): return deleteIndices(name)
        case (.get, 2, "_alias"): return aliases(name)
        case (.put, 3, "_doc"), (.post, 3, "_doc"): return index(name, id: call.path[2], call.body)
        case (.post, 2, "_doc"): return index(name, id: "generated-\(indices[name]?.documents.count ?? 0)", call.body)
        case (.get, 3, "_doc"): return document(name, id: call.path[2])
        case (.get, 2, "_count"), (.get, 2, "_search"), (.post, 2, "_refresh"), (.post, 2, "_flush"):
            return about(name, call.path[1])
        case (.post, 2, "_close"), (.post, 2, "_open"):
            guard indices[name] != nil else { return missing(name) }
            indices[name]?.isOpen = call.path[1] == "_open"
            return .ok(["acknowledged": true])
        default: return noHandler(call)
        }
    }

    private mutating func createIndex(_ name: String, _ body: JSONValue) -> EngineAnswer {
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

    private mutating func deleteIndices(_ pattern: String) -> EngineAnswer {
        let (found, missing) = resolve(pattern.split(separator: ",").map(String.init))
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

    private func aliases(_ pattern: String) -> EngineAnswer {
        let (found, missing) = resolve(pattern.split(separator: ",").map(String.init))
        if let missing { return self.missing(missing) }
        let entries = found.map { name in
            let aliases = (indices[name]?.aliases ?? []).map { ($0, JSONValue.object([:])) }
            return (name, ["aliases": .object(Dictionary(aliases) { $1 })] as JSONValue)
        }
        return .ok(.object(Dictionary(entries) { $1 }))
    }

    private mutating func index(_ name: String, id: String, _ document: JSONValue) -> EngineAnswer {
        let target = resolve([name]).found.first ?? name
        let isNew = indices[target]?.documents[id] == nil
        indices[target, default: Index()].documents[id] = document
        return .ok(
            ["_index": .string(target), "_id": .string(id), "result": isNew ? "created" : "updated"],
            status: isNew ? 201 : 200)
    }

    private func document(_ name: String, id: String) -> EngineAnswer {
        let (found, missing) = resolve([name])
        if let missing { return self.missing(missing) }
        guard let source = found.lazy.compactMap({ indices[$0]?.documents[id] }).first else {
            return .ok(["_index": .string(name), "_id": .string(id), "found": false], status: 404)
        }
        return .ok(["_index": .string(name), "_id": .string(id), "found": true, "_source": source])
    }

    private func about(_ name: String, _ what: String) -> EngineAnswer {
        let (found, missing) = resolve(name.split(separator: ",").map(String.init))
        if let missing { return self.missing(missing) }
        let documents = found.flatMap { name in
            (indices[name]?.documents ?? [:]).sorted { $0.key < $1.key }.map { id, source in
                ["_index": .string(name), "_id": .string(id), "_source": source] as JSONValue
            }
        }
        let shards: JSONValue = ["total": 1, "successful": 1, "failed": 0]
        switch what {
        case "_count": return .ok(["count": .integer(Int64(documents.count)), "_shards": shards])
        case "_search": return .ok(["hits": ["hits": .array(Array(documents.prefix(1)))], "_shards": shards])
        default: return .ok(["_shards": shards])
        }
    }

    func missing(_ index: String) -> EngineAnswer {
        .error(404, "index_not_found_exception", "no such index [\(index)]")
    }
}
