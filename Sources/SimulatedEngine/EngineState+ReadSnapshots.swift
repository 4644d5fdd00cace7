internal import JSON
internal import Time

extension EngineState {
    mutating func listSnapshots(_ patterns: [String], in repository: String, _ call: EngineCall) -> EngineReply {
        guard let target = repositories[repository] else {
            // Elasticsearch 7 answers as if there were no snapshots.
            guard kind == .elasticsearch7 else { return repositoryMissing(repository) }
            let failure: JSONValue = [
                "type": "repository_missing_exception", "reason": .string("[\(repository)] missing"),
            ]
            return .ok(["snapshots": [], "failures": .object([repository: failure]), "total": 0, "remaining": 0])
        }
        let order: ListingOrder
        do {
            order = try ListingOrder(call)
        } catch {
            return error.reply
        }
        var snapshots = target.snapshots
        if emptyListings > 0, patterns.contains(where: { $0.contains("*") }) {
            emptyListings -= 1
            snapshots = []
        }
        let ignoresMissing = call.query["ignore_unavailable"] == "true"
        let (found, missing) = select(patterns, from: snapshots)
        if let missing, !ignoresMissing { return snapshotMissing(missing, repository) }
        let hasDetails = call.query["verbose"] != "false"
        guard hasDetails else { return listing(order.sorted(found).map { .object(names($0, in: repository)) }) }
        var readable: [Snapshot] = []
        for snapshot in order.sorted(found) {
            guard let failure = unreadable(snapshot, in: repository) else {
                readable.append(snapshot)
                continue
            }
            if !ignoresMissing { return failure }
        }
        let hasIndices = call.query["index_names"] != "false"
        let shown = order.size.map { Array(readable.prefix($0)) } ?? readable
        return listing(
            shown.map { json($0, in: repository, hasIndices: hasIndices) }, remaining: readable.count - shown.count)
    }

    private func listing(_ list: [JSONValue], remaining: Int = 0) -> EngineReply {
        guard kind != .opensearch2 else { return .ok(["snapshots": .array(list)]) }
        let total = Int64(list.count + remaining)
        return .ok(["snapshots": .array(list), "total": .integer(total), "remaining": .integer(Int64(remaining))])
    }

    /// Those that names and patterns find, and what is missing: the first name that there is not, or, but on Elasticsearch 8, the
    /// first pattern if nothing at all is found.
    private func select(_ patterns: [String], from snapshots: [Snapshot]) -> (found: [Snapshot], missing: String?) {
        var names: Set<String> = []
        var missing: String?
        for (position, pattern) in patterns.enumerated() {
            if kind != .opensearch2, pattern.hasPrefix("-"), position > 0 {
                names = names.filter { !matches($0, String(pattern.dropFirst())) }
                continue
            }
            let matching = snapshots.filter { snapshot in
                pattern == "_current" ? snapshot.isRunning : pattern == "_all" || matches(snapshot.name, pattern)
            }
            if matching.isEmpty, !isOpen(pattern) { missing = missing ?? pattern }
            names.formUnion(matching.map(\.name))
        }
        if names.isEmpty, kind != .elasticsearch8 { missing = missing ?? patterns.first { $0.contains("*") } }
        return (snapshots.filter { names.contains($0.name) }, missing)
    }

    /// Whether it may find nothing.
    private func isOpen(_ pattern: String) -> Bool {
        pattern == "_all" || pattern == "_current" || pattern.contains("*")
    }

    func snapshotMissing(_ name: String, _ repository: String) -> EngineReply {
        .error(404, "snapshot_missing_exception", "[\(repository):\(name)] is missing")
    }

    /// A snapshot as listings with details show it.
    func json(_ snapshot: Snapshot, in repository: String, hasIndices: Bool = true) -> JSONValue {
        var members = names(snapshot, in: repository)
        if !hasIndices { members["indices"] = nil }
        let shards = Int64(snapshot.indices.count)
        let start = snapshot.start + snapshot.startOffset
        let end = snapshot.isRunning ? .init(secondsSinceEpoch: 0) : snapshot.end + snapshot.endOffset
        members["version"] = .string(kind.version)
        members["version_id"] = .integer(kind.versionID)
        members["include_global_state"] = .boolean(snapshot.includesGlobalState)
        if let metadata = snapshot.metadata { members["metadata"] = metadata }
        members["start_time"] = .string(start.rfc3339)
        members["start_time_in_millis"] = .integer(start.millisecondsSinceEpoch)
        members["end_time"] = .string(end.rfc3339)
        members["end_time_in_millis"] = .integer(end.millisecondsSinceEpoch)
        members["duration_in_millis"] = .integer(
            snapshot.isRunning ? 0 : end.millisecondsSinceEpoch - start.millisecondsSinceEpoch)
        members["failures"] = .array(snapshot.isRunning ? [] : failures(of: snapshot))
        members["shards"] = [
            "total": .integer(shards), "failed": .integer(snapshot.outcome == .success ? 0 : 1),
            "successful": .integer(snapshot.outcome == .success ? shards : max(shards - 1, 0)),
        ]
        if kind != .opensearch2 { members["feature_states"] = [] }
        return .object(members)
    }

    /// What `verbose=false` shows, from the repository's list alone.
    private func names(_ snapshot: Snapshot, in repository: String) -> [String: JSONValue] {
        var members: [String: JSONValue] = [
            "snapshot": .string(snapshot.name), "uuid": .string(snapshot.uuid),
            "indices": .array(snapshot.indices.map { .string($0) }),
            "data_streams": [], "state": .string(snapshot.state),
        ]
        if kind != .opensearch2 { members["repository"] = .string(repository) }
        return members
    }

    private func failures(of snapshot: Snapshot) -> [JSONValue] {
        guard snapshot.outcome != .success, let index = snapshot.indices.first else { return [] }
        return [
            [
                "index": .string(index), "shard_id": 0, "reason": "IndexShardSnapshotFailedException[simulated]",
                "status": "INTERNAL_SERVER_ERROR",
            ]
        ]
    }
}
