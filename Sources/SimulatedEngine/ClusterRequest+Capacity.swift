internal import Engines
internal import JSON

extension ClusterRequest {
    /// Those settings that matter, each under its full name, as they are unless somebody changes them.
    func settings(_ state: EngineState) -> EngineReply {
        var members: [String: JSONValue] = ["persistent": [:], "transient": [:]]
        if call.query["include_defaults"] == "true" {
            members["defaults"] = [
                "cluster.max_shards_per_node": .string("\(state.maximumShardsPerNode)"),
                "cluster.routing.allocation.disk.threshold_enabled": "true",
                "cluster.routing.allocation.disk.watermark.low": "85%",
            ]
        }
        return .ok(.object(members))
    }

    /// The disk of the only node.
    func nodesStats(_ state: EngineState) -> EngineReply {
        let roles: JSONValue = ["data", "ingest", state.kind.has(.clusterManager) ? "cluster_manager" : "master"]
        let total: JSONValue = [
            "total_in_bytes": .integer(state.disk.totalBytes), "free_in_bytes": .integer(state.disk.availableBytes),
            "available_in_bytes": .integer(state.disk.availableBytes),
        ]
        return .ok([
            "_nodes": ["total": 1, "successful": 1, "failed": 0], "cluster_name": .string(clusterName),
            "nodes": ["node-1": ["name": "node", "roles": roles, "fs": ["total": total]]],
        ])
    }
}
