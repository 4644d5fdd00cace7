internal import HTTP

/// What the engine says of itself.
package struct EngineDescription: Sendable, Equatable {
    package enum Distribution: String, Sendable {
        case elasticsearch
        case opensearch
    }

    package let distribution: Distribution
    /// Such as `8.19.21`.
    package let version: String
    package let clusterName: String
    /// Identifies the cluster for as long as its data exists.
    package let clusterUUID: String

    package init(distribution: Distribution, version: String, clusterName: String, clusterUUID: String) {
        self.distribution = distribution
        self.version = version
        self.clusterName = clusterName
        self.clusterUUID = clusterUUID
    }
}

extension EngineClient {
    /// Asks once, without patience: the first contact, where an operator wants to know at once that nobody answers.
    ///
    /// - Throws: `.unexpectedAnswer` also while the cluster has no state yet, when its uuid is still `_na_`.
    package func describe() async throws(EngineError) -> EngineDescription {
        let answer = try await send(.info, .init(.get, "/"), as: InfoAnswer.self)
        guard answer.cluster_uuid != "_na_" else {
            throw EngineError(.overloaded, reason: "the cluster \(answer.cluster_name) has not formed yet")
        }
        return EngineDescription(
            distribution: answer.version.distribution == "opensearch" ? .opensearch : .elasticsearch,
            version: answer.version.number, clusterName: answer.cluster_name, clusterUUID: answer.cluster_uuid)
    }
}

private struct InfoAnswer: Decodable {
    struct Version: Decodable {
        let number: String
        let distribution: String?
    }

    let cluster_name: String
    let cluster_uuid: String
    let version: Version
}
