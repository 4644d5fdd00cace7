internal import Backups
internal import ElasticsearchClient
internal import Text
internal import Time

/// Whether a drill has room beside what lives, so that no node ever feels it; pure.
///
/// What is not known counts as no room: nobody waits for a drill.
struct DrillRoom {
    private let limits: DrillLimits
    private let findings: RestoreFindings
    private let plan: RestorePlan

    init(_ limits: DrillLimits, _ findings: RestoreFindings, _ plan: RestorePlan) {
        (self.limits, self.findings, self.plan) = (limits, findings, plan)
    }

    var obstacles: [RestoreObstacle] {
        // That it may not be asked is told among the rights that are missing.
        guard let capacity = findings.capacity else {
            guard findings.missingRights.isEmpty else { return [] }
            return [RestoreObstacle(.size, "what room the engine has can't be told")]
        }
        guard !capacity.nodes.isEmpty else { return [RestoreObstacle(.nodes, "no node of the cluster takes indices")] }
        guard let bytes, let shards else {
            return [RestoreObstacle(.size, "how much would come back can't be told, since not all of it can be read")]
        }
        return [size(bytes), disk(bytes, capacity), room(for: shards, capacity), time(bytes, capacity)].compactMap {
            $0
        }
    }

    /// Of all parts; nil where one tells none.
    private var bytes: Int64? { sum(plan.parts.map(\.bytes)) }

    private var shards: Int? { sum(plan.parts.map(\.shards)) }

    private func size(_ bytes: Int64) -> RestoreObstacle? {
        guard let maximum = limits.maximumSize, bytes > maximum else { return nil }
        return RestoreObstacle(.size, "\(bytes.inBytes) would come back: verify.maximumSize allows \(maximum.inBytes)")
    }

    /// The nodes share what comes back, and the largest index falls to any of them.
    private func disk(_ bytes: Int64, _ capacity: EngineCapacity) -> RestoreObstacle? {
        let count = Int64(capacity.nodes.count)
        let share = count == 1 ? bytes : min(bytes, bytes / count + largest)
        let full = capacity.nodes.filter { capacity.roomInBytes(of: $0) < share }
        guard !full.isEmpty else { return nil }
        return RestoreObstacle(
            .disk,
            "up to \(share.inBytes) would come to a node, and some take less before they reach "
                + "cluster.routing.allocation.disk.watermark.low", names: full.map(\.name))
    }

    private var largest: Int64 {
        let sizes = findings.contents.values.flatMap { contents -> [Int64] in
            if case .read(let read) = contents { Array(read.sizes.values) } else { [] }
        }
        return sizes.max() ?? 0
    }

    private func room(for shards: Int, _ capacity: EngineCapacity) -> RestoreObstacle? {
        let kept = (capacity.maximumShards + 9) / 10
        guard capacity.roomInShards - shards < kept else { return nil }
        return RestoreObstacle(
            .shards,
            "\(shards.of("shard")) would come back, and a tenth of what cluster.max_shards_per_node allows (\(kept) of "
                + "\(capacity.maximumShards)) has to stay free: \(max(capacity.roomInShards, 0)) are free now")
    }

    /// By the slower of both limits that the engine is set to, of all nodes together; without one nobody can tell.
    private func time(_ bytes: Int64, _ capacity: EngineCapacity) -> RestoreObstacle? {
        guard let rate = [capacity.recoveryRate, findings.restoreRate].compactMap({ $0 }).min() else { return nil }
        let seconds = bytes / (rate * Int64(capacity.nodes.count))
        guard .seconds(seconds) > limits.timeout else { return nil }
        return RestoreObstacle(
            .time,
            "\(bytes.inBytes) take at least \(Duration.seconds(seconds).text) at \(rate.inBytes) a second for each node "
                + "(indices.recovery.max_bytes_per_sec, or the repository's max_restore_bytes_per_sec): verify.timeout is "
                + "\(limits.timeout.text)")
    }
}

/// Nil if one is.
private func sum<Number: AdditiveArithmetic>(_ numbers: [Number?]) -> Number? {
    let known = numbers.compactMap { $0 }
    return known.count == numbers.count ? known.reduce(.zero, +) : nil
}
