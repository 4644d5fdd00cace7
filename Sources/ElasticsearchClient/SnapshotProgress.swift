internal import JSON

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

extension SnapshotProgress: JSONReadable {
    init(json: JSONValue) throws(JSONError) {
        let (shards, files): (JSONValue, JSONValue) = (try json.required("shards_stats"), try json.required("stats"))
        func bytes(_ kind: String) throws(JSONError) -> Int64? {
            let kind: JSONValue? = try files.optional(kind)
            return try kind?.required("size_in_bytes")
        }
        let shardsDone: Int = try shards.required("done") + shards.required("failed")
        let shardsTotal: Int = try shards.required("total")
        let incremental = try bytes("incremental") ?? 0
        self.init(
            totalBytes: try bytes("total") ?? 0, incrementalBytes: incremental,
            processedBytes: try bytes("processed") ?? (shardsDone == shardsTotal ? incremental : 0),
            shardsDone: shardsDone, shardsTotal: shardsTotal)
    }
}
