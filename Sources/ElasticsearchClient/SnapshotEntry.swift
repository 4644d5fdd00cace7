/// A snapshot as the engine's list of names has it: the truth about what exists, from the master's memory.
package struct SnapshotEntry: Sendable, Hashable {
    package let name: String
    /// Tells a snapshot from another one that has its name later.
    package let uuid: String
    package let state: Snapshot.State

    package init(name: String, uuid: String, state: Snapshot.State) {
        self.name = name
        self.uuid = uuid
        self.state = state
    }
}

extension SnapshotEntry: Decodable {
    private enum Key: String, CodingKey { case snapshot, uuid, state }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .snapshot)
        uuid = try container.decodeIfPresent(String.self, forKey: .uuid) ?? name
        state = Snapshot.State(try container.decodeIfPresent(String.self, forKey: .state) ?? "UNKNOWN")
    }
}
