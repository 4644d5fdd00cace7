internal import JSON
internal import Time

extension EngineState {
    /// The progress of snapshots by their names; the blobs of those that have ended are read.
    func status(_ names: [String], in repository: String, _ call: EngineCall, _ now: Instant) -> EngineReply {
        guard let target = repositories[repository] else { return repositoryMissing(repository) }
        var found: [Snapshot] = []
        for name in names {
            if let snapshot = target.snapshot(name) {
                found.append(snapshot)
            } else if call.query["ignore_unavailable"] != "true" {
                return snapshotMissing(name, repository)
            }
        }
        if let failure = found.lazy.compactMap({ unusable($0, in: repository) }).first { return failure }
        return .ok(["snapshots": .array(found.map { progress(of: $0, in: repository, now) })])
    }

    /// The progress of whatever runs.
    func runningStatus(in repository: String, _ now: Instant) -> EngineReply {
        guard let target = repositories[repository] else { return repositoryMissing(repository) }
        let running = target.snapshots.filter(\.isRunning)
        return .ok(["snapshots": .array(running.map { progress(of: $0, in: repository, now) })])
    }

    private func progress(of snapshot: Snapshot, in repository: String, _ now: Instant) -> JSONValue {
        let bytes = Int64(snapshot.indices.count) * 4_000
        let span = max((snapshot.end - snapshot.start).microseconds, 1)
        let passed = snapshot.isRunning ? min(max((now - snapshot.start).microseconds, 0), span) : span
        let processed = bytes * (passed / 1_000) / max(span / 1_000, 1)
        let shards = Int64(snapshot.indices.count)
        let done = snapshot.isRunning ? shards * passed / span : shards
        func size(_ bytes: Int64) -> JSONValue { ["file_count": .integer(shards), "size_in_bytes": .integer(bytes)] }
        var statistics: [String: JSONValue] = [
            "incremental": size(bytes), "total": size(bytes),
            "start_time_in_millis": .integer((snapshot.start + snapshot.startOffset).millisecondsSinceEpoch),
        ]
        if snapshot.isRunning { statistics["processed"] = size(processed) }
        return [
            "snapshot": .string(snapshot.name), "repository": .string(repository), "uuid": .string(snapshot.uuid),
            "state": .string(snapshot.isRunning ? "STARTED" : snapshot.outcome.rawValue),
            "include_global_state": .boolean(snapshot.includesGlobalState),
            "shards_stats": [
                "initializing": 0, "started": .integer(shards - done), "finalizing": 0, "done": .integer(done),
                "failed": 0, "total": .integer(shards),
            ],
            "stats": .object(statistics),
        ]
    }
}
