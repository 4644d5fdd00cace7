internal import JSON
internal import Time

extension EngineState {
    /// Deletes snapshots: all that match, or none when a name is missing; a running one is aborted, and the deletion of ended
    /// ones waits until none runs.
    mutating func deleteSnapshots(_ names: String, in repository: String, _ now: Instant) -> EngineAnswer {
        guard let target = repositories[repository] else { return repositoryMissing(repository) }
        var doomed: Set<String> = []
        for pattern in names.split(separator: ",").map(String.init) {
            let matching = target.snapshots.map(\.name).filter { matches($0, pattern) }
            guard !matching.isEmpty || pattern.contains("*") else { return snapshotMissing(pattern, repository) }
            doomed.formUnion(matching)
        }
        guard !isDiskFull || doomed.isEmpty else {
            return .error(500, "repository_exception", "[\(repository)] failed to delete: No space left on device")
        }
        let survivors = target.snapshots.filter { $0.isRunning && !doomed.contains($0.name) }
        let needsQuiet = target.snapshots.contains { doomed.contains($0.name) && !$0.isRunning }
        if needsQuiet, let end = survivors.map(\.end).max(), end > now { return .later(end) }
        repositories[repository]?.snapshots.removeAll { doomed.contains($0.name) }
        return .ok(["acknowledged": true])
    }

    /// Restores a snapshot's indices, under other names if asked.
    mutating func restore(_ name: String, in repository: String, _ call: EngineCall) -> EngineAnswer {
        guard let target = repositories[repository] else { return repositoryMissing(repository) }
        guard let snapshot = target.snapshot(name), !snapshot.isRunning else {
            return .error(500, "snapshot_restore_exception", "[\(repository):\(name)] snapshot does not exist")
        }
        let replacement = call.body["rename_replacement"]?.string ?? "$1"
        let renamed = snapshot.contents.map { (replacement.replacing("$1", with: $0.key), $0.value) }
        for (index, _) in renamed.sorted(by: { $0.0 < $1.0 }) where indices[index]?.isOpen == true {
            return .error(
                500, "snapshot_restore_exception",
                "[\(repository):\(name)/\(snapshot.uuid)] cannot restore index [\(index)] because an open index with same name "
                    + "already exists in the cluster. Either close or delete the existing index or restore the index under a "
                    + "different name by providing a rename pattern and replacement name")
        }
        for (index, contents) in renamed {
            indices[index] = contents
            if call.body["include_aliases"]?.boolean == false { indices[index]?.aliases = [] }
        }
        let shards = Int64(renamed.count)
        guard call.query["wait_for_completion"] == "true" else { return .ok(["accepted": true]) }
        return .ok([
            "snapshot": [
                "snapshot": .string(name),
                "indices": .array(renamed.map { .string($0.0) }.sorted { $0.string ?? "" < $1.string ?? "" }),
                "shards": ["total": .integer(shards), "failed": 0, "successful": .integer(shards)],
            ]
        ])
    }
}
