package import Engines
internal import HTTP
internal import JSON
package import Time

/// What the engine says of itself.
package struct EngineDescription: Sendable, Equatable {
    package let distribution: EngineDistribution
    /// Such as `8.19.21`.
    package let version: String
    package let clusterName: String
    /// Identifies the cluster for as long as its data exists.
    package let clusterUUID: String
    /// What it opens and restores has to have been made by that version, or a later one.
    package let oldestReadable: IndexVersion

    /// - Parameter oldestReadable: as it tells it, such as `8.0.0`; nil if it does not.
    package init(
        distribution: EngineDistribution, version: String, clusterName: String, clusterUUID: String,
        oldestReadable: String? = nil
    ) {
        self.distribution = distribution
        self.version = version
        self.clusterName = clusterName
        self.clusterUUID = clusterUUID
        let kind = EngineKind(distribution, version: version)
        self.oldestReadable =
            oldestReadable.flatMap { IndexVersion($0, toldBy: kind) } ?? .oldestReadable(by: kind)
    }

    package var kind: EngineKind { EngineKind(distribution, version: version) }

    /// That nobody has tried this program with an engine of this kind; nil if somebody has.
    package var wordsOnUnknownKind: String? {
        guard !kind.isKnown else { return nil }
        let nearest = kind.nearest
        return
            "\(distribution.name) \(version) is not known to this program, which knows \(EngineKind.known) and treats it as "
            + "\(nearest.distribution.name) \(nearest.major): try create, list, delete and a restore before you rely on it"
    }
}

extension EngineDescription {
    /// - Throws: `.overloaded` while the cluster has no state yet.
    init(_ answer: InfoAnswer) throws(EngineError) {
        guard answer.clusterUUID != "_na_" else {
            throw EngineError(.overloaded, reason: "the cluster \(answer.clusterName) has not formed yet")
        }
        self.init(
            distribution: EngineDistribution(told: answer.distribution),
            version: answer.version, clusterName: answer.clusterName, clusterUUID: answer.clusterUUID,
            oldestReadable: answer.oldestReadable)
    }
}

extension EngineClient {
    /// What time it is by the engine's clock, to the second.
    ///
    /// - Throws: `.denied` without the right `cluster:monitor/health`.
    package func time() async throws(EngineError) -> Instant {
        let rows: [JSONValue] = try await send(.catHealth, .init(.get, "/_cat/health?h=epoch&format=json"))
        guard let seconds = rows.first?["epoch"]?.string.flatMap({ Int64($0) }) else {
            throw EngineError(.unexpectedAnswer, reason: "the answer to /_cat/health tells no epoch")
        }
        return Instant(secondsSinceEpoch: seconds)
    }
}

/// The answer to `GET /`.
struct InfoAnswer: JSONReadable {
    static let target =
        "/?filter_path=cluster_name,cluster_uuid,version.number,version.distribution,"
        + "version.minimum_index_compatibility_version,error"

    let clusterName: String
    let clusterUUID: String
    let version: String
    /// Elasticsearch tells none.
    let distribution: String?
    /// Of the versions of indices.
    let oldestReadable: String?

    init(json: JSONValue) throws(JSONError) {
        clusterName = try json.required("cluster_name")
        clusterUUID = try json.required("cluster_uuid")
        let version: JSONValue = try json.required("version")
        self.version = try version.required("number")
        distribution = try version.optional("distribution")
        oldestReadable = try version.optional("minimum_index_compatibility_version")
    }
}
