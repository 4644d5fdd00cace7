/// The engines whose answers can be simulated.
package enum EngineKind: String, Sendable, CaseIterable {
    case elasticsearch7
    case elasticsearch8
    case opensearch2

    /// As it tells its version.
    var version: String {
        switch self {
        case .elasticsearch7: "7.17.29"
        case .elasticsearch8: "8.19.21"
        case .opensearch2: "2.19.1"
        }
    }

    /// As snapshots tell it.
    var versionID: Int64 {
        switch self {
        case .elasticsearch7: 7_172_999
        case .elasticsearch8: 8_537_000
        case .opensearch2: 136_407_927
        }
    }
}
