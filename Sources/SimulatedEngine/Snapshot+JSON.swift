internal import Engines
internal import JSON
internal import Time

extension EngineState.Snapshot {
    /// As listings with details show it.
    func json(_ kind: EngineKind, in repository: String, hasIndices: Bool = true) -> JSONValue {
        var members = names(kind, in: repository)
        if !hasIndices { members["indices"] = nil }
        let shards = Int64(indices.count)
        let start = start + startOffset
        let end = isRunning ? .init(secondsSinceEpoch: 0) : end + endOffset
        members["version"] = .string(kind.version(ofSnapshotsBy: engine))
        members["version_id"] = .integer(engine.release.id)
        members["include_global_state"] = .boolean(includesGlobalState)
        if let metadata { members["metadata"] = metadata }
        members["start_time"] = .string(start.rfc3339)
        members["start_time_in_millis"] = .integer(start.millisecondsSinceEpoch)
        members["end_time"] = .string(end.rfc3339)
        members["end_time_in_millis"] = .integer(end.millisecondsSinceEpoch)
        members["duration_in_millis"] = .integer(
            isRunning ? 0 : end.millisecondsSinceEpoch - start.millisecondsSinceEpoch)
        members["failures"] = .array(isRunning ? [] : failures)
        members["shards"] = [
            "total": .integer(shards), "failed": .integer(outcome == .success ? 0 : 1),
            "successful": .integer(outcome == .success ? shards : max(shards - 1, 0)),
        ]
        if kind.has(.featureStates) { members["feature_states"] = [] }
        return .object(members)
    }

    /// What `verbose=false` shows, from the repository's list alone.
    func names(_ kind: EngineKind, in repository: String) -> [String: JSONValue] {
        var members: [String: JSONValue] = [
            "snapshot": .string(name), "uuid": .string(uuid),
            "indices": .array(indices.map { .string($0) }),
            "data_streams": [], "state": .string(state),
        ]
        if kind.has(.listingsNameTheirRepository) { members["repository"] = .string(repository) }
        return members
    }

    private var failures: [JSONValue] {
        guard outcome != .success, let index = indices.first else { return [] }
        return [
            [
                "index": .string(index), "shard_id": 0, "reason": "IndexShardSnapshotFailedException[simulated]",
                "status": "INTERNAL_SERVER_ERROR",
            ]
        ]
    }

    /// As `_status` shows it.
    func progress(in repository: String, _ now: Instant) -> JSONValue {
        let bytes = Int64(indices.count) * 4_000
        let span = max((end - start).microseconds, 1)
        let passed = isRunning ? min(max((now - start).microseconds, 0), span) : span
        let processed = bytes * (passed / 1_000) / max(span / 1_000, 1)
        let shards = Int64(indices.count)
        let done = isRunning ? shards * passed / span : shards
        func size(_ bytes: Int64) -> JSONValue { ["file_count": .integer(shards), "size_in_bytes": .integer(bytes)] }
        var statistics: [String: JSONValue] = [
            "incremental": size(bytes), "total": size(bytes),
            "start_time_in_millis": .integer((start + startOffset).millisecondsSinceEpoch),
        ]
        if isRunning { statistics["processed"] = size(processed) }
        return [
            "snapshot": .string(name), "repository": .string(repository), "uuid": .string(uuid),
            "state": .string(isRunning ? "STARTED" : outcome.rawValue),
            "include_global_state": .boolean(includesGlobalState),
            "shards_stats": [
                "initializing": 0, "started": .integer(shards - done), "finalizing": 0, "done": .integer(done),
                "failed": 0, "total": .integer(shards),
            ],
            "stats": .object(statistics),
            "indices": .object(Dictionary(indices.map { ($0, progress(of: $0)) }) { $1 }),
        ]
    }

    /// Of an index, whose share of the bytes is the same as of any other.
    private func progress(of index: String) -> JSONValue {
        let done: Int64 = isRunning ? 0 : 1
        return [
            "shards_stats": [
                "initializing": 0, "started": .integer(1 - done), "finalizing": 0, "done": .integer(done), "failed": 0,
                "total": 1,
            ],
            "stats": ["total": ["file_count": 1, "size_in_bytes": 4_000]],
        ]
    }
}
