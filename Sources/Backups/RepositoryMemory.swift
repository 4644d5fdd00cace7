internal import ElasticsearchClient
internal import Synchronization
internal import Time

/// What a look has made of what is known: the next one says the same if nothing has changed.
struct ShownRepository: Sendable {
    let look: RepositoryLook
    let owner: BackupOwner
    /// Of what is known.
    let revision: Int
}

/// What one process knows of the repository and of the engine's clock, for all its operations; lost with the process.
final class RepositoryMemory: Sendable {
    struct State: Sendable {
        var known = KnownSnapshots()
        /// What the last look made of what is known.
        var shown: ShownRepository?
        /// What the engine's clock told last.
        var clock: EngineClock.Measurement?
        /// By the monotonic clock.
        var lookedAt: Duration?
        var looks = 0
        /// The uuid of a snapshot of the newest good backup.
        var newestGood: SnapshotUUID?
        /// What keeps the storage from being written, as `_verify` told.
        var writeProblem: BackupError?
        /// Why nothing will come of a backup, by the uuids of its snapshots, whether or not that could be written down.
        var doomed: [SnapshotUUID: BackupError] = [:]
        /// Of markers, by uuid: since when their backup has been missing, by the monotonic clock.
        var absentSince: [SnapshotUUID: Duration] = [:]
    }

    private let state = Mutex(State())
    /// One look reads details at a time; another that comes meanwhile finds them read.
    let reading = SerialQueue()

    /// Remembers why nothing will come of a backup with those snapshots.
    func doom(_ uuids: [SnapshotUUID], _ error: BackupError) {
        withState { state in
            if state.doomed.count > 1_000 { state.doomed = [:] }
            for uuid in uuids { state.doomed[uuid] = error }
        }
    }

    func withState<Value: Sendable>(_ body: (inout State) -> Value) -> Value { state.withLock { body(&$0) } }
}
