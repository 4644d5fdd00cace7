internal import Engines
internal import JSON

/// What the engine says when the storage of a repository refuses, each as the engine in question does.
struct StorageRefusal {
    private let kind: EngineKind
    private let repository: String
    private let target: EngineState.Repository

    init(_ kind: EngineKind, _ repository: String, _ target: EngineState.Repository) {
        self.kind = kind
        self.repository = repository
        self.target = target
    }

    /// Why a listing can't tell a snapshot; one that runs is told from memory.
    func ofRead(_ snapshot: EngineState.Snapshot) -> EngineReply? {
        guard !snapshot.isRunning else { return nil }
        let name = "\(snapshot.name)/\(snapshot.uuid)"
        func failed(_ words: String, _ cause: EngineCause) -> EngineReply {
            let words = kind.has(.unreadableDetailsAreInformation) ? "failed to get snapshot info\(name)" : words
            return .error(500, "snapshot_exception", "[\(repository):\(name)] \(words)", causes: [cause])
        }
        if target.storage == .denied { return failed("Snapshot could not be read", .accessDenied) }
        switch target.unreadable[snapshot.uuid] {
        case nil: return nil
        case .corrupt:
            let reason = "misplaced codec footer (file truncated?)"
            return failed("failed to get snapshots", EngineCause(type: "corrupt_state_exception", reason: reason))
        case .missing:
            let cause = EngineCause(type: "no_such_file_exception", reason: "/repo/snap-\(snapshot.uuid).dat")
            return .error(404, "snapshot_missing_exception", "[\(repository):\(name)] is missing", causes: [cause])
        }
    }

    /// Why `_status` and `_restore` can't read a snapshot: as listings do, but that a refused access is told as it is.
    func ofUse(_ snapshot: EngineState.Snapshot) -> EngineReply? {
        guard target.storage == .denied, !snapshot.isRunning else { return ofRead(snapshot) }
        return .error(500, EngineCause.accessDenied.type, EngineCause.accessDenied.reason)
    }

    /// What `_verify`, which writes and deletes a blob, says of a storage that refuses; nil if it works.
    func ofVerification() -> EngineReply? {
        guard target.storage != .working else { return nil }
        let node = kind.has(.clusterManager) ? "cluster-manager" : "master"
        return .error(
            500, "repository_verification_exception", "[\(repository)] path  is not accessible on \(node) node",
            causes: target.storage.causes(at: "tests-simulated/master.dat"))
    }

    /// What a create that waits is told.
    func ofWrite(_ snapshot: EngineState.Snapshot) -> EngineReply {
        .error(
            500, "snapshot_exception",
            "[\(repository):\(snapshot.name)/\(snapshot.uuid)] failed to update snapshot in repository",
            causes: target.storage.causes(at: "meta-\(snapshot.uuid).dat"))
    }

    /// A delete writes the new list of snapshots first.
    func ofDelete() -> EngineReply {
        let causes = target.storage.causes(at: "pending-index-4-simulated")
        if target.storage == .denied {
            return .error(500, "repository_exception", "[\(repository)] failed to delete snapshots", causes: causes)
        }
        if target.storage == .full, kind.has(.fullStorageFailsToClose) {
            return .error(500, "illegal_state_exception", "Failed to close the XContentBuilder", causes: causes)
        }
        return .error(500, causes[0].type, causes[0].reason)
    }
}
