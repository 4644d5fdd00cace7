/// What a role has to allow, by the name that OpenSearch's roles and the refusals of both engines have for it.
package struct EngineAction: Sendable, Hashable, Comparable {
    package let name: String
    /// The least of Elasticsearch's privileges that has it, as its documentation tells; nil where Elasticsearch asks for none.
    package let privilege: String?

    /// Whether a role allows it for the cluster, and not for some indices.
    package var isOfCluster: Bool { name.hasPrefix("cluster:") }

    package static func < (left: EngineAction, right: EngineAction) -> Bool { left.name < right.name }

    /// Whether it is what a refusal names.
    package func covers(_ denied: String) -> Bool {
        name.hasSuffix("*") ? denied.hasPrefix(name.dropLast()) : denied == name
    }

    private init(_ name: String, _ privilege: String?) {
        self.name = name
        self.privilege = privilege
    }

    static let main = EngineAction("cluster:monitor/main", "monitor")
    static let health = EngineAction("cluster:monitor/health", "monitor")
    static let state = EngineAction("cluster:monitor/state", "monitor")
    static let nodesStats = EngineAction("cluster:monitor/nodes/stats", "monitor")
    static let getRepository = EngineAction("cluster:admin/repository/get", "monitor_snapshot")
    static let verifyRepository = EngineAction("cluster:admin/repository/verify", "cluster:admin/repository/verify")
    static let verifyIntegrity = EngineAction("cluster:admin/repository/verify_integrity", "manage")
    static let getSnapshot = EngineAction("cluster:admin/snapshot/get", "monitor_snapshot")
    static let snapshotStatus = EngineAction("cluster:admin/snapshot/status", "monitor_snapshot")
    static let createSnapshot = EngineAction("cluster:admin/snapshot/create", "create_snapshot")
    static let deleteSnapshot = EngineAction("cluster:admin/snapshot/delete", "cluster:admin/snapshot/delete")
    package static let restoreSnapshot = EngineAction("cluster:admin/snapshot/restore", "manage")
    static let getAliases = EngineAction("indices:admin/aliases/get", "view_index_metadata")
    static let getSettings = EngineAction("indices:monitor/settings/get", "view_index_metadata")
    static let search = EngineAction("indices:data/read/search", "read")
    static let indicesStats = EngineAction("indices:monitor/stats", "monitor")
    static let recovery = EngineAction("indices:monitor/recovery", "monitor")
    /// Both of these OpenSearch's security asks for where indices come out of a snapshot.
    static let createIndex = EngineAction("indices:admin/create", nil)
    static let write = EngineAction("indices:data/write/index", nil)
    /// Each shard is closed by an action of its own, whose refusal is no error of the call.
    static let closeIndex = EngineAction("indices:admin/close*", "manage")
    static let deleteIndex = EngineAction("indices:admin/delete", "delete_index")
}

extension EngineOperation {
    /// What a role has to allow for it.
    package var actions: [EngineAction] {
        switch self {
        case .info: [.main]
        case .catHealth, .clusterHealth: [.health]
        case .clusterState: [.state]
        case .clusterSettings: [.state]
        case .nodesStats: [.nodesStats]
        case .createIndex: [.createIndex]
        case .index: [.write]
        case .deleteIndex: [.deleteIndex]
        case .closeIndex: [.closeIndex]
        case .indicesStats: [.indicesStats]
        case .restoreSnapshot: [.restoreSnapshot, .createIndex, .write]
        case .getAlias: [.getAliases]
        case .getSettings: [.getSettings]
        case .recovery: [.recovery]
        case .search: [.search]
        case .getRepository: [.getRepository]
        case .verifyRepository: [.verifyRepository]
        case .verifyIntegrity: [.verifyIntegrity]
        case .createSnapshot: [.createSnapshot]
        case .getSnapshot: [.getSnapshot]
        case .snapshotStatus: [.snapshotStatus]
        case .deleteSnapshot: [.deleteSnapshot]
        }
    }
}
