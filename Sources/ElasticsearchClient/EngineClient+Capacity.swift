internal import JSON

/// What room an engine has for more.
package struct EngineCapacity: Sendable, Equatable {
    /// One that may take indices.
    package struct DataNode: Sendable, Equatable {
        package let name: String
        package let totalBytes: Int64
        package let availableBytes: Int64

        package init(name: String, totalBytes: Int64, availableBytes: Int64) {
            self.name = name
            self.totalBytes = totalBytes
            self.availableBytes = availableBytes
        }
    }

    package var nodes: [DataNode]
    /// Of all indices, replicas too.
    package var shards: Int
    package var maximumShardsPerNode: Int
    /// Beyond which a node takes no new shards; nil where nobody looks at the disk.
    package var watermark: DiskWatermark?
    /// Bytes a second that shards come to each node at most; nil without a limit.
    package var recoveryRate: Int64?

    package init(
        nodes: [DataNode], shards: Int, maximumShardsPerNode: Int, watermark: DiskWatermark?,
        recoveryRate: Int64? = nil
    ) {
        self.nodes = nodes
        self.shards = shards
        self.maximumShardsPerNode = maximumShardsPerNode
        self.watermark = watermark
        self.recoveryRate = recoveryRate
    }

    /// Bytes that the nodes take before they reach the watermark.
    package var roomInBytes: Int64 { nodes.reduce(0) { $0 + roomInBytes(of: $1) } }

    /// Bytes that a node takes before it reaches the watermark.
    package func roomInBytes(of node: DataNode) -> Int64 {
        max(node.availableBytes - (watermark?.freeBytes(ofDiskOf: node.totalBytes) ?? 0), 0)
    }

    /// Of all nodes together.
    package var maximumShards: Int { maximumShardsPerNode * nodes.count }

    package var roomInShards: Int { maximumShards - shards }
}

/// `cluster.routing.allocation.disk.watermark.low`.
package struct DiskWatermark: Sendable, Equatable {
    private let value: Value
    /// What has to stay free at most, by `low.max_headroom`; nil where there is no such limit.
    private let headroom: Int64?

    private enum Value: Equatable {
        /// How much of a disk may be used, from 0 to 1.
        case used(Double)
        /// How many bytes have to stay free.
        case free(Int64)
    }

    /// Reads `85%`, `0.85` or `50gb`; nil for anything else.
    package init?(_ text: String, headroom: String? = nil) {
        if text.hasSuffix("%"), let percent = Double(text.dropLast()) {
            value = .used(percent / 100)
        } else if let ratio = Double(text) {
            value = .used(ratio)
        } else if let bytes = numberOfBytes(text) {
            value = .free(bytes)
        } else {
            return nil
        }
        self.headroom = headroom.flatMap(numberOfBytes)
    }

    package func freeBytes(ofDiskOf total: Int64) -> Int64 {
        switch value {
        case .used(let ratio): min(Int64((1 - min(max(ratio, 0), 1)) * Double(total)), headroom ?? .max)
        case .free(let bytes): bytes
        }
    }
}

/// Such as `200gb`, `1.5tb` or `0b`; nil for what is no size, and for `-1`, which is none.
private func numberOfBytes(_ text: String) -> Int64? {
    let units: [(String, Double)] = [("kb", 10), ("mb", 20), ("gb", 30), ("tb", 40), ("pb", 50), ("b", 0)]
    let text = text.lowercased()
    for (unit, exponent) in units where text.hasSuffix(unit) {
        guard let number = Double(text.dropLast(unit.count)), number >= 0, number < 1e6 || exponent == 0 else {
            return nil
        }
        return Int64((0..<Int(exponent)).reduce(number) { value, _ in value * 2 })
    }
    return nil
}

/// Such as `40mb`, of one second; nil for what is no size, and for none, which sets no limit.
func bytesPerSecond(_ text: String) -> Int64? { numberOfBytes(text).flatMap { $0 > 0 ? $0 : nil } }

extension EngineClient {
    /// - Throws: `.denied` without the rights `cluster:monitor/nodes/stats`, `cluster:monitor/health` and `cluster:monitor/state`.
    package func capacity() async throws(EngineError) -> EngineCapacity {
        let nodes: NodesStatsAnswer = try await read(
            .nodesStats, "/_nodes/stats/fs?filter_path=nodes.*.name,nodes.*.roles,nodes.*.fs.total")
        let health: ShardCountAnswer = try await read(
            .clusterHealth,
            limited(
                "/_cluster/health?filter_path=active_shards,relocating_shards,initializing_shards,unassigned_shards"))
        // Their names have dots: a filter finds them by their beginning alone.
        let settings: JSONValue = try await read(
            .clusterSettings,
            limited("/_cluster/settings?include_defaults=true&flat_settings=true&filter_path=*.cluster*,*.indices*"))
        func setting(_ name: String) -> String? {
            ["transient", "persistent", "defaults"].lazy.compactMap { settings[$0]?[name]?.string }.first
        }
        let disk = "cluster.routing.allocation.disk"
        let low = setting("\(disk).threshold_enabled") == "false" ? nil : setting("\(disk).watermark.low")
        return EngineCapacity(
            nodes: nodes.nodes.sorted { $0.name < $1.name }, shards: health.count,
            maximumShardsPerNode: setting("cluster.max_shards_per_node").flatMap { Int($0) } ?? 1_000,
            watermark: low.flatMap {
                DiskWatermark($0, headroom: setting("\(disk).watermark.low.max_headroom"))
            },
            recoveryRate: setting("indices.recovery.max_bytes_per_sec").flatMap(bytesPerSecond))
    }
}

private struct NodesStatsAnswer: JSONReadable {
    let nodes: [EngineCapacity.DataNode]

    init(json: JSONValue) throws(JSONError) {
        let members: [String: JSONValue] = try json.optional("nodes") ?? [:]
        nodes = members.values.compactMap { node in
            let roles = node["roles"]?.strings ?? ["data"]
            guard roles.contains(where: { $0.hasPrefix("data") && $0 != "data_frozen" }),
                let total = node["fs"]?["total"]
            else { return nil }
            return EngineCapacity.DataNode(
                name: node["name"]?.string ?? "?", totalBytes: total["total_in_bytes"]?.integer ?? 0,
                availableBytes: total["available_in_bytes"]?.integer ?? 0)
        }
    }
}

private struct ShardCountAnswer: JSONReadable {
    let count: Int

    init(json: JSONValue) throws(JSONError) {
        // One that moves is active where it was.
        let states = ["active_shards", "initializing_shards", "unassigned_shards"]
        count = states.reduce(0) { $0 + Int(json[$1]?.integer ?? 0) }
    }
}
