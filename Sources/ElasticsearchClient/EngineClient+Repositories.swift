internal import HTTP
internal import JSON

/// A registered snapshot repository.
package struct SnapshotRepository: Sendable, Equatable {
    /// Such as `fs` or `s3`.
    package let type: String
    package let isReadOnly: Bool
}

extension EngineClient {
    /// - Throws: `.repositoryMissing` when it is not registered.
    package func repository(_ name: String) async throws(EngineError) -> SnapshotRepository {
        let answer: [String: RepositoryAnswer] = try await read(
            .getRepository, limited("/_snapshot/\(pathComponent(name))"))
        guard let repository = answer[name] else {
            throw EngineError(.repositoryMissing, reason: "[\(name)] missing")
        }
        let readOnly = repository.settings["readonly"] ?? repository.settings["read_only"]
        return SnapshotRepository(
            type: repository.type, isReadOnly: readOnly == .string("true") || readOnly == .boolean(true))
    }

    /// Lets every node write to the repository and read it back; returns how many did.
    package func verifyRepository(_ name: String) async throws(EngineError) -> Int {
        let answer: VerificationAnswer = try await send(
            .verifyRepository, .init(.post, limited("/_snapshot/\(pathComponent(name))/_verify")))
        return answer.nodes.count
    }
}

private struct RepositoryAnswer: Decodable {
    let type: String
    let settings: [String: JSONValue]
}

private struct VerificationAnswer: Decodable {
    let nodes: [String: IgnoredAnswer]
}
