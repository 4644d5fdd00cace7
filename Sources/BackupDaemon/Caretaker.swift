internal import Backups
internal import ElasticsearchClient
internal import Time

/// Sees to what looks have shown: whoever began a backup may be gone, and whoever cancelled it may have met it on its way.
actor Caretaker {
    private let operations: Operations
    private let scheduler: Scheduler
    private let verifier: Verifier
    /// Whether what must not run is being ended.
    private var isEnding = false
    /// Backups that others began, and that wait for their turn here or are gone on with.
    private var takingUp: Set<BackupID> = []
    /// When each was last gone on with, by the monotonic clock: what ends at once must not begin again with the look at its end.
    private var takenUpAt: [BackupID: Duration] = [:]

    init(_ operations: Operations, _ scheduler: Scheduler, _ verifier: Verifier) {
        self.operations = operations
        self.scheduler = scheduler
        self.verifier = verifier
    }

    private var repository: BackupRepository { operations.repository }

    /// Sees to what each look shows, until the task is cancelled.
    func run(_ looks: AsyncStream<RepositoryLook>) async {
        for await look in looks {
            if !isEnding {
                isEnding = true
                operations.submit {
                    await self.endWhatMustNotRun(look)
                    await self.stopEnding()
                }
            }
            for backup in look.backups where isAbandoned(backup) { await takeUp(backup) }
            await scheduler.endPauses(look.markers)
            await verifier.take(look.markers)
        }
    }

    private func stopEnding() { isEnding = false }

    /// Deletes what runs though it was cancelled, or for longer than `backup.timeout`.
    private func endWhatMustNotRun(_ look: RepositoryLook) async {
        await repository.recordDoomed(look)
        let running = look.backups.filter(\.isRunning)
        guard !running.isEmpty else { return }
        for id in (try? await repository.removal.removeCancelled(running, look.markers)) ?? [] {
            operations.emit(.removedCancelled(id))
        }
        for name in (try? await repository.removal.removeOverdue()) ?? [] {
            operations.emit(.removedOverdue(snapshot: name))
        }
    }

    /// Whether whoever began a backup may be gone: it has run for a while, or part 1 has ended and part 2 does not come.
    ///
    /// Two that watch the same do no harm: each finds what the other has ordered.
    private func isAbandoned(_ backup: Backup) -> Bool {
        guard backup.state == .inProgress, let start = backup.startTime else { return false }
        let end = backup.parts.count == 1 ? backup.parts[0].endTime : nil
        return repository.engineClock.now() - (end ?? start) > min(repository.watchInterval, .seconds(120))
    }

    /// Goes on with what an earlier run, another host or a command has begun, unless it is being watched here already.
    func takeUp(_ backup: Backup) async {
        guard let metadata = backup.metadata, metadata.isUnderstood,
            operations.standing.current.running[backup.id] == nil, await !isTried(metadata),
            !isJustTakenUp(backup.id), takingUp.insert(backup.id).inserted
        else { return }
        operations.submit {
            await self.goOn(with: backup, metadata)
            await self.endTakingUp(backup.id)
        }
    }

    private func isTried(_ metadata: BackupMetadata) async -> Bool {
        guard let due = metadata.due else { return false }
        return await scheduler.isTrying(due.time)
    }

    private func isJustTakenUp(_ id: BackupID) -> Bool {
        let recently = operations.clock.uptime() - min(repository.watchInterval, .seconds(60))
        takenUpAt = takenUpAt.filter { $0.value > recently }
        return takenUpAt[id] != nil
    }

    private func endTakingUp(_ id: BackupID) {
        takenUpAt[id] = operations.clock.uptime()
        takingUp.remove(id)
    }

    private func goOn(with backup: Backup, _ metadata: BackupMetadata) async {
        await operations.queue.run {}  // its turn comes once what is before it has ended
        let requester: Requester =
            metadata.instance == operations.instance ? .earlierRun : .host(metadata.instance)
        if let due = metadata.due {
            return await scheduler.goOn(with: backup, metadata, dueAt: due.time, from: requester)
        }
        // Whoever watched it may have brought it to its end meanwhile, and has told so; without an answer the next look shows it.
        guard (try? await repository.backups.isInProgress(backup.id)) == true else { return }
        let ending = await operations.take(backup.jobs, by: requester) { (repository, observe) throws(BackupError) in
            let found = try await repository.backups.find(backup.id)
            guard found.state == .inProgress else {
                throw BackupError(.cancelled, "the backup \(backup.id) has come to its end meanwhile")
            }
            return try await repository.takeUp(found, observe: observe)
        }
        await scheduler.conclude(ending, backup.jobs, by: requester)
    }
}
