/// Whose engine it is.
package enum EngineDistribution: String, Sendable {
    case elasticsearch
    case opensearch

    /// - Parameter told: `version.distribution` of `GET /`.
    package init(told: String?) {
        self = told == EngineDistribution.opensearch.told ? .opensearch : .elasticsearch
    }

    /// What `GET /` tells as `version.distribution`; Elasticsearch tells none.
    package var told: String? {
        switch self {
        case .elasticsearch: nil
        case .opensearch: "opensearch"
        }
    }

    /// As it is written.
    package var name: String {
        switch self {
        case .elasticsearch: "Elasticsearch"
        case .opensearch: "OpenSearch"
        }
    }
}
