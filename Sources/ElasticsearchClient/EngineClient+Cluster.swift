internal import HTTP
package import Time

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

extension EngineDescription {
    /// - Throws: `.overloaded` while the cluster has no state yet.
    init(_ answer: InfoAnswer) throws(EngineError) {
        guard answer.cluster_uuid != "_na_" else {
            throw EngineError(.overloaded, reason: "the cluster \(answer.cluster_name) has not formed yet")
        }
        self.init(
            distribution: answer.version.distribution == "opensearch" ? .opensearch : .elasticsearch,
            version: answer.version.number, clusterName: answer.cluster_name, clusterUUID: answer.cluster_uuid)
    }
}

extension EngineClient {
    /// What time it is by the engine's clock, to the second.
    ///
    /// - Throws: `.denied` without the right `cluster:monitor/health`.
    package func time() async throws(EngineError) -> Instant {
        let rows = try await send(
            .catHealth, .init(.get, "/_cat/health?h=epoch&format=json"), as: [CatHealthRow].self)
        guard let seconds = rows.first.flatMap({ Int64($0.epoch) }) else {
            throw EngineError(.unexpectedAnswer, reason: "the answer to /_cat/health tells no epoch")
        }
        return Instant(secondsSinceEpoch: seconds)
    }
}

private struct CatHealthRow: Decodable { let epoch: String }

/// The answer to `GET /`.
struct InfoAnswer: Decodable {
    static let target = "/?filter_path=cluster_name,cluster_uuid,version.number,version.distribution,error"

    struct Version: Decodable {
        let number: String
        let distribution: String?
    }

    let cluster_name: String
    let cluster_uuid: String
    let version: Version
}
