internal import Engines
internal import JSON
internal import Time

extension SnapshotRequest {
    /// Restores a snapshot's indices, under other names if asked: all of them are there from then on, and their shards in the end.
    func restore(_ state: inout EngineState) -> EngineReply {
        if let unknown = call.body.keys.sorted().first(where: { !restoreParameters.contains($0) }) {
            return .error(400, "illegal_argument_exception", "Unknown parameter \(unknown)")
        }
        guard let target = state.repositories[repository] else { return .repositoryMissing(repository) }
        guard let snapshot = target.snapshot(name), !snapshot.isRunning else {
            return .error(500, "snapshot_restore_exception", "[\(repository):\(name)] snapshot does not exist")
        }
        if let failure = StorageRefusal(state.kind, repository, target).ofUse(snapshot) { return failure }
        let (chosen, missing) = selection(of: snapshot)
        if let missing { return .indexMissing(missing) }
        let renamed = chosen.map { (target: newName(of: $0), contents: snapshot.contents[$0] ?? EngineState.Index()) }
        for (index, _) in renamed where state.indices[index]?.isOpen == true {
            return .error(
                500, "snapshot_restore_exception",
                "[\(repository):\(name)/\(snapshot.uuid)] cannot restore index [\(index)] because an open index with same name "
                    + "already exists in the cluster. Either close or delete the existing index or restore the index under a "
                    + "different name by providing a rename pattern and replacement name")
        }
        let isWaitedFor = call.query["wait_for_completion"] == "true"
        for (index, contents) in renamed {
            state.indices[index] = restored(contents, over: state.indices[index], state, isWaitedFor: isWaitedFor)
        }
        let shards = Int64(renamed.count)
        guard isWaitedFor else { return .ok(["accepted": true]) }
        return .ok([
            "snapshot": [
                "snapshot": .string(name), "indices": .array(renamed.map { .string($0.target) }),
                "shards": ["total": .integer(shards), "failed": 0, "successful": .integer(shards)],
            ]
        ])
    }

    /// The indices that names and patterns find in the snapshot, sorted; in the second place the first name that there is not.
    private func selection(of snapshot: EngineState.Snapshot) -> (found: [String], missing: String?) {
        let json = call.body["indices"]
        let asked = json?.string.map { $0.split(separator: ",").map(String.init) } ?? json?.strings ?? []
        let all = snapshot.contents.keys.sorted()
        guard !asked.isEmpty else { return (all, nil) }
        let missing = asked.first { pattern in !pattern.contains("*") && !all.contains(pattern) }
        return (all.filter { name in asked.contains { matches(name, $0) } }, missing)
    }

    /// Understands a pattern that takes a name as a whole, and one that leaves out so many characters at its beginning.
    private func newName(of index: String) -> String {
        let replacement = call.body["rename_replacement"]?.string ?? "$1"
        let pattern = call.body["rename_pattern"]?.string ?? ""
        guard pattern.hasPrefix("^.{"), pattern.hasSuffix("}(.*)$"), let count = Int(pattern.dropFirst(3).dropLast(6))
        else { return replacement.replacing("$1", with: index) }
        guard index.count >= count else { return index }
        return replacement.replacing("$1", with: index.dropFirst(count))
    }

    private func restored(
        _ contents: EngineState.Index, over closed: EngineState.Index?, _ state: EngineState, isWaitedFor: Bool
    ) -> EngineState.Index {
        var index = contents
        if call.body["include_aliases"]?.boolean == false { index.aliases = [] }
        index.restored = now + state.clockOffset
        index.isOpen = true
        index.isAssigned = isWaitedFor
        index.whyUnassigned = closed == nil ? .restored : .restoredOverClosed
        index.restoring =
            isWaitedFor
            ? nil
            : EngineState.Restoring(
                repository: repository, snapshot: name, start: now, end: now + state.nextRestore)
        return index
    }
}

private let restoreParameters: Set<String> = [
    "indices", "ignore_unavailable", "allow_no_indices", "expand_wildcards", "include_global_state", "include_aliases",
    "partial", "rename_pattern", "rename_replacement", "index_settings", "ignore_index_settings", "feature_states",
]
