package import Engines
package import JSON
package import Time

/// A snapshot as the engine tells it.
package struct Snapshot: Sendable, Equatable {
    package enum State: Sendable, Hashable {
        case success
        case inProgress
        case partial
        case failed
        case incompatible
        /// It is listed, but what stands in it can't be read; the engine has no word for it.
        case unreadable
        /// A state that this program doesn't know; never taken for a good one.
        indirect case unknown(String)

        package init(_ name: String) {
            self =
                switch name {
                case "SUCCESS": .success
                case "IN_PROGRESS": .inProgress
                case "PARTIAL": .partial
                case "FAILED": .failed
                case "INCOMPATIBLE": .incompatible
                default: .unknown(name)
                }
        }

        /// The engine's word.
        package var name: String {
            switch self {
            case .success: "SUCCESS"
            case .inProgress: "IN_PROGRESS"
            case .partial: "PARTIAL"
            case .failed: "FAILED"
            case .incompatible: "INCOMPATIBLE"
            case .unreadable: "UNREADABLE"
            case .unknown(let name): name
            }
        }
    }

    package let name: String
    package let uuid: SnapshotUUID
    package var state: State
    package var indices: [String]
    package var metadata: JSONValue?
    /// Of the engine that took it; absent in a listing without details.
    package let writer: IndexVersion?
    /// Absent in a listing without details.
    package let startTime: Instant?
    /// Absent while it runs, and in a listing without details.
    package let endTime: Instant?
    /// What went wrong with single shards, in the engine's words.
    package let failures: [String]

    package init(
        name: String, uuid: SnapshotUUID = "", state: State, indices: [String] = [], metadata: JSONValue? = nil,
        writer: IndexVersion? = nil, startTime: Instant? = nil, endTime: Instant? = nil, failures: [String] = []
    ) {
        self.name = name
        self.uuid = uuid
        self.state = state
        self.indices = indices
        self.metadata = metadata
        self.writer = writer
        self.startTime = startTime
        self.endTime = endTime
        self.failures = failures
    }
}

extension Snapshot: JSONReadable {
    /// Of a snapshot's details those that are read.
    static let details = [
        "snapshot", "uuid", "state", "indices", "metadata", "version_id", "start_time_in_millis", "end_time_in_millis",
        "failures",
        "reason",
    ]

    package init(json: JSONValue) throws(JSONError) {
        name = try json.required("snapshot")
        uuid = try json.optional("uuid") ?? ""
        state = State(try json.optional("state") ?? "UNKNOWN")
        indices = try json.optional("indices") ?? []
        metadata = try json.optional("metadata")
        // Its `version` is words for people: a range, or a number in brackets.
        let number: Int64? = try json.optional("version_id")
        writer = number.flatMap(IndexVersion.init)
        // A time that is not known yet is 0.
        func time(_ key: String) throws(JSONError) -> Instant? {
            let milliseconds: Int64 = try json.optional(key) ?? 0
            return milliseconds > 0 ? Instant(millisecondsSinceEpoch: milliseconds) : nil
        }
        startTime = try time("start_time_in_millis")
        endTime = try time("end_time_in_millis")
        let reason: String? = try json.optional("reason")
        let shards: [ShardFailure] = try json.optional("failures") ?? []
        failures = (reason.map { [$0] } ?? []) + shards.map(\.words)
    }
}

/// Why a shard is not in a snapshot.
private struct ShardFailure: JSONReadable {
    let words: String

    init(json: JSONValue) throws(JSONError) {
        let (index, reason): (String?, String?) = (try json.optional("index"), try json.optional("reason"))
        let shard: Int = try json.optional("shard_id") ?? 0
        words = "[\(index ?? "?")][\(shard)] \(reason ?? "no reason given")"
    }
}
