internal import JSON
internal import Time

extension EngineState {
    /// The master's own view of the indices: of every one that a request names, whatever its user may see.
    ///
    /// A name that is missing is waited for by real engines until `timeout`; here the same answer comes at once.
    func clusterHealth(_ call: EngineCall) -> EngineReply {
        let level = call.query["level"] ?? "cluster"
        if kind == .elasticsearch8, !["cluster", "indices", "shards"].contains(level) {
            return .error(
                400, "illegal_argument_exception",
                "level parameter must be one of [cluster] or [indices] or [shards] but was [\(level)]")
        }
        let (found, missing) = resolve(call.path.count > 2 ? call.names(at: 2) : ["_all"])
        let unassigned = Int64(found.count { indices[$0]?.isAssigned == false })
        let isRed = unassigned > 0 || missing != nil
        var members = shardCounts(Int64(found.count) - unassigned, unassigned)
        members["cluster_name"] = .string(clusterName)
        members["status"] = isRed ? "red" : "green"
        members["timed_out"] = .boolean(missing != nil)
        members["number_of_nodes"] = 1
        members["number_of_data_nodes"] = 1
        if kind == .opensearch2 {
            members["discovered_master"] = true
            members["discovered_cluster_manager"] = true
        }
        members["delayed_unassigned_shards"] = 0
        members["number_of_pending_tasks"] = 0
        members["number_of_in_flight_fetch"] = 0
        members["task_max_waiting_in_queue_millis"] = 0
        let share = found.isEmpty ? 100 : 100 * Double(Int64(found.count) - unassigned) / Double(found.count)
        members["active_shards_percent_as_number"] = .number(share)
        if level == "indices" || level == "shards" {
            members["indices"] = .object(Dictionary(found.map { ($0, health(of: $0)) }) { $1 })
        }
        return .ok(.object(members), status: missing == nil ? 200 : 408)
    }

    private func health(of name: String) -> JSONValue {
        let isAssigned = indices[name]?.isAssigned == true
        var members = shardCounts(isAssigned ? 1 : 0, isAssigned ? 0 : 1)
        members["status"] = isAssigned ? "green" : "red"
        members["number_of_shards"] = 1
        members["number_of_replicas"] = 0
        return .object(members)
    }

    private func shardCounts(_ active: Int64, _ unassigned: Int64) -> [String: JSONValue] {
        var members: [String: JSONValue] = [
            "active_primary_shards": .integer(active), "active_shards": .integer(active),
            "relocating_shards": 0, "initializing_shards": 0, "unassigned_shards": .integer(unassigned),
        ]
        if kind == .elasticsearch8 { members["unassigned_primary_shards"] = .integer(unassigned) }
        return members
    }

    /// The engine's clock and the cluster's state: those columns of `_cat/health` that matter.
    func catHealth(_ call: EngineCall, _ now: Instant) -> EngineReply {
        let time = now + clockOffset
        let isRed = indices.values.contains { !$0.isAssigned }
        var columns = ["cluster": clusterName, "status": isRed ? "red" : "green"]
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
}
