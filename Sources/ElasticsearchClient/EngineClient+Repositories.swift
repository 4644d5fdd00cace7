internal import HTTP
internal import JSON

/// A registered snapshot repository.
package struct SnapshotRepository: Sendable, Equatable {
    /// Such as `fs` or `s3`.
    package let type: String
    package let isReadOnly: Bool
    /// Bytes a second that each node reads from it at most; nil where it sets no limit.
    package let restoreRate: Int64?
}

extension EngineClient {
    /// - Throws: `.repositoryMissing` when it is not registered.
    package func repository(_ name: String) async throws(EngineError) -> SnapshotRepository {
        let answer: [String: SnapshotRepository] = try await read(
            .getRepository, limited("/_snapshot/\(pathComponent(name))"))
        guard let repository = answer[name] else {
            throw EngineError(.repositoryMissing, reason: "[\(name)] missing")
        }
        return repository
    }

    /// The names of all that are registered, sorted.
    package func repositories() async throws(EngineError) -> [String] {
        let answer: [String: JSONValue] = try await read(.getRepository, limited("/_snapshot"))
        return answer.keys.sorted()
    }

    /// Lets every node write to the repository and read it back; returns how many did.
    package func verifyRepository(_ name: String) async throws(EngineError) -> Int {
        let answer: NodesAnswer = try await send(
            .verifyRepository, .init(.post, limited("/_snapshot/\(pathComponent(name))/_verify")))
        return answer.nodes.count
    }
}

extension SnapshotRepository: JSONReadable {
    init(json: JSONValue) throws(JSONError) {
        type = try json.required("type")
        let settings: JSONValue = try json.required("settings")
        let readOnly = settings["readonly"] ?? settings["read_only"]
        isReadOnly = readOnly == .string("true") || readOnly == .boolean(true)
        restoreRate = settings["max_restore_bytes_per_sec"]?.string.flatMap(bytesPerSecond)
    }
}

private struct NodesAnswer: JSONReadable {
    let nodes: [String: JSONValue]

    init(json: JSONValue) throws(JSONError) { nodes = try json.required("nodes") }
}
