internal import HTTP
package import JSON

/// What a snapshot is to contain.
package struct SnapshotOrder: Sendable, Equatable {
    package let name: String
    /// Full names, at least one: an empty list would make the engine take every index of the cluster.
    package let indices: [String]
    package let metadata: JSONValue
    /// Elasticsearch alone knows feature states, and adds its own system indices unless told not to.
    package let distribution: EngineDescription.Distribution

    package init(name: String, indices: [String], metadata: JSONValue, distribution: EngineDescription.Distribution) {
        self.name = name
        self.indices = indices
        self.metadata = metadata
        self.distribution = distribution
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
        let body = CreateBody(
            indices: order.indices, metadata: order.metadata,
            feature_states: order.distribution == .elasticsearch ? ["none"] : nil)
        let target = snapshotPath(repository, pathComponent(order.name)) + "?wait_for_completion=false"
        _ = try await send(.createSnapshot, try HTTPRequest(.put, target, json: body), as: IgnoredAnswer.self)
    }

    /// Every snapshot that a pattern matches, running ones included, in no particular order.
    ///
    /// - Parameter details: false asks for name, state and indices alone, which the engine answers from its index of the
    ///   repository, without reading each snapshot.
    package func snapshots(
        in repository: String, matching pattern: String, details: Bool = true
    ) async throws(EngineError) -> [Snapshot] {
        try await list(repository, pathComponent(pattern, pattern: true), query: details ? "" : "?verbose=false")
    }

    /// The snapshot of that very name; nil when there is none.
    package func snapshot(_ name: String, in repository: String) async throws(EngineError) -> Snapshot? {
        try await list(repository, pathComponent(name)).first { $0.name == name }
    }

    /// The snapshots of the repository that are running.
    package func runningSnapshots(in repository: String) async throws(EngineError) -> [Snapshot] {
        try await list(repository, "_current")
    }

    /// How far that snapshot is; nil when there is none.
    package func progress(of snapshot: String, in repository: String) async throws(EngineError) -> SnapshotProgress? {
        do {
            let target = snapshotPath(repository, pathComponent(snapshot)) + "/_status"
            return try await read(.snapshotStatus, target, as: StatusAnswer.self).snapshots.first
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
        let request = HTTPRequest(.delete, snapshotPath(repository, pathComponent(names)))
        _ = try await send(.deleteSnapshot, request, timeout: settings.deleteTimeout, as: IgnoredAnswer.self)
    }

    private func list(
        _ repository: String, _ names: String, query: String = ""
    ) async throws(EngineError) -> [Snapshot] {
        let answer: ListAnswer
        do {
            answer = try await read(.getSnapshot, snapshotPath(repository, names) + query)
        } catch {
            // No match: an empty list on Elasticsearch 8, this error elsewhere.
            guard error.code == .snapshotMissing else { throw error }
            return []
        }
        // Elasticsearch 7 answers 200 with an empty list for a repository that is not there.
        if let failure = answer.failures?.sorted(by: { $0.key < $1.key }).first?.value {
            let reason = failure.reason ?? "no reason given"
            throw EngineError(
                EngineError.code(status: 500, type: failure.type, reason: reason), status: 200, type: failure.type,
                reason: reason)
        }
        return answer.snapshots
    }
}

private func snapshotPath(_ repository: String, _ names: String) -> String {
    "/_snapshot/\(pathComponent(repository))/\(names)"
}

private struct CreateBody: Encodable {
    let indices: [String]
    let include_global_state = false
    let metadata: JSONValue
    let feature_states: [String]?
}

private struct ListAnswer: Decodable {
    struct Failure: Decodable {
        let type: String?
        let reason: String?
    }

    let snapshots: [Snapshot]
    let failures: [String: Failure]?
}

private struct StatusAnswer: Decodable {
    let snapshots: [SnapshotProgress]
}
