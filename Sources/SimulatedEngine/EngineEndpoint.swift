internal import HTTP

/// What can be asked of the engine.
enum EngineEndpoint: CaseIterable {
    case info
    case listRepositories, getRepository, putRepository, deleteRepository, verifyRepository
    case listSnapshots, createSnapshot, deleteSnapshots, snapshotStatus, runningStatus, restoreSnapshot
    case clusterHealth, catHealth, clusterSettings, nodesStats
    case createIndex, getIndices, deleteIndices, closeIndex, openIndex, getAliases, getSettings, recovery
    case routingTable, indicesStats
    case putDocument, getDocument, search, count, refresh, flush

    /// Nil where the engine has no handler.
    init?(_ call: EngineCall) {
        let endpoint: EngineEndpoint? =
            switch call.path.first {
            case nil: call.method == .get || call.method == .head ? .info : nil
            case "_snapshot": Self.aboutSnapshots(call)
            case "_cluster": call.method == .get ? Self.aboutCluster(call.path) : nil
            case "_nodes": call.path == ["_nodes", "stats", "fs"] && call.method == .get ? .nodesStats : nil
            case "_cat": call.path.count == 2 && call.path[1] == "health" && call.method == .get ? .catHealth : nil
            default: Self.aboutIndices(call)
            }
        guard let endpoint else { return nil }
        self = endpoint
    }

    private static func aboutCluster(_ path: [String]) -> EngineEndpoint? {
        switch (path.count, path.count > 1 ? path[1] : "") {
        case (2...3, "health"): .clusterHealth
        case (2, "settings"): .clusterSettings
        case (4, "state") where path[2] == "routing_table": .routingTable
        default: nil
        }
    }

    private static func aboutSnapshots(_ call: EngineCall) -> EngineEndpoint? {
        let last = call.path.last ?? ""
        switch (call.method, call.path.count) {
        case (.get, 1): return .listRepositories
        case (.get, 2): return last == "_status" ? .runningStatus : .getRepository
        case (.put, 2), (.post, 2): return .putRepository
        case (.delete, 2): return .deleteRepository
        case (.post, 3) where last == "_verify": return .verifyRepository
        case (.get, 3): return last == "_status" ? .runningStatus : .listSnapshots
        case (.put, 3), (.post, 3): return .createSnapshot
        case (.delete, 3): return .deleteSnapshots
        case (.get, 4): return last == "_status" ? .snapshotStatus : nil
        case (.post, 4): return last == "_restore" ? .restoreSnapshot : nil
        default: return nil
        }
    }

    private static func aboutIndices(_ call: EngineCall) -> EngineEndpoint? {
        switch (call.method, call.path.count, call.path.count > 1 ? call.path[1] : "") {
        case (.put, 1, _): .createIndex
        case (.get, 1, _): .getIndices
        case (.delete, 1, _): .deleteIndices
        case (.get, 2, "_alias"): .getAliases
        case (.get, 3, "_settings"): .getSettings
        case (.get, 2, "_recovery"): .recovery
        case (.get, 3, "_stats"): .indicesStats
        case (.put, 3, "_doc"), (.post, 3, "_doc"), (.post, 2, "_doc"): .putDocument
        case (.get, 3, "_doc"): .getDocument
        case (.get, 2, "_count"): .count
        case (.get, 2, "_search"): .search
        case (.post, 2, "_refresh"): .refresh
        case (.post, 2, "_flush"): .flush
        case (.post, 2, "_close"): .closeIndex
        case (.post, 2, "_open"): .openIndex
        default: nil
        }
    }

    /// The action that a role has to grant, as refusals name it.
    var action: String {
        switch self {
        case .info: "cluster:monitor/main"
        case .clusterHealth, .catHealth: "cluster:monitor/health"
        case .clusterSettings, .routingTable: "cluster:monitor/state"
        case .nodesStats: "cluster:monitor/nodes/stats"
        case .indicesStats: "indices:monitor/stats"
        case .listRepositories, .getRepository: "cluster:admin/repository/get"
        case .putRepository: "cluster:admin/repository/put"
        case .deleteRepository: "cluster:admin/repository/delete"
        case .verifyRepository: "cluster:admin/repository/verify"
        case .listSnapshots: "cluster:admin/snapshot/get"
        case .createSnapshot: "cluster:admin/snapshot/create"
        case .deleteSnapshots: "cluster:admin/snapshot/delete"
        case .snapshotStatus, .runningStatus: "cluster:admin/snapshot/status"
        case .restoreSnapshot: "cluster:admin/snapshot/restore"
        case .createIndex: "indices:admin/create"
        case .getIndices: "indices:admin/get"
        case .deleteIndices: "indices:admin/delete"
        case .closeIndex: "indices:admin/close"
        case .openIndex: "indices:admin/open"
        case .getAliases: "indices:admin/aliases/get"
        case .getSettings: "indices:monitor/settings/get"
        case .recovery: "indices:monitor/recovery"
        case .putDocument: "indices:data/write/index"
        case .getDocument: "indices:data/read/get"
        case .search, .count: "indices:data/read/search"
        case .refresh: "indices:admin/refresh"
        case .flush: "indices:admin/flush"
        }
    }
}
