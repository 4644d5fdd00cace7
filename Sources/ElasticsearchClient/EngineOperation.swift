/// What is asked of the engine, by the names that its own clients give to it.
package enum EngineOperation: String, Sendable, CaseIterable {
    case info
    case catHealth = "cat.health"
    case clusterHealth = "cluster.health"
    case getAlias = "indices.get_alias"
    case search
    case getRepository = "snapshot.get_repository"
    case verifyRepository = "snapshot.verify_repository"
    case createSnapshot = "snapshot.create"
    case getSnapshot = "snapshot.get"
    case snapshotStatus = "snapshot.status"
    case deleteSnapshot = "snapshot.delete"
}
