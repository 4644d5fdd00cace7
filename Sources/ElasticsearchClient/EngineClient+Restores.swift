internal import HTTP
internal import JSON

/// What of a snapshot is to come back.
package struct RestoreOrder: Sendable, Equatable {
    package let snapshot: String
    /// Full names as they stand in the snapshot, at least one: an empty list would bring back all of it.
    package let indices: [String]
    /// Nil to bring them back under their own names, with their aliases.
    package let renaming: IndexRenaming?
    /// Whether they come back for a look alone: hidden, without replicas, and without what would have others act on them.
    package let isForDrill: Bool

    package init(snapshot: String, indices: [String], renaming: IndexRenaming? = nil, isForDrill: Bool = false) {
        self.snapshot = snapshot
        self.indices = indices
        self.renaming = renaming
        self.isForDrill = isForDrill
    }
}

/// How indices are set that come back for a drill; an engine can't leave out `auto_expand_replicas`, and so it is given anew.
private let drillSettings: JSONValue = [
    "index.hidden": true, "index.number_of_replicas": 0, "index.auto_expand_replicas": "false",
]

/// What is left out of the settings of indices that come back for a drill: who would roll them over, delete, move or lock them.
private let ignoredInDrills = [
    "index.lifecycle.*", "index.plugins.index_state_management.*", "index.opendistro.index_state_management.*",
    "index.routing.allocation.*", "index.blocks.*",
]

/// Other names for indices of one prefix: theirs, with another prefix.
package struct IndexRenaming: Sendable, Equatable {
    /// Without the hyphen behind it.
    package let prefix: String
    package let newPrefix: String

    package init(from prefix: String, to newPrefix: String) {
        self.prefix = prefix
        self.newPrefix = newPrefix
    }

    package func newName(of index: String) -> String { newPrefix + index.dropFirst(prefix.count) }

    /// A regular expression of Java's, in which no character of a prefix can mean something else.
    var pattern: String { "^.{\(prefix.count)}(.*)$" }
}

extension EngineClient {
    /// Starts to bring indices back, and returns once the engine has accepted it: all of them are there then, or none.
    ///
    /// - Throws: `.failed` with the type `snapshot_restore_exception` when an open index is in the way, or the engine is too old or too new;
    ///   after `.noAnswer` and `.overloaded` only asking tells whether it runs.
    package func restore(_ order: RestoreOrder, from repository: String) async throws(EngineError) {
        guard !order.indices.isEmpty else {
            throw EngineError(.rejected, reason: "an empty list of indices would bring back the whole snapshot")
        }
        var body: [String: JSONValue] = [
            "indices": order.indices.json, "include_global_state": false, "partial": false,
            "include_aliases": (order.renaming == nil).json,
        ]
        if let renaming = order.renaming {
            body["rename_pattern"] = renaming.pattern.json
            body["rename_replacement"] = "\(renaming.newPrefix)$1".json
        }
        if order.isForDrill {
            body["index_settings"] = drillSettings
            body["ignore_index_settings"] = ignoredInDrills.json
        }
        let path = "/_snapshot/\(pathComponent(repository))/\(pathComponent(order.snapshot))/_restore"
        let target = limited("\(path)?wait_for_completion=false")
        _ = try await send(
            .restoreSnapshot, HTTPRequest(.post, target, json: .object(body)), as: IgnoredAnswer.self)
    }

    /// How many shards and bytes a snapshot has, by what stands in it for each of them: all of that can be read then.
    ///
    /// - Throws: `.snapshotMissing`; `.snapshotUnreadable` and `.failed` with the storage's own words.
    package func contents(of snapshot: String, in repository: String) async throws(EngineError) -> SnapshotContents {
        let target = limited(
            "/_snapshot/\(pathComponent(repository))/\(pathComponent(snapshot))/_status"
                + "?filter_path=snapshots.indices.*.shards_stats.total,snapshots.indices.*.stats.total.size_in_bytes")
        let answer: ContentsAnswer = try await read(.snapshotStatus, target)
        return answer.contents
    }

    /// The snapshots that run, in whichever repository of the engine.
    package func snapshotsUnderWay() async throws(EngineError) -> [SnapshotUnderWay] {
        let target = limited(
            "/_snapshot/_status?filter_path=snapshots.snapshot,snapshots.repository,snapshots.indices.*.shards_stats.total"
        )
        return try await read(.snapshotStatus, target, as: UnderWayAnswer.self).snapshots
    }

    /// How the primary shards of indices are, by index; an index that is not there is left out.
    ///
    /// By the master's own table, which has closed indices as well: `_cat/shards` of one is refused by OpenSearch.
    package func primaries(of indices: [String]) async throws(EngineError) -> [String: [PrimaryShard]] {
        var primaries: [String: [PrimaryShard]] = [:]
        let members = ["primary", "state", "unassigned_info.reason", "unassigned_info.details"]
        let filter = members.map { "routing_table.indices.*.shards.*.\($0)" }.joined(separator: ",")
        for batch in batches(of: indices) {
            let target = limited("/_cluster/state/routing_table/\(pathComponent(batch))?filter_path=\(filter)")
            let answer: RoutingAnswer = try await read(.clusterState, target)
            primaries.merge(answer.primaries) { $1 }
        }
        return primaries
    }

    /// Deletes indices by their exact names.
    ///
    /// - Throws: `.indexMissing` when one of them is not there: then none of its request is deleted; `.busy` while a snapshot has one of them.
    package func deleteIndices(_ names: [String]) async throws(EngineError) {
        try requireExact(names)
        for batch in batches(of: names) {
            let request = HTTPRequest(.delete, limited("/\(pathComponent(batch))"))
            _ = try await send(.deleteIndex, request, as: IgnoredAnswer.self)
        }
    }

    /// Closes indices by their exact names, so that a restore may take their place; one without shards as well, which takes its time.
    package func closeIndices(_ names: [String]) async throws(EngineError) {
        try requireExact(names)
        for batch in batches(of: names) {
            let target = limited("/\(pathComponent(batch))/_close?wait_for_active_shards=0&timeout=1s")
            let request = HTTPRequest(.post, target)
            _ = try await send(.closeIndex, request, timeout: settings.requestTimeout * 2, as: IgnoredAnswer.self)
        }
    }

    private func requireExact(_ names: [String]) throws(EngineError) {
        guard !names.isEmpty, !names.contains(where: { $0.isEmpty || $0.contains("*") || $0.hasPrefix("_") }) else {
            throw EngineError(.rejected, reason: "indices are named exactly here, not as \(names)")
        }
    }
}

/// Names in their order, as many to a request as fit into its line of 4096 bytes.
private func batches(of names: [String]) -> [[String]] {
    var batches: [[String]] = []
    var size = 0
    for name in names {
        size += pathComponent(name).utf8.count + 1
        if batches.isEmpty || size > 3_000 {
            batches.append([])
            size = pathComponent(name).utf8.count + 1
        }
        batches[batches.count - 1].append(name)
    }
    return batches
}

/// What a snapshot holds, as its blobs tell.
package struct SnapshotContents: Sendable, Equatable {
    /// Primary shards of each index.
    package let shards: [String: Int]
    /// Bytes of each index that tells them.
    package let sizes: [String: Int64]

    /// Nil where an index tells none, as those of shallow snapshots do.
    package var bytes: Int64? { sizes.count == shards.count ? sizes.values.reduce(0, +) : nil }

    package init(shards: [String: Int], sizes: [String: Int64]) {
        self.shards = shards
        self.sizes = sizes
    }
}

/// A primary shard, as the master has it.
package struct PrimaryShard: Sendable, Equatable {
    package enum State: String, Sendable {
        case started = "STARTED"
        case relocating = "RELOCATING"
        case initializing = "INITIALIZING"
        case unassigned = "UNASSIGNED"
    }

    package let state: State
    /// Why it was without a node last, such as `NEW_INDEX_RESTORED`; nil once it has started.
    package let reason: String?
    /// In the engine's words, such as `restore_source[REPOSITORY/SNAPSHOT]`.
    package let details: String?

    /// What is at the bottom of it, of the details alone: those of Elasticsearch have Java's whole stack, OpenSearch's nest one in another.
    package var cause: String? {
        guard let details else { return nil }
        let lines = details.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("\t") }
        let last = lines.last { $0.hasPrefix("Caused by: ") }?.dropFirst("Caused by: ".count) ?? lines.first ?? ""
        let innermost = last.split(separator: "; nested: ").last ?? last
        guard !innermost.isEmpty else { return nil }
        let end = innermost.lastIndex { $0 != ";" && $0 != " " } ?? innermost.startIndex
        return String(innermost[...end])
    }

    /// Whether the engine has tried to start it and failed, rather than lost the node that had it.
    package var hasFailed: Bool { !isActive && reason == "ALLOCATION_FAILED" }

    package init(_ state: State, reason: String? = nil, details: String? = nil) {
        self.state = state
        self.reason = reason
        self.details = details
    }

    fileprivate init(_ shard: JSONValue) {
        let why = shard["unassigned_info"]
        self.init(
            shard["state"]?.string.flatMap(State.init) ?? .unassigned, reason: why?["reason"]?.string,
            details: why?["details"]?.string)
    }

    package var isActive: Bool { [.started, .relocating].contains(state) }

    /// Whether it comes out of a snapshot now, or is about to.
    package var isBeingRestored: Bool {
        let isFromSnapshot = reason.map { $0.hasSuffix("_INDEX_RESTORED") } ?? false
        return state == .initializing && details?.contains("restore_source") ?? false
            || [.initializing, .unassigned].contains(state) && isFromSnapshot
    }
}

private struct RoutingAnswer: JSONReadable {
    let primaries: [String: [PrimaryShard]]

    init(json: JSONValue) throws(JSONError) {
        let table: JSONValue? = try json.optional("routing_table")
        let indices: [String: JSONValue] = try table?.optional("indices") ?? [:]
        var primaries: [String: [PrimaryShard]] = [:]
        for (name, index) in indices {
            let shards: [String: JSONValue] = try index.optional("shards") ?? [:]
            primaries[name] = shards.sorted { $0.key < $1.key }.flatMap { ($0.value.array ?? []) }
                .filter { $0["primary"] == true }.map { PrimaryShard($0) }
        }
        self.primaries = primaries
    }
}

private struct ContentsAnswer: JSONReadable {
    let contents: SnapshotContents

    init(json: JSONValue) throws(JSONError) {
        let snapshots: [JSONValue] = try json.optional("snapshots") ?? []
        let indices: [String: JSONValue] = try snapshots.first?.optional("indices") ?? [:]
        var (shards, sizes) = ([String: Int](), [String: Int64]())
        for (name, index) in indices {
            shards[name] = Int(index["shards_stats"]?["total"]?.integer ?? 0)
            // Even an empty one has a file.
            sizes[name] = index["stats"]?["total"]?["size_in_bytes"]?.integer.flatMap { $0 > 0 ? $0 : nil }
        }
        contents = SnapshotContents(shards: shards, sizes: sizes)
    }
}

/// A snapshot that runs.
package struct SnapshotUnderWay: Sendable, Equatable {
    package let name: String
    package let repository: String
    package let indices: [String]

    package init(_ name: String, in repository: String, of indices: [String]) {
        self.name = name
        self.repository = repository
        self.indices = indices
    }
}

private struct UnderWayAnswer: JSONReadable {
    let snapshots: [SnapshotUnderWay]

    init(json: JSONValue) throws(JSONError) {
        let items: [JSONValue] = try json.optional("snapshots") ?? []
        snapshots = items.map { item in
            SnapshotUnderWay(
                item["snapshot"]?.string ?? "?", in: item["repository"]?.string ?? "?",
                of: item["indices"]?.keys.sorted() ?? [])
        }
    }
}
