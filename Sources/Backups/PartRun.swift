internal import ElasticsearchClient
internal import Time

/// One part of a backup that is being taken: ordered until the engine has it, watched until it ends.
struct PartRun {
    let repository: BackupRepository
    let metadata: BackupMetadata
    let distribution: EngineDescription.Distribution
    let name: SnapshotName
    let observe: BackupObserver
    /// The lists of indices that were sent, one for each attempt; an unanswered one may be the one that took effect.
    ///
    /// None when another instance ordered the snapshot: then only it knows what it asked for.
    private(set) var sent: [[String]] = []

    init(
        repository: BackupRepository, metadata: BackupMetadata, distribution: EngineDescription.Distribution,
        name: SnapshotName, observe: @escaping BackupObserver
    ) {
        self.repository = repository
        self.metadata = metadata
        self.distribution = distribution
        self.name = name
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

    private func ordering(_ name: SnapshotName) -> PartRun {
        PartRun(
            repository: repository, metadata: metadata, distribution: distribution, name: name, observe: observe)
    }

    private var part: Int { name.part }
    /// What to say when the task was cancelled: the engine knows nothing of that.
    var cancelled: BackupError {
        BackupError(
            .cancelled,
            "no longer waiting for the backup \(name.id): the engine goes on with a snapshot that it has accepted, "
                + "and 'optimize-backup show \(name.id)' tells what became of it")
    }

    private var client: EngineClient { repository.client }

    private func indices(of selection: IndexSelection) -> [String] {
        part == 1 ? selection.firstPart : selection.secondPart
    }

    private func tellStarted(_ selection: IndexSelection) {
        tell(.partStarted(part: part, snapshot: name.description, indices: indices(of: selection).count))
        if part == 2 { tell(.uncovered(selection.uncovered)) }
    }

    private func tell(_ step: BackupEvent.Step) {
        observe(BackupEvent(id: name.id, step))
    }
}

extension PartRun {
    /// Orders the snapshot, with the indices as they are at that moment, until the engine has accepted it.
    ///
    /// After an attempt without a clear answer the repository is asked before anything else is done.
    mutating func start() async throws(BackupError) {
        let began = repository.clock.uptime()
        var backoff = Backoff(initial: .milliseconds(500), maximum: .seconds(15))
        // A part 2, and a scheduled backup, may have been ordered by another instance of this program.
        var mayExist = part > 1 || metadata.due != nil
        if part > 1, try await isThere() { return }
        while true {
            let selection = try await repository.selectIndices()
            let indices = indices(of: selection)
            sent.append(indices)
            let failure: EngineError
            do {
                try await client.createSnapshot(
                    SnapshotOrder(
                        name: name.description, indices: indices, metadata: metadata.json, distribution: distribution),
                    in: repository.name)
                return tellStarted(selection)
            } catch {
                failure = error
            }
            if failure.code == .nameTaken && !mayExist { throw BackupError("ordering \(name)", failure) }
            if failure.code == .indexMissing {
                guard sent.count < 5 else { throw BackupError("ordering \(name)", failure) }
                tell(.indicesChanged(part: part, error: failure))
                continue
            }
            if failure.leavesOpenWhetherItTookEffect {
                mayExist = true
                if try await isThere() {
                    return tellStarted(selection)
                }
            }
            guard failure.isTransient, repository.clock.uptime() - began < client.settings.patience else {
                throw BackupError("ordering \(name)", failure)
            }
            let delay = backoff.next(client.random)
            tell(.retrying(part: part, error: failure, delay: delay))
            try await repository.pause(delay, while: "waiting to order \(name) again")
        }
    }

    /// Whether the snapshot stands in the repository, by our own order.
    ///
    /// - Throws: `.idTaken` when it stands there by somebody else's.
    private func isThere() async throws(BackupError) -> Bool {
        guard try await entry() != nil else { return false }
        guard let snapshot = try await details() else { return false }
        guard let found = BackupMetadata(snapshot.metadata), found.isSameBackup(as: metadata) else {
            throw BackupError(.idTaken, "another program took the id \(name.id) at the same moment (\(name))")
        }
        return true
    }

    /// As the engine's memory has it: whether it is there, and whether it runs.
    private func entry() async throws(BackupError) -> SnapshotEntry? { try await repository.entry(name.description) }

    /// What stands in the snapshot; nil if it is gone meanwhile.
    ///
    /// A storage that refuses may give it a while later.
    ///
    /// - Throws: `.unreadable` when it is there and can't be read.
    private func details() async throws(BackupError) -> Snapshot? {
        let start = repository.clock.uptime()
        while true {
            let failure: EngineError
            do {
                let snapshot = try await client.snapshot(name.description, in: repository.name)
                let time = repository.clock.uptime()
                repository.memory.withState { $0.known.note([snapshot], at: time) }
                return snapshot
            } catch {
                failure = error
            }
            if [.denied, .cancelled, .repositoryMissing, .untrusted, .credentials].contains(failure.code) {
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

extension PartRun {
    /// Waits until the snapshot has ended in SUCCESS with exactly the indices that were asked for.
    ///
    /// - Parameter deadline: on the monotonic clock; once it has passed, the unfinished snapshot is deleted.
    /// - Returns: what was taken.
    @discardableResult
    func finish(by deadline: Duration) async throws(BackupError) -> Snapshot {
        let snapshot = try await ended(by: deadline)
        guard snapshot.state == .success else {
            throw BackupError(
                .snapshotFailed,
                "\(name) ended as \(snapshot.state.name): "
                    + (snapshot.failures.isEmpty
                        ? "the engine gives no reason" : snapshot.failures.joined(separator: "; ")))
        }
        let taken = snapshot.indices.sorted()
        guard sent.isEmpty || sent.contains(taken) else {
            let asked = sent.last ?? []
            throw BackupError(
                .contentMismatch,
                "\(name) does not contain what was asked for: "
                    + difference("missing", Set(asked).subtracting(taken))
                    + difference("unasked", Set(taken).subtracting(asked)))
        }
        tell(.partCompleted(part: part, snapshot: snapshot))
        return snapshot
    }

    /// The snapshot, which the engine has accepted.
    ///
    /// - Throws: `.storageFailed` or `.snapshotLost` when it is gone.
    func requireSnapshot() async throws(BackupError) -> SnapshotEntry {
        guard let found = try await entry() else { throw await repository.lost(name.description) }
        return found
    }

    private func ended(by deadline: Duration) async throws(BackupError) -> Snapshot {
        let start = repository.clock.uptime()
        var lastProgress = start
        while true {
            guard try await requireSnapshot().state == .inProgress else {
                guard let snapshot = try await details() else { throw await repository.lost(name.description) }
                if snapshot.state != .inProgress { return snapshot }
                continue
            }
            let now = repository.clock.uptime()
            guard now < deadline else { throw try await abandoned() }
            if now - lastProgress >= .seconds(1) {
                lastProgress = now
                await tellProgress()
            }
            try await repository.pause(
                min(PollInterval.after(now - start), deadline - now),
                while: "\(name) was running")
        }
    }

    /// What is only shown decides nothing.
    private func tellProgress() async {
        guard let progress = try? await client.progress(of: name.description, in: repository.name) else { return }
        tell(.partProgress(part: part, fraction: progress.fraction))
    }

    /// Deletes the unfinished snapshot, and says so in the error.
    private func abandoned() async throws(BackupError) -> BackupError {
        try await repository.attempt("deleting \(name), which was unfinished after backup.timeout") {
            () throws(EngineError) in
            try await client.deleteSnapshots([name.description], in: repository.name)
        }
        return BackupError(
            .tooLate, "\(name) was unfinished after \(repository.settings.timeout) and has been deleted",
            setting: "backup.timeout")
    }
}

extension EngineError {
    /// Whether a write that ended in this error may have been carried out all the same.
    fileprivate var leavesOpenWhetherItTookEffect: Bool {
        switch code {
        case .noAnswer, .overloaded, .failed, .unexpectedAnswer, .nameTaken, .cancelled: true
        case .unreachable, .untrusted, .credentials, .denied, .repositoryMissing, .snapshotMissing, .snapshotUnreadable,
            .indexMissing, .blocked, .busy, .rejected:
            false
        }
    }
}

private func difference(_ word: String, _ names: Set<String>) -> String {
    names.isEmpty ? "" : "\(word) \(names.sorted().joined(separator: ", ")). "
}
