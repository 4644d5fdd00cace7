package import Engines
internal import HTTP
package import JSON

/// What a snapshot is to contain.
package struct SnapshotOrder: Sendable, Equatable {
    package let name: String
    /// Full names, at least one: an empty list would make the engine take every index of the cluster.
    package let indices: [String]
    package let metadata: JSONValue
    /// Of the engine that is to take it.
    package let engine: EngineKind

    package init(name: String, indices: [String], metadata: JSONValue, engine: EngineKind) {
        self.name = name
        self.indices = indices
        self.metadata = metadata
        self.engine = engine
    }
}

extension EngineClient {
    /// Starts a snapshot and returns once the engine has accepted it.
    ///
    /// - Throws: `.nameTaken`, `.indexMissing`, `.rejected` and others; after `.noAnswer` only asking tells whether it runs.
    package func createSnapshot(_ order: SnapshotOrder, in repository: String) async throws(EngineError) {
        guard !order.indices.isEmpty else {
            throw EngineError(.rejected, reason: "an empty list of indices would snapshot the whole cluster")
        }
        var body: [String: JSONValue] = [
            "indices": .array(order.indices.map { .string($0) }), "include_global_state": false,
            "metadata": order.metadata,
        ]
        if order.engine.has(.featureStates) { body["feature_states"] = ["none"] }
        let target = limited(snapshotPath(repository, pathComponent(order.name)) + "?wait_for_completion=false")
        _ = try await send(.createSnapshot, HTTPRequest(.put, target, json: .object(body)), as: IgnoredAnswer.self)
    }

    /// What stands in the repository by the engine's own memory, of all that some patterns match: names, uuids and states.
    ///
    /// It touches no blob: names are there while the storage is not, and so are those of damaged snapshots.
    package func entries(
        in repository: String, matching patterns: [String]
    ) async throws(EngineError) -> [SnapshotEntry] {
        let path = snapshotPath(repository, pathComponent(patterns, pattern: true))
        let query = "?verbose=false&ignore_unavailable=true"
        return try await list(
            path + query + "&filter_path=snapshots.snapshot,snapshots.uuid,snapshots.state,failures")
    }

    /// The snapshot of that very name by the engine's memory; nil when there is none.
    package func entry(_ name: String, in repository: String) async throws(EngineError) -> SnapshotEntry? {
        try await entries(in: repository, matching: [name]).first { $0.name == name }
    }

    /// The snapshots of those names, as far as they can be read: one that is damaged, or gone meanwhile, is left out.
    ///
    /// The engine reads a blob for each; on OpenSearch one after the other.
    package func readableSnapshots(_ names: [String], in repository: String) async throws(EngineError) -> [Snapshot] {
        let path = snapshotPath(repository, pathComponent(names))
        return try await list("\(path)?ignore_unavailable=true&\(neededDetails)", sentOnce: true)
    }

    /// The snapshot of that very name, read from the storage.
    ///
    /// - Throws: `.snapshotMissing`; `.snapshotUnreadable` and `.failed` with the storage's own words.
    package func snapshot(_ name: String, in repository: String) async throws(EngineError) -> Snapshot {
        let found: [Snapshot] = try await list(
            "\(snapshotPath(repository, pathComponent(name)))?\(neededDetails)", sentOnce: true)
        guard let snapshot = found.first(where: { $0.name == name }) else {
            throw EngineError(.snapshotMissing, reason: "[\(repository):\(name)] is missing")
        }
        return snapshot
    }

    /// Reads a blob of each of those snapshots, and tells nothing of what stands in them.
    ///
    /// - Throws: `.snapshotMissing`; `.snapshotUnreadable` and `.failed` with the storage's own words, for one that can't be read.
    package func touchSnapshots(_ names: [String], in repository: String) async throws(EngineError) {
        let path = snapshotPath(repository, pathComponent(names))
        let found: [SnapshotEntry] = try await list(
            path + "?filter_path=snapshots.snapshot,snapshots.uuid,failures", sentOnce: true)
        let missing = Set(names).subtracting(found.map(\.name)).sorted()
        guard missing.isEmpty else {
            throw EngineError(.snapshotMissing, reason: "[\(repository):\(missing.joined(separator: ","))] is missing")
        }
    }

    /// The snapshots of the repository that are running.
    package func runningSnapshots(in repository: String) async throws(EngineError) -> [Snapshot] {
        try await list(snapshotPath(repository, "_current"))
    }

    /// How far that snapshot is, and how large; nil when there is none.
    ///
    /// Asked once: what is only shown is not worth asking again.
    package func progress(of snapshot: String, in repository: String) async throws(EngineError) -> SnapshotProgress? {
        do {
            let target = limited(snapshotPath(repository, pathComponent(snapshot)) + "/_status")
            return try await send(.snapshotStatus, HTTPRequest(.get, target), as: StatusAnswer.self).snapshots.first
        } catch {
            guard error.code == .snapshotMissing else { throw error }
            return nil
        }
    }

    /// Deletes snapshots by their exact names, all or none: one that is missing makes the engine refuse the whole call.
    ///
    /// - Throws: `.snapshotMissing`; after `.noAnswer` only asking tells.
    package func deleteSnapshots(_ names: [String], in repository: String) async throws(EngineError) {
        guard !names.isEmpty, !names.contains(where: { $0.isEmpty || $0.contains("*") || $0.hasPrefix("_") }) else {
            throw EngineError(.rejected, reason: "a delete takes exact names, not \(names)")
        }
        let request = HTTPRequest(.delete, limited(snapshotPath(repository, pathComponent(names))))
        _ = try await send(.deleteSnapshot, request, timeout: settings.deleteTimeout, as: IgnoredAnswer.self)
    }

    /// - Parameter sentOnce: whether the caller has a way of its own to try again.
    private func list<Item: JSONReadable & Sendable>(
        _ target: String, sentOnce: Bool = false
    ) async throws(EngineError) -> [Item] {
        let target = limited(target)
        let answer: ListAnswer<Item> =
            sentOnce ? try await send(.getSnapshot, HTTPRequest(.get, target)) : try await read(.getSnapshot, target)
        // As engines of the trait `missingRepositoriesAreEmpty` answer.
        if let failure = answer.failures.sorted(by: { $0.key < $1.key }).first?.value {
            let (type, reason) = (failure["type"]?.string, failure["reason"]?.string ?? "no reason given")
            throw EngineError(
                EngineError.code(status: 500, type: type, reason: reason), status: 200, type: type, reason: reason)
        }
        return answer.snapshots
    }
}

private func snapshotPath(_ repository: String, _ names: String) -> String {
    "/_snapshot/\(pathComponent(repository))/\(names)"
}

/// Of a snapshot's details those that are used; the rest would be half of the answer.
private let neededDetails = "filter_path=failures," + Snapshot.details.map { "snapshots.\($0)" }.joined(separator: ",")

private struct ListAnswer<Item: JSONReadable & Sendable>: JSONReadable, Sendable {
    let snapshots: [Item]
    /// By the name of the repository.
    let failures: [String: JSONValue]

    init(json: JSONValue) throws(JSONError) { try self.init([], json) }

    /// - Parameter given: those that stand in the answer no more. With a filter, an empty list leaves no trace in it; what is no list is an error.
    private init(_ given: [Item], _ json: JSONValue) throws(JSONError) {
        snapshots = given + (try json.optional("snapshots") ?? [])
        failures = try json.optional("failures") ?? [:]
    }

    /// A list of twenty thousand would be many times as large before its snapshots are made of it.
    static func read(_ bytes: [UInt8]) throws(JSONError) -> Self {
        var snapshots: [Item] = []
        let rest = try JSONValue(reading: bytes, eachIn: "snapshots") { item throws(JSONError) in
            snapshots.append(try Item(json: item))
        }
        return try Self(snapshots, rest)
    }
}

private struct StatusAnswer: JSONReadable {
    let snapshots: [SnapshotProgress]

    init(json: JSONValue) throws(JSONError) { snapshots = try json.required("snapshots") }
}
