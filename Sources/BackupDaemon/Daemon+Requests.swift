package import Backups
internal import Configuration
internal import ElasticsearchClient
internal import Synchronization
internal import Time
internal import Verification
internal import Waiting

// What people ask for.
extension Daemon {
    /// Orders a backup by hand, and returns once the engine has accepted part 1; the rest goes on by itself.
    ///
    /// - Returns: the names of both snapshots.
    /// - Throws: why the backup was refused; what fails later is in the log, the metrics and the repository.
    package func order(_ id: BackupID) async throws(BackupError) -> [String] {
        try await requireIdle(to: "order \(id)")
        let first = try await accepted(BackupOrder(.exactly(id)), jobs: [])
        return [first] + ((SnapshotName(first)?.next).map { [$0.description] } ?? [])
    }

    /// Takes a backup for a job now, and returns once the engine has accepted part 1.
    package func run(job name: String) async throws(BackupError) {
        let settings = await scheduler.settings
        _ = try settings.job(name)
        try await requireIdle(to: "run the job \(name)")
        let now = Instant(secondsSinceEpoch: clock.now().secondsSinceEpoch)
        _ = try await accepted(BackupOrder(.firstFree(from: now), jobs: [name]), jobs: [name])
    }

    /// An operation that is about to end is waited for; a backup that is being taken is not.
    private func requireIdle(to act: String) async throws(BackupError) {
        if await operations.queue.isBusy, let running = operations.standing.current.firstRunning?.id,
            try await repository.attended.backups.isInProgress(running)
        {
            throw BackupError(
                .repositoryBusy,
                "the backup \(running) is in progress: \(act) once it has ended, or cancel it")
        }
    }

    /// Hands an order over, and waits until the engine has accepted part 1, whose name it returns.
    ///
    /// - Throws: `.repositoryBusy` when its turn does not come soon: then it never begins; `.engineUnreachable` when the engine takes too
    ///   long, though it may still accept it.
    private func accepted(_ order: BackupOrder, jobs: [String]) async throws(BackupError) -> String {
        let (verdict, turn) = (Promise<Result<String, BackupError>>(), Turn())
        operations.submit {
            let ending = await self.operations.take(jobs, by: .api, mayBegin: turn.begin) {
                (repository, observe) throws(BackupError) in
                try await repository.create(order) { event in
                    if case .partStarted(1, let snapshot, _) = event.step { verdict.give(.success(snapshot)) }
                    observe(event)
                }
            }
            // Whoever waits has been told already, unless somebody else had begun the same backup.
            verdict.give(ending.result.map { $0.parts[0].name.description })
            // A refusal is the answer to whoever asked, and no outcome of the job's, nor of a fire time that falls on that second.
            if case .failure(let error) = ending.result, !ending.hasBegun, error.isRefusal { return }
            await self.scheduler.conclude(ending, jobs, by: .api)
        }
        if let given = await clock.value(within: .seconds(10), of: verdict.wait) { return try given.get() }
        // Who hangs up takes back what has not begun.
        if turn.withdraw() {
            throw Task.isCancelled
                ? .hungUp
                : BackupError(
                    .repositoryBusy,
                    "the repository is busy (\(await operations.queue.current)): order again once that has ended")
        }
        if let given = await clock.value(within: .seconds(80), of: verdict.wait) { return try given.get() }
        throw Task.isCancelled
            ? .hungUp
            : BackupError(
                .engineUnreachable,
                "the engine has not answered whether it accepts the backup, which goes on being ordered",
                cause: EngineError(.noAnswer, reason: "no answer within 80 s"))
    }

    /// Deletes a backup, and returns once the engine has done it, or after two seconds: then the rest goes on by itself.
    ///
    /// - Throws: why it can't be deleted; what fails later is in the log.
    package func delete(_ id: BackupID) async throws(BackupError) {
        let outcome = Promise<Result<Void, BackupError>>()
        try await operations.carryOut { () throws(BackupError) in
            try await self.repository.attended.removal.requireDeletable(id, isByHand: true)
            try await self.requireIdle(to: "delete \(id)")
            self.operations.submit {
                let result = await self.carryOutDelete(of: id)
                await self.lookout.look(readsAll: false)
                outcome.give(result)
            }
        }
        try await clock.value(within: .seconds(2), of: outcome.wait)?.get()
    }

    private func carryOutDelete(of id: BackupID) async -> Result<Void, BackupError> {
        let (repository, steps) = (repository, operations.steps(of: [], by: .api))
        let result = await operations.queue.run("deleting the backup \(id)") { () async -> Result<Void, BackupError> in
            do throws(BackupError) {
                return .success(try await repository.removal.delete(id, isByHand: true, observe: steps))
            } catch {
                return .failure(error)
            }
        }
        if case .failure(let error) = result { operations.emit(.deleteFailed(id, error), by: .api) }
        return result
    }

    /// Stops a backup in progress and deletes its snapshots; not queued, since it is the running one that it stops.
    package func cancel(_ id: BackupID) async throws(BackupError) {
        try await operations.carryOut { () throws(BackupError) in
            try await self.repository.removal.cancel(
                id, by: self.operations.instance, observe: self.operations.steps(of: [], by: .api))
            await self.lookout.look(readsAll: false, isAttended: true)
        }
    }

    /// Verifies a backup, and returns once that is accepted: the journal, the metrics and the backup itself tell what it comes to.
    ///
    /// - Throws: `.notFound`; `.repositoryBusy` while the backup is in progress, or another is being verified.
    package func verify(_ id: BackupID, isDrill: Bool) async throws(BackupError) {
        try await operations.carryOut { () throws(BackupError) in
            let backup = try await self.repository.attended.backups.find(id, in: .ours)
            guard backup.state != .inProgress else {
                throw BackupError(.repositoryBusy, "the backup \(id) is in progress: verify it once it has ended")
            }
            try await self.verifier.accept(VerificationRequest(isDrill ? .drill : .check, of: id))
        }
    }

    /// One backup with its sizes.
    package func inspect(_ id: BackupID) async throws(BackupError) -> Backup {
        try await repository.attended.backups.inspect(id)
    }
}

/// Whether an order has begun, or was withdrawn before its turn came: the first of both counts.
private final class Turn: Sendable {
    private enum State { case waiting, begun, withdrawn }
    private let state = Mutex(State.waiting)

    /// Whether it may begin.
    func begin() -> Bool { take(.begun) }

    /// Whether it never will.
    func withdraw() -> Bool { take(.withdrawn) }

    private func take(_ new: State) -> Bool {
        state.withLock { state in
            if state == .waiting { state = new }
            return state == new
        }
    }
}

extension BackupError {
    fileprivate static var hungUp: BackupError {
        BackupError(.cancelled, "nobody waits any more for whether the engine accepts the backup")
    }
}
