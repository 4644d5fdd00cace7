internal import JSON
internal import Time

extension EngineState {
    /// Deletes snapshots: all that match, or none when a name is missing.
    ///
    /// A running one is aborted, and the deletion of ended ones waits until none runs. A storage that takes nothing keeps those that
    /// have ended.
    mutating func deleteSnapshots(_ names: String, in repository: String, _ now: Instant) -> EngineReply {
        guard let target = repositories[repository] else { return repositoryMissing(repository) }
        // The same request asks again while its deletion is queued, and once it has been carried out.
        if let queued = deletions.first(where: { $0.names == names && $0.repository == repository }) {
            if !queued.isDone { return .later(queued.due) }
            deletions.removeAll { $0 == queued }
            let isGone = names.split(separator: ",").allSatisfy { name in
                !target.snapshots.contains { matches($0.name, String(name)) }
            }
            if isGone { return .ok(["acknowledged": true]) }
        }
        var doomed: Set<String> = []
        for pattern in names.split(separator: ",").map(String.init) {
            let matching = target.snapshots.map(\.name).filter { matches($0, pattern) }
            guard !matching.isEmpty || pattern.contains("*") else { return snapshotMissing(pattern, repository) }
            doomed.formUnion(matching)
        }
        guard target.storage == .working || doomed.isEmpty else {
            // What runs is aborted all the same.
            repositories[repository]?.snapshots.removeAll { doomed.contains($0.name) && $0.isRunning }
            endMarkers(in: repository, now)
            return failedDelete(in: repository, target.storage)
        }
        let survivors = target.snapshots.filter { $0.isRunning && !doomed.contains($0.name) }
        let needsQuiet = target.snapshots.contains { doomed.contains($0.name) && !$0.isRunning }
        let uuids = Set(target.snapshots.filter { doomed.contains($0.name) }.map(\.uuid))
        if needsQuiet, let end = survivors.map(\.end).max(), end > now {
            deletions.append(Deletion(repository: repository, names: names, uuids: uuids, due: end))
            return .later(end)
        }
        repositories[repository]?.snapshots.removeAll { uuids.contains($0.uuid) }
        endMarkers(in: repository, now)
        return .ok(["acknowledged": true])
    }

    /// Markers that waited for an aborted snapshot wait no longer.
    private mutating func endMarkers(in repository: String, _ now: Instant) {
        let snapshots = repositories[repository]?.snapshots ?? []
        let quiet = snapshots.filter { $0.isRunning && !$0.indices.isEmpty }.map(\.end).max() ?? now
        for (index, snapshot) in snapshots.enumerated() where snapshot.isRunning && snapshot.indices.isEmpty {
            repositories[repository]?.snapshots[index].end = min(snapshot.end, quiet)
        }
        advance(to: now)
    }

    /// Carries out what was queued, whether or not its client still waits; what it was told is kept for a day.
    mutating func carryOutDeletions(_ now: Instant) {
        for (index, deletion) in deletions.enumerated() where !deletion.isDone && deletion.due <= now {
            if repositories[deletion.repository]?.storage == .working {
                repositories[deletion.repository]?.snapshots.removeAll { deletion.uuids.contains($0.uuid) }
            }
            deletions[index].isDone = true
        }
        deletions.removeAll { $0.isDone && now - $0.due > .seconds(86_400) }
    }

    /// Restores a snapshot's indices, under other names if asked.
    mutating func restore(_ name: String, in repository: String, _ call: EngineCall) -> EngineReply {
        guard let target = repositories[repository] else { return repositoryMissing(repository) }
        guard let snapshot = target.snapshot(name), !snapshot.isRunning else {
            return .error(500, "snapshot_restore_exception", "[\(repository):\(name)] snapshot does not exist")
        }
        if let failure = unusable(snapshot, in: repository) { return failure }
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
