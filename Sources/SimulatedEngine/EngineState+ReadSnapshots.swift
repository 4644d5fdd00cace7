internal import JSON
internal import Time

extension EngineState {
    func listSnapshots(_ names: String, in repository: String, _ call: EngineCall) -> EngineAnswer {
        guard let target = repositories[repository] else {
            // Elasticsearch 7 answers as if there were no snapshots.
            guard kind == .elasticsearch7 else { return repositoryMissing(repository) }
            let failure: JSONValue = [
                "type": "repository_missing_exception", "reason": .string("[\(repository)] missing"),
            ]
            return .ok(["snapshots": [], "failures": .object([repository: failure]), "total": 0, "remaining": 0])
        }
        for parameter in unknownParameters where call.query[parameter] != nil {
            return .error(
                400, "illegal_argument_exception",
                "request [/_snapshot/\(repository)/\(names)] contains unrecognized parameter: [\(parameter)]")
        }
        let ignoresMissing = call.query["ignore_unavailable"] == "true"
        var found: [Snapshot] = []
        for pattern in names.split(separator: ",").map(String.init) {
            let matching = target.snapshots.filter { snapshot in
                pattern == "_current" ? snapshot.isRunning : pattern == "_all" || matches(snapshot.name, pattern)
            }
            if matching.isEmpty, !ignoresMissing, isMissing(pattern) { return snapshotMissing(pattern, repository) }
            found += matching.filter { new in !found.contains { $0.name == new.name } }
        }
        let details = call.query["verbose"] != "false"
        let list = found.map { json($0, in: repository, details: details) }
        guard kind != .opensearch2 else { return .ok(["snapshots": .array(list)]) }
        return .ok(["snapshots": .array(list), "total": .integer(Int64(list.count)), "remaining": 0])
    }

    /// Whether finding nothing for a pattern is an error: always for a name, for a wildcard not on Elasticsearch 8.
    private func isMissing(_ pattern: String) -> Bool {
        guard pattern != "_all", pattern != "_current" else { return false }
        return !pattern.contains("*") || kind != .elasticsearch8
    }

    private var unknownParameters: [String] {
        switch kind {
        case .elasticsearch7: ["index_names"]
        case .elasticsearch8: []
        case .opensearch2: ["index_names", "sort", "order", "size"]
        }
    }

    func snapshotMissing(_ name: String, _ repository: String) -> EngineAnswer {
        .error(404, "snapshot_missing_exception", "[\(repository):\(name)] is missing")
    }

    func status(_ name: String, in repository: String, _ now: Instant) -> EngineAnswer {
        guard let target = repositories[repository] else { return repositoryMissing(repository) }
        guard let snapshot = target.snapshot(name) else { return snapshotMissing(name, repository) }
        let bytes = Int64(snapshot.indices.count) * 4_000
        let span = max((snapshot.end - snapshot.start).microseconds, 1)
        let passed = snapshot.isRunning ? min(max((now - snapshot.start).microseconds, 0), span) : span
        let processed = bytes * (passed / 1_000) / max(span / 1_000, 1)
        let shards = Int64(snapshot.indices.count)
        let done = snapshot.isRunning ? shards * passed / span : shards
        func size(_ bytes: Int64) -> JSONValue { ["file_count": .integer(shards), "size_in_bytes": .integer(bytes)] }
        var statistics: [String: JSONValue] = [
            "incremental": size(bytes), "total": size(bytes),
            "start_time_in_millis": .integer(snapshot.start.millisecondsSinceEpoch),
        ]
        if snapshot.isRunning { statistics["processed"] = size(processed) }
        return .ok([
            "snapshots": [
                [
                    "snapshot": .string(name), "repository": .string(repository), "uuid": .string(snapshot.uuid),
                    "state": .string(snapshot.isRunning ? "STARTED" : snapshot.outcome.rawValue),
                    "include_global_state": .boolean(snapshot.includesGlobalState),
                    "shards_stats": [
                        "initializing": 0, "started": .integer(shards - done), "finalizing": 0, "done": .integer(done),
                        "failed": 0,
                        "total": .integer(shards),
                    ],
                    "stats": .object(statistics),
                ]
            ]
        ])
    }

    /// A snapshot as listings show it.
    func json(_ snapshot: Snapshot, in repository: String, details: Bool) -> JSONValue {
        var members: [String: JSONValue] = [
            "snapshot": .string(snapshot.name), "uuid": .string(snapshot.uuid),
            "indices": .array(snapshot.indices.map { .string($0) }),
            "data_streams": [], "state": .string(snapshot.state),
        ]
        if kind != .opensearch2 { members["repository"] = .string(repository) }
        guard details else { return .object(members) }
        let shards = Int64(snapshot.indices.count)
        let end = snapshot.isRunning ? Instant(secondsSinceEpoch: 0) : snapshot.end
        members["version"] = .string(kind.version)
        members["include_global_state"] = .boolean(snapshot.includesGlobalState)
        if let metadata = snapshot.metadata { members["metadata"] = metadata }
        members["start_time"] = .string(snapshot.start.rfc3339)
        members["start_time_in_millis"] = .integer(snapshot.start.millisecondsSinceEpoch)
        members["end_time"] = .string(end.rfc3339)
        members["end_time_in_millis"] = .integer(end.millisecondsSinceEpoch)
        members["duration_in_millis"] = .integer(
            snapshot.isRunning ? 0 : end.millisecondsSinceEpoch - snapshot.start.millisecondsSinceEpoch)
        members["failures"] = .array(snapshot.isRunning ? [] : failures(of: snapshot))
        members["shards"] = [
            "total": .integer(shards), "failed": .integer(snapshot.outcome == .success ? 0 : 1),
            "successful": .integer(snapshot.outcome == .success ? shards : max(shards - 1, 0)),
        ]
        if kind != .opensearch2 { members["feature_states"] = [] }
        return .object(members)
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
