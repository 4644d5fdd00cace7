internal import JSON
internal import Time

/// A request that makes, deletes or restores snapshots.
struct SnapshotRequest {
    let endpoint: EngineEndpoint
    let call: EngineCall
    let now: Instant

    /// The repository's name.
    var repository: String { call.path[1] }
    /// The snapshot's name, or those of several.
    var name: String { call.path[2] }

    func reply(_ state: inout EngineState) -> EngineReply {
        switch endpoint {
        case .createSnapshot: create(&state)
        case .deleteSnapshots: delete(&state)
        default: restore(&state)
        }
    }
}
