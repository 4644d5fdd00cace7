internal import JSON

extension EngineState {
    /// What becomes of writing to a repository, and of reading from it.
    package enum Storage: Sendable {
        case working
        /// Nothing can be written: no space is left.
        case full
        /// Nothing can be written: the file system is read-only.
        case readOnly
        /// Nothing can be written or read: access is denied.
        case denied

        /// The exception that its refusal is, of a blob, and what causes that.
        func causes(at blob: String) -> [EngineCause] {
            switch self {
            case .working, .full: [EngineCause(type: "i_o_exception", reason: "No space left on device")]
            case .readOnly: [EngineCause(type: "file_system_exception", reason: "/repo/\(blob): Read-only file system")]
            case .denied:
                [EngineCause(type: "i_o_exception", reason: "Unable to upload object [\(blob)]"), accessDenied]
            }
        }
    }

    /// What is wrong with the blob of a snapshot.
    package enum Damage: CaseIterable, Sendable {
        case missing
        case corrupt
    }

    /// Why a listing can't tell a snapshot; one that runs is told from memory.
    func unreadable(_ snapshot: Snapshot, in repository: String) -> EngineReply? {
        guard !snapshot.isRunning, let target = repositories[repository] else { return nil }
        let name = "\(snapshot.name)/\(snapshot.uuid)"
        func failed(_ words: String, _ cause: EngineCause) -> EngineReply {
            let words = kind == .opensearch2 ? words : "failed to get snapshot info\(name)"
            return .error(500, "snapshot_exception", "[\(repository):\(name)] \(words)", causes: [cause])
        }
        if target.storage == .denied { return failed("Snapshot could not be read", accessDenied) }
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
    func unusable(_ snapshot: Snapshot, in repository: String) -> EngineReply? {
        guard repositories[repository]?.storage == .denied, !snapshot.isRunning else {
            return unreadable(snapshot, in: repository)
        }
        return .error(500, accessDenied.type, accessDenied.reason)
    }

    /// What `_verify`, which writes and deletes a blob, says of a storage that refuses; nil if it works.
    func failedVerification(of repository: String) -> EngineReply? {
        guard let storage = repositories[repository]?.storage, storage != .working else { return nil }
        let node = kind == .opensearch2 ? "cluster-manager" : "master"
        return .error(
            500, "repository_verification_exception", "[\(repository)] path  is not accessible on \(node) node",
            causes: storage.causes(at: "tests-simulated/master.dat"))
    }

    /// What a create that waits is told.
    func failedWrite(of snapshot: Snapshot, in repository: String, _ storage: Storage) -> EngineReply {
        .error(
            500, "snapshot_exception",
            "[\(repository):\(snapshot.name)/\(snapshot.uuid)] failed to update snapshot in repository",
            causes: storage.causes(at: "meta-\(snapshot.uuid).dat"))
    }

    /// A delete writes the new list of snapshots first.
    func failedDelete(in repository: String, _ storage: Storage) -> EngineReply {
        let causes = storage.causes(at: "pending-index-4-simulated")
        if storage == .denied {
            return .error(500, "repository_exception", "[\(repository)] failed to delete snapshots", causes: causes)
        }
        if storage == .full, kind != .opensearch2 {
            return .error(500, "illegal_state_exception", "Failed to close the XContentBuilder", causes: causes)
        }
        return .error(500, causes[0].type, causes[0].reason)
    }
}

private let accessDenied = EngineCause(
    type: "s3_exception", reason: "Access Denied (Service: S3, Status Code: 403, Request ID: null)")
