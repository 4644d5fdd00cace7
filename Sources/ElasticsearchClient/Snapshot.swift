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
        case unknown(String)

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
    package let uuid: String
    package var state: State
    package var indices: [String]
    package var metadata: JSONValue?
    /// Absent in a listing without details.
    package let startTime: Instant?
    /// Absent while it runs, and in a listing without details.
    package let endTime: Instant?
    /// What went wrong with single shards, in the engine's words.
    package let failures: [String]

    package init(
        name: String, uuid: String = "", state: State, indices: [String] = [], metadata: JSONValue? = nil,
        startTime: Instant? = nil, endTime: Instant? = nil, failures: [String] = []
    ) {
        self.name = name
        self.uuid = uuid
        self.state = state
        self.indices = indices
        self.metadata = metadata
        self.startTime = startTime
        self.endTime = endTime
        self.failures = failures
    }
}

extension Snapshot: Decodable {
    private enum Key: String, CodingKey {
        case snapshot, uuid, state, indices, metadata, failures, reason
        case startTime = "start_time_in_millis"
        case endTime = "end_time_in_millis"
    }

    private struct ShardFailure: Decodable {
        let index: String?
        let shard_id: Int?
        let reason: String?

        var words: String { "[\(index ?? "?")][\(shard_id ?? 0)] \(reason ?? "no reason given")" }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .snapshot)
        uuid = try container.decodeIfPresent(String.self, forKey: .uuid) ?? ""
        state = State(try container.decodeIfPresent(String.self, forKey: .state) ?? "UNKNOWN")
        indices = try container.decodeIfPresent([String].self, forKey: .indices) ?? []
        metadata = try container.decodeIfPresent(JSONValue.self, forKey: .metadata)
        // A time that is not known yet is 0.
        func time(_ key: Key) throws -> Instant? {
            let milliseconds = try container.decodeIfPresent(Int64.self, forKey: key) ?? 0
            return milliseconds > 0 ? Instant(millisecondsSinceEpoch: milliseconds) : nil
        }
        startTime = try time(.startTime)
        endTime = try time(.endTime)
        let reason = try container.decodeIfPresent(String.self, forKey: .reason)
        let shards = try container.decodeIfPresent([ShardFailure].self, forKey: .failures) ?? []
        failures = (reason.map { [$0] } ?? []) + shards.map(\.words)
    }
}
