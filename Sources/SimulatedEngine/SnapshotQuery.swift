internal import Engines
internal import JSON
internal import Time

/// A request that lists snapshots, or asks for their progress.
struct SnapshotQuery {
    let endpoint: EngineEndpoint
    let call: EngineCall
    let now: Instant

    /// The repository's name.
    private var repository: String { call.path[1] }

    func reply(_ state: inout EngineState) -> EngineReply {
        switch endpoint {
        case .snapshotStatus: status(state)
        case .runningStatus: runningStatus(state)
        default: list(&state)
        }
    }

    private func list(_ state: inout EngineState) -> EngineReply {
        let patterns = call.names(at: 2)
        guard let target = state.repositories[repository] else {
            guard state.kind.has(.missingRepositoriesAreEmpty) else { return .repositoryMissing(repository) }
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
        if state.emptyListings > 0, patterns.contains(where: { $0.contains("*") }) {
            state.emptyListings -= 1
            snapshots = []
        }
        let ignoresMissing = call.query["ignore_unavailable"] == "true"
        if let states = call.query["state"]?.split(separator: ",").map(String.init) {
            snapshots = snapshots.filter { states.contains($0.state) }
        }
        let (found, missing) = select(patterns, from: snapshots, by: state.kind)
        if let missing, !ignoresMissing { return .snapshotMissing(missing, repository) }
        let hasDetails = call.query["verbose"] != "false"
        guard hasDetails else {
            return listing(state.kind, order.sorted(found).map { .object($0.names(state.kind, in: repository)) })
        }
        if let most = state.mostSnapshotsRead, found.count > most { return .tooMuch("[parent] Data too large") }
        var readable: [EngineState.Snapshot] = []
        let refusal = StorageRefusal(state.kind, repository, target)
        for snapshot in order.sorted(found) {
            guard let failure = refusal.ofRead(snapshot) else {
                readable.append(snapshot)
                continue
            }
            if !ignoresMissing { return failure }
        }
        let hasIndices = call.query["index_names"] != "false"
        let shown = order.size.map { Array(readable.prefix($0)) } ?? readable
        return listing(
            state.kind,
            shown.map { $0.json(state.kind, in: repository, hasIndices: hasIndices) },
            remaining: readable.count - shown.count)
    }

    private func listing(_ kind: EngineKind, _ list: [JSONValue], remaining: Int = 0) -> EngineReply {
        guard kind.has(.listingsAreCounted) else { return .ok(["snapshots": .array(list)]) }
        let total = Int64(list.count + remaining)
        return .ok(["snapshots": .array(list), "total": .integer(total), "remaining": .integer(Int64(remaining))])
    }

    /// Those that names and patterns find, and what is missing: the first name that there is not, or the first pattern if
    /// nothing at all is found, where that is an error.
    private func select(
        _ patterns: [String], from snapshots: [EngineState.Snapshot], by kind: EngineKind
    ) -> (found: [EngineState.Snapshot], missing: String?) {
        var names: Set<String> = []
        var missing: String?
        for (position, pattern) in patterns.enumerated() {
            if kind.has(.patternsExclude), pattern.hasPrefix("-"), position > 0 {
                names = names.filter { !matches($0, String(pattern.dropFirst())) }
                continue
            }
            let matching = snapshots.filter { snapshot in
                pattern == "_current" ? snapshot.isRunning : pattern == "_all" || matches(snapshot.name, pattern)
            }
            if matching.isEmpty, !isOpen(pattern) { missing = missing ?? pattern }
            names.formUnion(matching.map(\.name))
        }
        if names.isEmpty, !kind.has(.emptyMatchesAreNoError) {
            missing = missing ?? patterns.first { $0.contains("*") }
        }
        return (snapshots.filter { names.contains($0.name) }, missing)
    }

    /// Whether it may find nothing.
    private func isOpen(_ pattern: String) -> Bool {
        pattern == "_all" || pattern == "_current" || pattern.contains("*")
    }

    /// The progress of snapshots by their names; the blobs of those that have ended are read.
    private func status(_ state: EngineState) -> EngineReply {
        guard let target = state.repositories[repository] else { return .repositoryMissing(repository) }
        var found: [EngineState.Snapshot] = []
        for name in call.names(at: 2) {
            if let snapshot = target.snapshot(name) {
                found.append(snapshot)
            } else if call.query["ignore_unavailable"] != "true" {
                return .snapshotMissing(name, repository)
            }
        }
        let shards = found.reduce(0) { $0 + $1.indices.count }
        if state.kind.has(.progressIsCapped), shards > state.mostShardsOfProgress {
            let words =
                "[\(repository)] Total shard count [\(shards)] is more than the maximum allowed value of shard count"
            return .tooMuch("\(words) [\(state.mostShardsOfProgress)] for snapshot status request.", isFinal: true)
        }
        let refusal = StorageRefusal(state.kind, repository, target)
        if let failure = found.lazy.compactMap({ refusal.ofUse($0) }).first { return failure }
        return .ok(["snapshots": .array(found.map { $0.progress(in: repository, now) })])
    }

    /// The progress of whatever runs in a repository, or in any.
    private func runningStatus(_ state: EngineState) -> EngineReply {
        guard call.path.count > 2 else {
            let all = state.repositories.sorted { $0.key < $1.key }.flatMap { name, repository in
                repository.snapshots.filter(\.isRunning).map { $0.progress(in: name, now) }
            }
            return .ok(["snapshots": .array(all)])
        }
        guard let target = state.repositories[repository] else { return .repositoryMissing(repository) }
        let running = target.snapshots.filter(\.isRunning)
        return .ok(["snapshots": .array(running.map { $0.progress(in: repository, now) })])
    }
}
