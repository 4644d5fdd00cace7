internal import Engines
internal import HTTP
internal import JSON
internal import Time

extension SnapshotRequest {
    func create(_ state: inout EngineState) -> EngineReply {
        guard let target = state.repositories[repository] else { return .repositoryMissing(repository) }
        if let refusal = refusal(by: target, state.kind) { return refusal }
        let (indices, missing) = state.resolve(patterns(call.body["indices"]))
        if let missing { return .indexMissing(missing) }
        // A shard that comes out of a snapshot is waited for.
        let lastRestore = indices.compactMap { state.indices[$0]?.restoring?.end }.max() ?? now
        let unassigned = indices.filter {
            state.indices[$0]?.isAssigned == false && state.indices[$0]?.restoring == nil
        }
        let isPartial = call.body["partial"]?.boolean ?? false
        guard unassigned.isEmpty || isPartial else {
            return .error(
                500, "snapshot_exception",
                "[\(repository):\(name)/uuid] Indices don't have primary shards [\(unassigned.joined(separator: ", "))]"
            )
        }
        let isLost = target.storage != .working
        let duration = isLost ? lostDuration : state.nextSnapshot.duration
        var snapshot = EngineState.Snapshot(
            name: name, uuid: state.nextUUID(), engine: state.kind, indices: indices, metadata: call.body["metadata"],
            start: now,
            end: max(lastRestore, now)
                + (indices.isEmpty ? max(waitForOthers(in: target), isLost ? duration : .zero) : duration),
            outcome: unassigned.isEmpty ? state.nextSnapshot.outcome : .partial,
            contents: state.indices.filter { indices.contains($0.key) }, isRunning: true,
            includesGlobalState: call.body["include_global_state"]?.boolean ?? true, isLost: isLost,
            startOffset: state.clockOffset)
        let isWaitedFor = call.query["wait_for_completion"] == "true"
        if isLost, isWaitedFor { return StorageRefusal(state.kind, repository, target).ofWrite(snapshot) }
        state.repositories[repository]?.snapshots.append(snapshot)
        state.advance(to: now)
        guard isWaitedFor else { return .ok(["accepted": true]) }
        // The engine answers in the end; in memory, the end is told in advance.
        snapshot.isRunning = false
        snapshot.endOffset = state.clockOffset
        return .ok(["snapshot": snapshot.json(state.kind, in: repository)])
    }

    /// A marker has nothing to copy, and ends when what runs before it has ended.
    private func waitForOthers(in repository: EngineState.Repository) -> Duration {
        repository.snapshots.filter(\.isRunning).map { $0.end - now }.max() ?? .zero
    }

    private func refusal(by target: EngineState.Repository, _ kind: EngineKind) -> EngineReply? {
        let problem: String? =
            if name != name.lowercased() {
                "must be lowercase"
            } else if name.hasPrefix("_") {
                "must not start with '_'"
            } else if name.contains(where: \.isWhitespace) {
                "must not contain whitespace"
            } else if let character = name.first(where: ",#".contains) {
                "must not contain '\(character)'"
            } else if name.contains(where: "\\/*?\"<>|".contains) {
                "must not contain the following characters"
            } else {
                nil
            }
        if let problem {
            return .error(
                400, "invalid_snapshot_name_exception",
                "[\(repository):\(name)] Invalid snapshot name [\(name)], \(problem)")
        }
        if let taken = target.snapshot(name) {
            let reason = "snapshot with the same name \(taken.isRunning ? "is already in-progress" : "already exists")"
            let type =
                kind.has(.takenNamesHaveAType)
                ? "snapshot_name_already_in_use_exception" : "invalid_snapshot_name_exception"
            return .error(400, type, "[\(repository):\(name)] Invalid snapshot name [\(name)], \(reason)")
        }
        if target.isReadOnly {
            let reason = "cannot create snapshot in a readonly repository"
            return kind.has(.readOnlyIsAnArgument)
                ? .error(400, "illegal_argument_exception", "[\(repository)] \(reason)")
                : .error(500, "repository_exception", "[\(repository)] \(reason)")
        }
        if let metadata = call.body["metadata"], metadata.bytes.count > 1_024 {
            return .error(
                400, "action_request_validation_exception",
                "Validation Failed: 1: metadata must be smaller than 1024 bytes, but was [\(metadata.bytes.count)];")
        }
        return nil
    }

    /// What a request calls its indices: an array, or one text with commas; nothing at all means every index.
    private func patterns(_ json: JSONValue?) -> [String] {
        let names = json?.string.map { $0.split(separator: ",").map(String.init) } ?? json?.strings ?? []
        guard !names.isEmpty else { return ["*"] }
        return names
    }
}

/// How long the engine shows a snapshot that its storage refuses.
private let lostDuration = Duration.milliseconds(200)
