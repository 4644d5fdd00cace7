internal import Engines
internal import JSON
internal import Time

/// A request about the engine as a whole: who it is, and how it is.
struct ClusterRequest {
    let endpoint: EngineEndpoint
    let call: EngineCall
    let now: Instant

    func reply(_ state: EngineState) -> EngineReply {
        switch endpoint {
        case .clusterHealth: clusterHealth(state)
        case .catHealth: catHealth(state)
        case .clusterSettings: settings(state)
        case .nodesStats: nodesStats(state)
        default: .ok(description(of: state))
        }
    }

    private func description(of state: EngineState) -> JSONValue {
        var version: [String: JSONValue] = ["number": .string(state.kind.release.version), "build_type": "unknown"]
        let major = state.kind.major
        let (oldest, isOpenSearch2) = ("\(major - 1).0.0", state.kind == .opensearch2)
        version["minimum_index_compatibility_version"] = .string(isOpenSearch2 ? "7.0.0" : oldest)
        if let distribution = state.kind.distribution.told {
            version["distribution"] = .string(distribution)
        } else {
            version["build_flavor"] = "default"
        }
        return [
            "name": "node", "cluster_name": .string(clusterName), "cluster_uuid": .string(state.clusterUUID),
            "version": .object(version),
        ]
    }

    /// The master's own view of the indices: of every one that a request names, whatever its user may see.
    ///
    /// A name that is missing is waited for by real engines until `timeout`; here the same answer comes at once.
    private func clusterHealth(_ state: EngineState) -> EngineReply {
        let level = call.query["level"] ?? "cluster"
        if state.kind.has(.healthLevelsAreChecked), !["cluster", "indices", "shards"].contains(level) {
            return .error(
                400, "illegal_argument_exception",
                "level parameter must be one of [cluster] or [indices] or [shards] but was [\(level)]")
        }
        let (found, missing) = state.resolve(call.path.count > 2 ? call.names(at: 2) : ["_all"])
        let indices = found.compactMap { state.indices[$0] }
        var members = shardCounts(state, indices)
        members["cluster_name"] = .string(clusterName)
        members["status"] = .string(missing == nil ? status(of: indices) : "red")
        members["timed_out"] = .boolean(missing != nil)
        members["number_of_nodes"] = 1
        members["number_of_data_nodes"] = 1
        if state.kind.has(.clusterManager) {
            members["discovered_master"] = true
            members["discovered_cluster_manager"] = true
        }
        members["delayed_unassigned_shards"] = 0
        members["number_of_pending_tasks"] = 0
        members["number_of_in_flight_fetch"] = 0
        members["task_max_waiting_in_queue_millis"] = 0
        let share = found.isEmpty ? 100 : 100 * Double(indices.count(where: \.isAssigned)) / Double(found.count)
        members["active_shards_percent_as_number"] = .number(share)
        if level == "indices" || level == "shards" {
            members["indices"] = .object(Dictionary(found.map { ($0, health(of: $0, state)) }) { $1 })
        }
        return .ok(.object(members), status: missing == nil ? 200 : 408)
    }

    private func health(of name: String, _ state: EngineState) -> JSONValue {
        let indices = state.indices[name].map { [$0] } ?? []
        var members = shardCounts(state, indices)
        members["status"] = .string(status(of: indices))
        members["number_of_shards"] = 1
        members["number_of_replicas"] = 0
        return .object(members)
    }

    /// A shard that comes out of a snapshot makes it yellow, one without a node red.
    private func status(of indices: some Sequence<EngineState.Index>) -> String {
        let left = indices.filter { !$0.isAssigned }
        return left.isEmpty ? "green" : left.contains { $0.restoring == nil } ? "red" : "yellow"
    }

    private func shardCounts(_ state: EngineState, _ indices: [EngineState.Index]) -> [String: JSONValue] {
        let active = Int64(indices.count(where: \.isAssigned))
        let initializing = Int64(indices.count { $0.restoring != nil })
        let unassigned = Int64(indices.count) - active - initializing
        var members: [String: JSONValue] = [
            "active_primary_shards": .integer(active), "active_shards": .integer(active), "relocating_shards": 0,
            "initializing_shards": .integer(initializing), "unassigned_shards": .integer(unassigned),
        ]
        if state.kind.has(.unassignedPrimariesAreCounted) {
            members["unassigned_primary_shards"] = .integer(unassigned)
        }
        return members
    }

    /// The engine's clock and the cluster's state: those columns of `_cat/health` that matter.
    private func catHealth(_ state: EngineState) -> EngineReply {
        let time = now + state.clockOffset
        var columns = ["cluster": clusterName, "status": status(of: state.indices.values)]
        if call.query["ts"] != "false" {
            columns["epoch"] = "\(time.secondsSinceEpoch)"
            columns["timestamp"] = String(time.rfc3339.dropFirst(11).prefix(8))
        }
        let asked =
            call.query["h"]?.split(separator: ",").map(String.init) ?? ["epoch", "timestamp", "cluster", "status"]
        guard call.query["format"] == "json" else {
            return .text(asked.compactMap { columns[$0] }.joined(separator: " ") + "\n")
        }
        return .ok([.object(columns.filter { asked.contains($0.key) }.mapValues(JSONValue.string))])
    }

    var clusterName: String { "simulated" }
}
