internal import Engines

extension EngineEndpoint {
    /// Those that every endpoint knows.
    private static let everywhere: Set<String> = ["filter_path", "format", "pretty", "human", "error_trace"]

    /// What an engine of a kind says to parameters that it does not know; nil if it knows them all.
    func refusal(of parameters: some Collection<String>, uri: String, by kind: EngineKind) -> EngineReply? {
        let known = known(by: kind)
        let unknown = parameters.filter { !known.contains($0) && !Self.everywhere.contains($0) }.sorted()
        guard !unknown.isEmpty else { return nil }
        let names = unknown.map { "[\($0)]" }.joined(separator: ", ")
        return .error(
            400, "illegal_argument_exception",
            "request [\(uri)] contains unrecognized parameter\(unknown.count == 1 ? "" : "s"): \(names)")
    }

    private func known(by kind: EngineKind) -> Set<String> {
        var known = Set(common)
        for (trait, names) in own where kind.has(trait) { known.formUnion(names) }
        if self == .getAliases, kind.has(.aliasesWaitForTheMaster) { known.remove("local") }
        if kind.has(.clusterManager), known.contains("master_timeout") { known.insert("cluster_manager_timeout") }
        return known
    }

    private var common: [String] {
        let names = ["expand_wildcards", "ignore_unavailable", "allow_no_indices"]
        return switch self {
        case .info: []
        case .listRepositories, .getRepository: ["master_timeout", "local"]
        case .putRepository: ["master_timeout", "timeout", "verify"]
        case .deleteRepository, .verifyRepository: ["master_timeout", "timeout"]
        case .listSnapshots: ["master_timeout", "verbose", "ignore_unavailable"]
        case .createSnapshot, .restoreSnapshot: ["master_timeout", "wait_for_completion"]
        case .deleteSnapshots: ["master_timeout"]
        case .snapshotStatus, .runningStatus: ["master_timeout", "ignore_unavailable"]
        case .clusterHealth:
            names + [
                "master_timeout", "timeout", "local", "level", "wait_for_status", "wait_for_active_shards",
                "wait_for_nodes", "wait_for_no_relocating_shards", "wait_for_no_initializing_shards", "wait_for_events",
            ]
        case .catHealth: ["h", "v", "s", "ts", "time", "size", "help"]
        case .clusterSettings: ["master_timeout", "timeout", "local", "include_defaults", "flat_settings"]
        case .nodesStats: ["timeout", "level", "types", "groups", "completion_fields"]
        case .routingTable:
            names + ["master_timeout", "local", "flat_settings", "wait_for_metadata_version", "wait_for_timeout"]
        case .indicesStats: names + ["level", "groups", "fields", "completion_fields", "forbid_closed_indices"]
        case .createIndex: ["master_timeout", "timeout", "wait_for_active_shards"]
        case .getIndices: names + ["master_timeout", "local", "include_defaults", "flat_settings"]
        case .deleteIndices: names + ["master_timeout", "timeout"]
        case .closeIndex, .openIndex: names + ["master_timeout", "timeout", "wait_for_active_shards"]
        case .getAliases: names + ["local"]
        case .getSettings: names + ["master_timeout", "local", "include_defaults", "flat_settings"]
        case .recovery: names + ["active_only", "detailed"]
        case .putDocument:
            ["timeout", "wait_for_active_shards", "refresh", "routing", "op_type", "if_seq_no", "if_primary_term"]
        case .getDocument: ["_source", "refresh", "realtime", "routing", "preference"]
        case .search:
            names + [
                "size", "from", "sort", "q", "timeout", "_source", "_source_includes", "_source_excludes", "routing",
                "preference", "track_total_hits", "allow_partial_search_results",
            ]
        case .count: names + ["q", "routing", "preference", "terminate_after"]
        case .refresh: names
        case .flush: names + ["force", "wait_if_ongoing"]
        }
    }

    /// What only engines of a trait know.
    private var own: KeyValuePairs<EngineTrait, [String]> {
        switch self {
        case .listSnapshots:
            [
                .listingsAreOrdered: [
                    "include_repository", "sort", "order", "size", "offset", "after", "from_sort_value",
                    "slm_policy_filter",
                ],
                .listingsOmitIndices: ["index_names"], .listingsSelectStates: ["state"],
            ]
        case .deleteSnapshots: [.deletesAreWaitedFor: ["wait_for_completion"]]
        case .catHealth: [.catHealthWaitsForTheMaster: ["master_timeout"], .clusterManager: ["timeout"]]
        case .getIndices: [.indexFeatures: ["features"]]
        case .getAliases: [.aliasesWaitForTheMaster: ["master_timeout"]]
        default: [:]
        }
    }
}
