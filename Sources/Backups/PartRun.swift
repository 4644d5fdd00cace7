internal import ElasticsearchClient
internal import Engines
internal import Time

/// One part of a backup that is being taken: ordered until the engine has it, watched until it ends.
struct PartRun {
    let repository: BackupRepository
    /// What it writes into its snapshots; where another instance ordered this part, what that wrote.
    private(set) var metadata: BackupMetadata
    /// Who answered last when that was asked.
    private let engine: EngineKind
    let name: SnapshotName
    /// Whose restore wants it, and does not stop it.
    private let restoring: BackupID?
    let observe: BackupObserver

    init(
        repository: BackupRepository, metadata: BackupMetadata, engine: EngineKind,
        name: SnapshotName, restoring: BackupID? = nil, observe: @escaping BackupObserver
    ) {
        self.repository = repository
        self.metadata = metadata
        self.engine = engine
        self.name = name
        self.restoring = restoring
        self.observe = observe
    }

    /// The same part of another backup.
    func renamed(_ id: BackupID) -> PartRun {
        ordering(SnapshotName(id: id, version: name.version, part: name.part, partCount: name.partCount))
    }

    /// The part that follows.
    func next() -> PartRun {
        ordering(name.next)
    }

    /// The same part, ordered from an engine that has been upgraded meanwhile.
    func ordered(from engine: EngineKind) -> PartRun {
        PartRun(
            repository: repository, metadata: metadata, engine: engine, name: name, restoring: restoring,
            observe: observe)
    }

    private func ordering(_ name: SnapshotName) -> PartRun {
        PartRun(
            repository: repository, metadata: metadata, engine: engine, name: name, restoring: restoring,
            observe: observe)
    }

    var part: Int { name.part }
    /// What to say when the task was cancelled: the engine knows nothing of that.
    var cancelled: BackupError {
        BackupError(
            .cancelled,
            "no longer waiting: the engine goes on with a snapshot that it has accepted; follow it with "
                + "'optimize-backup show \(name.id)', stop it with 'optimize-backup cancel \(name.id)'")
    }

    var client: EngineClient { repository.client }

    private func indices(of selection: IndexSelection) -> [String] {
        part == 1 ? selection.firstPart : selection.secondPart
    }

    private func emitStarted(_ selection: IndexSelection) {
        emit(.partStarted(part: part, snapshot: name.description, indices: indices(of: selection).count))
        if part == 2 { emit(.uncovered(selection.uncovered)) }
    }

    func emit(
        _ step: BackupEvent.Step, file: String = #fileID, line: Int = #line, function: String = #function
    ) {
        let jobs = repository.todaysNames(of: metadata.jobs)
        observe(BackupEvent(id: name.id, step, jobs: jobs, file: file, line: line, function: function))
    }
}

extension PartRun {
    /// Orders the snapshot, with the indices as they are at that moment, until the engine has accepted it.
    ///
    /// Right before each order it asks whether somebody has cancelled the backup, or restores one; after one without a clear answer the
    /// repository is asked before anything else is done.
    ///
    /// - Parameter deadline: on the monotonic clock: until then another operation of the engine's that is in the way is waited for.
    /// - Throws: `.restoring`; `.fireTimeCancelled`, also when the cancel met the order on its way: what it brought is deleted then.
    mutating func start(by deadline: Duration) async throws(BackupError) {
        let began = repository.clock.uptime()
        var backoff = Backoff(initial: .milliseconds(500), maximum: .seconds(15))
        // A part 2, and a scheduled backup, may have been ordered by another instance of this program.
        var mayExist = part > 1 || metadata.due != nil
        var (changes, stale) = (0, 0)
        var tellsVersions = true
        while true {
            let selection = try await repository.optimize.selectIndices()
            let looked = repository.clock.uptime()
            // What only says which engine can restore it stops nothing, and is not waited for twice.
            let versions = tellsVersions ? try? await client.versions(ofIndices: repository.optimize.pattern) : nil
            tellsVersions = versions != nil
            try await repository.markers.requireOrderable(name.id, metadata.due, restoring: restoring)
            // An answer that took so long has made the lists old: the backup would lack an index that has come meanwhile.
            if repository.clock.uptime() - looked > .seconds(20), stale < 5 {
                stale += 1
                continue
            }
            // One of which nothing is told may be the oldest.
            let made = indices(of: selection).map { versions?[$0] }
            metadata.remember(oldestIndex: made.contains(nil) ? nil : made.compactMap { $0 }.min())
            guard let failure = await order(selection) else { return try await begun(selection) }
            if failure.code == .nameTaken && !mayExist { throw BackupError("ordering \(name)", failure) }
            if failure.mayHaveTakenEffect {
                mayExist = true
                if try await isThere() { return try await begun(selection) }
            }
            let delay = max(backoff.next(client.random), failure.retryAfter ?? .zero)
            if failure.code == .indexMissing {
                changes += 1
                guard changes < 5 else { throw BackupError("ordering \(name)", failure) }
                emit(.indicesChanged(part: part, error: failure))
            } else {
                let limit = failure.code == .busy ? deadline : began + client.settings.patience
                guard failure.isTransient, repository.clock.uptime() + delay < limit else {
                    throw BackupError("ordering \(name)", failure)
                }
                emit(.retrying(part: part, error: failure, delay: delay))
            }
            try await repository.pause(delay, while: "waiting to order \(name) again")
        }
    }

    private func order(_ selection: IndexSelection) async -> EngineError? {
        do {
            try await client.createSnapshot(
                SnapshotOrder(
                    name: name.description, indices: indices(of: selection), metadata: metadata.json,
                    engine: engine), in: repository.name)
            return nil
        } catch {
            return error
        }
    }

    /// The engine has the snapshot: either it is told, or it goes again.
    private func begun(_ selection: IndexSelection) async throws(BackupError) {
        do throws(BackupError) {
            try await repository.markers.requireNotCancelled(name.id, metadata.due)
        } catch {
            // Without an answer the end of the backup asks again.
            if error.code == .fireTimeCancelled {
                try? await repository.removal.remove([name.description])
                throw error
            }
        }
        emitStarted(selection)
    }

    /// Whether the snapshot stands in the repository, by our own order.
    ///
    /// - Throws: `.idTaken` when it stands there by somebody else's.
    mutating func isThere() async throws(BackupError) -> Bool {
        guard try await entry() != nil else { return false }
        guard let snapshot = try await details() else { return false }
        guard let found = BackupMetadata(snapshot.metadata), found.isSameBackup(as: metadata) else {
            throw BackupError(.idTaken, "another program took the id \(name.id) at the same moment (\(name))")
        }
        metadata = found
        return true
    }

    /// As the engine's memory has it: whether it is there, and whether it runs.
    func entry() async throws(BackupError) -> SnapshotEntry? { try await repository.listing.entry(name.description) }

    /// What stands in the snapshot; nil if it is gone meanwhile.
    ///
    /// A storage that refuses may give it a while later.
    ///
    /// - Throws: `.unreadable` when it is there and can't be read.
    func details() async throws(BackupError) -> Snapshot? {
        let start = repository.clock.uptime()
        while true {
            let failure: EngineError
            do {
                let snapshot = try await client.snapshot(name.description, in: repository.name)
                let time = repository.clock.uptime()
                repository.memory.withState { $0.known.record([snapshot], at: time) }
                return snapshot
            } catch {
                failure = error
            }
            if [.denied, .notOffered, .cancelled, .repositoryMissing, .untrusted, .credentials].contains(failure.code) {
                throw BackupError("reading \(name)", failure)
            }
            if try await entry() == nil { return nil }
            let elapsed = repository.clock.uptime() - start
            guard elapsed < client.settings.patience else {
                throw BackupError(
                    .unreadable, "\(name) is there, but can't be read: the storage does not give it", cause: failure)
            }
            try await repository.pause(
                max(PollInterval.after(elapsed), .milliseconds(500)), while: "reading \(name)")
        }
    }
}
