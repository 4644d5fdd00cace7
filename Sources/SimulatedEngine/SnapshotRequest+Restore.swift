internal import JSON
internal import Time

extension SnapshotRequest {
    /// Restores a snapshot's indices, under other names if asked.
    func restore(_ state: inout EngineState) -> EngineReply {
        guard let target = state.repositories[repository] else { return .repositoryMissing(repository) }
        guard let snapshot = target.snapshot(name), !snapshot.isRunning else {
            return .error(500, "snapshot_restore_exception", "[\(repository):\(name)] snapshot does not exist")
        }
        if let failure = StorageRefusal(state.kind, repository, target).ofUse(snapshot) { return failure }
        let replacement = call.body["rename_replacement"]?.string ?? "$1"
        let renamed = snapshot.contents.map { (replacement.replacing("$1", with: $0.key), $0.value) }
        for (index, _) in renamed.sorted(by: { $0.0 < $1.0 }) where state.indices[index]?.isOpen == true {
            return .error(
                500, "snapshot_restore_exception",
                "[\(repository):\(name)/\(snapshot.uuid)] cannot restore index [\(index)] because an open index with same name "
                    + "already exists in the cluster. Either close or delete the existing index or restore the index under a "
                    + "different name by providing a rename pattern and replacement name")
        }
        for (index, contents) in renamed {
            state.indices[index] = contents
            state.indices[index]?.restored = now + state.clockOffset
            if call.body["include_aliases"]?.boolean == false { state.indices[index]?.aliases = [] }
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
