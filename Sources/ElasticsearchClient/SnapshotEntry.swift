internal import JSON

/// A snapshot as the engine's list of names has it: the truth about what exists, from the master's memory.
package struct SnapshotEntry: Sendable, Hashable {
    package let name: String
    /// Tells a snapshot from another one that has its name later.
    package let uuid: SnapshotUUID
    package let state: Snapshot.State

    package init(name: String, uuid: SnapshotUUID, state: Snapshot.State) {
        self.name = name
        self.uuid = uuid
        self.state = state
    }
}

extension SnapshotEntry: JSONReadable {
    init(json: JSONValue) throws(JSONError) {
        name = try json.required("snapshot")
        uuid = try json.optional("uuid") ?? SnapshotUUID(name)
        state = Snapshot.State(try json.optional("state") ?? "UNKNOWN")
    }
}
