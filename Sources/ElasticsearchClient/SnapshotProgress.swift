/// How far a snapshot is, and how large it is.
package struct SnapshotProgress: Sendable, Equatable {
    /// Bytes of every file that the snapshot refers to.
    package let totalBytes: Int64
    /// Bytes that this snapshot had to copy.
    package let incrementalBytes: Int64
    /// Bytes copied so far; equal to `incrementalBytes` once it has ended.
    package let processedBytes: Int64
    package let shardsDone: Int
    package let shardsTotal: Int

    package init(totalBytes: Int64, incrementalBytes: Int64, processedBytes: Int64, shardsDone: Int, shardsTotal: Int) {
        self.totalBytes = totalBytes
        self.incrementalBytes = incrementalBytes
        self.processedBytes = processedBytes
        self.shardsDone = shardsDone
        self.shardsTotal = shardsTotal
    }

    /// From 0 to 1: the mean of bytes and shards, since small shards cost time and large ones bytes; of shards alone where there is
    /// nothing to copy.
    package var fraction: Double {
        func ratio(_ part: Double, _ whole: Double) -> Double { whole > 0 ? min(part / whole, 1) : 0 }
        let shards = ratio(Double(shardsDone), Double(shardsTotal))
        guard incrementalBytes > 0 else { return shards }
        return (ratio(Double(processedBytes), Double(incrementalBytes)) + shards) / 2
    }
}

extension SnapshotProgress: Decodable {
    private struct Shards: Decodable {
        let done: Int
        let failed: Int
        let total: Int
    }

    private struct Statistics: Decodable {
        let incremental: Files?
        let processed: Files?
        let total: Files?
    }

    private struct Files: Decodable { let size_in_bytes: Int64 }

    private enum Key: String, CodingKey {
        case state, stats
        case shards = "shards_stats"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let shards = try container.decode(Shards.self, forKey: .shards)
        let statistics = try container.decode(Statistics.self, forKey: .stats)
        let incremental = statistics.incremental?.size_in_bytes ?? 0
        let hasEnded = shards.done + shards.failed == shards.total
        self.init(
            totalBytes: statistics.total?.size_in_bytes ?? 0, incrementalBytes: incremental,
            processedBytes: statistics.processed?.size_in_bytes ?? (hasEnded ? incremental : 0),
            shardsDone: shards.done + shards.failed, shardsTotal: shards.total)
    }
}
