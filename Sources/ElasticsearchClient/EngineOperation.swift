/// What is asked of the engine, by the names that its own clients give to it.
package enum EngineOperation: String, Sendable, CaseIterable {
    case info
    case catHealth = "cat.health"
    case clusterHealth = "cluster.health"
    case clusterState = "cluster.state"
    case clusterSettings = "cluster.get_settings"
    case nodesStats = "nodes.stats"
    case createIndex = "indices.create"
    case index
    case deleteIndex = "indices.delete"
    case closeIndex = "indices.close"
    case indicesStats = "indices.stats"
    case restoreSnapshot = "snapshot.restore"
    case getAlias = "indices.get_alias"
    case getSettings = "indices.get_settings"
    case recovery = "indices.recovery"
    case search
    case getRepository = "snapshot.get_repository"
    case verifyRepository = "snapshot.verify_repository"
    case verifyIntegrity = "snapshot.repository_verify_integrity"
    case createSnapshot = "snapshot.create"
    case getSnapshot = "snapshot.get"
    case snapshotStatus = "snapshot.status"
    case deleteSnapshot = "snapshot.delete"

    /// What an answer may have at most, in bytes, where nothing comes near that is meant.
    ///
    /// Decoding takes some four times as much. Names, uuids and states of 100,000 snapshots are 15 MB.
    var maximumAnswerSize: Int {
        switch self {
        case .getSnapshot: 67_108_864
        case .verifyIntegrity, .getAlias, .getSettings, .recovery, .clusterHealth, .search, .snapshotStatus,
            .clusterState, .indicesStats:
            33_554_432
        case .info, .catHealth, .getRepository, .verifyRepository, .createSnapshot, .deleteSnapshot, .clusterSettings,
            .nodesStats, .createIndex, .index, .deleteIndex, .closeIndex, .restoreSnapshot:
            1_048_576
        }
    }
}
