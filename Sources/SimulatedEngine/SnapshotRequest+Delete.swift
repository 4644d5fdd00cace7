internal import Engines
internal import JSON
internal import Time

extension SnapshotRequest {
    /// Deletes snapshots: all that match, or none when a name is missing.
    ///
    /// A running one is aborted, and the deletion of ended ones waits until none runs. A storage that takes nothing keeps those that
    /// have ended.
    func delete(_ state: inout EngineState) -> EngineReply {
        let names = name
        guard let target = state.repositories[repository] else { return .repositoryMissing(repository) }
        // The same request asks again while its deletion is queued, and once it has been carried out.
        if let queued = state.deletions.first(where: { $0.names == names && $0.repository == repository }) {
            if !queued.isDone { return .later(queued.due) }
            state.deletions.removeAll { $0 == queued }
            let isGone = names.split(separator: ",").allSatisfy { name in
                !target.snapshots.contains { matches($0.name, String(name)) }
            }
            if isGone { return .ok(["acknowledged": true]) }
        }
        var doomed: Set<String> = []
        for pattern in names.split(separator: ",").map(String.init) {
            let matching = target.snapshots.map(\.name).filter { matches($0, pattern) }
            guard !matching.isEmpty || pattern.contains("*") else { return .snapshotMissing(pattern, repository) }
            doomed.formUnion(matching)
        }
        // Only the name by which the repository was called counts.
        let isRestored = state.indices.values.contains { index in
            index.restoring.map { $0.repository == repository && doomed.contains($0.snapshot) } ?? false
        }
        guard !isRestored else {
            return .error(
                state.kind == .opensearch3 ? 409 : 503, "concurrent_snapshot_execution_exception",
                "[\(repository):\(names)] cannot delete snapshot during a restore in progress")
        }
        guard target.storage == .working || doomed.isEmpty else {
            // What runs is aborted all the same.
            state.repositories[repository]?.snapshots.removeAll { doomed.contains($0.name) && $0.isRunning }
            state.endMarkers(in: repository, now)
            return StorageRefusal(state.kind, repository, target).ofDelete()
        }
        let survivors = target.snapshots.filter { $0.isRunning && !doomed.contains($0.name) }
        let needsQuiet = target.snapshots.contains { doomed.contains($0.name) && !$0.isRunning }
        let uuids = Set(target.snapshots.filter { doomed.contains($0.name) }.map(\.uuid))
        if needsQuiet, let end = survivors.map(\.end).max(), end > now {
            state.deletions.append(EngineState.Deletion(repository: repository, names: names, uuids: uuids, due: end))
            return .later(end)
        }
        state.repositories[repository]?.snapshots.removeAll { uuids.contains($0.uuid) }
        state.endMarkers(in: repository, now)
        return .ok(["acknowledged": true])
    }
}
