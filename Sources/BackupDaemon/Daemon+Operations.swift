package import Backups
internal import Configuration
internal import ElasticsearchClient
internal import PrometheusExposition
internal import Retention
internal import Time

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

    /// An operation that is about to end is waited for; a backup that is being taken is not.
    func requireIdle(to act: String) async throws(BackupError) {
        if await queue.isBusy, let running = observed.progress.keys.min(by: { $0.description < $1.description }),
            try await repository.attended.isInProgress(running)
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
    func accepted(_ order: BackupOrder, jobs: [String]) async throws(BackupError) -> String {
        let verdict = Verdict()
        submit {
            let ending = await self.operate(jobs, mayBegin: verdict.begin) {
                (repository, observe) throws(BackupError) in
                try await repository.create(order) { event in
                    if case .partStarted(1, let snapshot, _) = event.step { verdict.give(.success(snapshot)) }
                    observe(event)
                }
            }
            // Whoever waits has been told already, unless somebody else had begun the same backup.
            verdict.give(ending.result.map { $0.parts[0].snapshot.name })
            // A refusal is the answer to whoever asked, and no outcome of the job's, nor of a fire time that falls on that second.
            if case .failure(let error) = ending.result, !ending.hasBegun, error.isRefusal { return }
            await self.conclude(ending, jobs, dueAt: ending.hasBegun ? order.due?.time : nil)
        }
        let (clock, queue) = (clock, queue)
        return try await withDiscardingTaskGroup { group in
            group.addTask {
                guard (try? await clock.sleep(for: .seconds(10))) != nil else { return }
                let busy = BackupError(
                    .repositoryBusy, "the repository is busy (\(await queue.current)): order again once that has ended")
                verdict.give(.failure(busy), onlyBeforeBegun: true)
                guard (try? await clock.sleep(for: .seconds(80))) != nil else { return }
                verdict.give(
                    .failure(
                        BackupError(
                            .engineUnreachable,
                            "the engine has not answered whether it accepts the backup, which goes on being ordered",
                            setting: "engine.urls",
                            cause: EngineError(.noAnswer, reason: "no answer within 80 s"))))
            }
            defer { group.cancelAll() }
            return await verdict.wait()
        }
        .get()
    }

    /// How an operation ended that was to end in a backup.
    struct Ending: Sendable {
        let result: Result<Backup, BackupError>
        /// Of the backup that failed, if it had one by then.
        let id: BackupID?
        /// Whether the engine had accepted its part 1.
        var hasBegun = false
    }

    /// Runs one operation that is to end in a backup, when it is its turn, and tells of each step but of its failure.
    ///
    /// - Parameter mayBegin: asked when its turn has come.
    func operate(
        _ jobs: [String], mayBegin: @escaping @Sendable () -> Bool = { true },
        _ operation:
            @escaping @Sendable (BackupRepository, @escaping BackupObserver) async throws(BackupError) -> Backup
    ) async -> Ending {
        let (repository, told) = (repository, observer(jobs))
        let (failed, begun) = (Reported<BackupID>(), Reported<BackupID>())
        let name = "taking a backup\(jobs.isEmpty ? "" : " for \(jobs.joined(separator: ", "))")"
        let result = await queue.run(name) { () async -> Result<Backup, BackupError> in
            guard mayBegin() else {
                return .failure(BackupError(.cancelled, "the order was withdrawn before its turn"))
            }
            do throws(BackupError) {
                return .success(
                    try await operation(repository) { event in
                        switch event.step {
                        case .failed: failed.note(event.id)
                        case .partStarted, .takenUp:
                            begun.note(event.id)
                            told(event)
                        default: told(event)
                        }
                    })
            } catch {
                return .failure(error)
            }
        }
        let id = failed.value
        if let id { observations.update { $0.end(id) } }
        return Ending(result: result, id: id, hasBegun: id != nil && begun.value == id)
    }

    /// Counts how an operation ended, tells of its failure, and prunes after a success.
    ///
    /// - Parameter time: of a scheduled one.
    func conclude(_ ending: Ending, _ jobs: [String], dueAt time: Instant? = nil) async {
        func count(_ outcome: Outcome) {
            if let time { settle(outcome, jobs, at: [time]) } else { observations.update { $0.count(outcome, jobs) } }
        }
        switch ending.result {
        case .success:
            count(.success)
            if let time { for job in jobs { noteStarted(job, time) } }
            await look(readsAll: false)
            await prune()
        case .failure(let error):
            // Stopped with the process: another run takes it up, and counts it.
            if error.code != .cancelled { count(.failed) }
            if let id = ending.id {
                if time != nil, ending.hasBegun, error.endsOrder { await repository.noteFailed(id, error) }
                observer(jobs)(BackupEvent(id: id, .failed(error)))
            } else {
                noteFailure(error, jobs)
            }
            await look(readsAll: false)
        }
    }

    /// Tells of a failure that came before there was an id to speak of.
    private nonisolated func noteFailure(_ error: BackupError, _ jobs: [String]) {
        guard error.code != .cancelled else { return }
        let now = clock.now()
        observations.update { state in
            for job in jobs {
                state.consecutiveFailures[job, default: 0] += 1
                state.lastFailure[job] = .init(time: now, message: "\(error)")
            }
        }
        let who = jobs.isEmpty ? "a backup" : "a backup for \(jobs.joined(separator: ", "))"
        log(
            LogEntry(
                .backupFailed, .error, "\(who): \(error)",
                jobs.map { .init("BACKUP_JOB", $0) } + [.init("ERROR", error.code.rawValue)] + error.fields))
    }

    /// Does what somebody asks for to its end, whether they wait for it or hang up.
    func carryOut<Value: Sendable>(
        _ work: @escaping @Sendable (isolated Daemon) async throws(BackupError) -> Value
    ) async throws(BackupError) -> Value {
        let promise = Promise<Result<Value, BackupError>>()
        submit {
            do throws(BackupError) {
                promise.give(.success(try await work(self)))
            } catch {
                promise.give(.failure(error))
            }
        }
        guard let outcome = await promise.wait() else {
            throw BackupError(.cancelled, "nobody waits any more for what goes on by itself")
        }
        return try outcome.get()
    }

    /// Deletes a backup, and returns once the engine has done it, or after two seconds: then the rest goes on by itself.
    ///
    /// - Throws: why it can't be deleted; what fails later is in the log.
    package func delete(_ id: BackupID) async throws(BackupError) {
        try await repository.attended.requireDeletable(id, isByHand: true)
        try await requireIdle(to: "delete \(id)")
        let verdict = Verdict()
        submit {
            let result = await self.carryOutDelete(of: id)
            await self.look(readsAll: false)
            verdict.give(result.map { "" })
        }
        let clock = clock
        let outcome = await withTaskGroup(of: Result<String, BackupError>?.self) { group in
            group.addTask { await verdict.wait() }
            group.addTask {
                try? await clock.sleep(for: .seconds(2))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        _ = try outcome?.get()
    }

    private func carryOutDelete(of id: BackupID) async -> Result<Void, BackupError> {
        let (repository, told) = (repository, observer([]))
        let result = await queue.run("deleting the backup \(id)") { () async -> Result<Void, BackupError> in
            do throws(BackupError) {
                return .success(try await repository.delete(id, isByHand: true, observe: told))
            } catch {
                return .failure(error)
            }
        }
        if case .failure(let error) = result {
            log(
                LogEntry(
                    .deleteFailed, .error, "backup \(id) is not deleted: \(error)",
                    [.init("BACKUP_ID", id.description), .init("ERROR", error.code.rawValue)] + error.fields))
        }
        return result
    }

    /// Stops a backup in progress and deletes its snapshots; not queued, since it is the running one that it stops.
    package func cancel(_ id: BackupID) async throws(BackupError) {
        let (repository, told) = (repository, observer([]))
        try await carryOut { daemon throws(BackupError) in
            try await repository.cancel(id, by: repository.settings.instance, observe: told)
            await daemon.look(readsAll: false, isAttended: true)
        }
    }

    /// Applies retention.
    func prune() async {
        guard observed.look != nil else {
            // Nothing is judged before everything is read.
            owesPrune = true
            return
        }
        let pruning = Pruning(repository: repository, settings: settings)
        let told = observer([])
        let report = await queue.run("retention") { await pruning.run(observe: told) }
        let jobs = settings.jobs.map(\.name) + [""]
        let now = clock.now()
        observations.update { state in
            state.retentionLastRun = now
            if report.failures.isEmpty {
                state.retentionLastSuccess = now
                state.retentionFailure = nil
            }
            for decision in report.removed {
                for job in decision.candidate.jobs.isEmpty ? [""] : decision.candidate.jobs {
                    state.removed.add(1, ["job": job, "reason": decision.reasons[0]])
                }
            }
            for error in report.failures {
                // A setting tells whose failure it is; else it is everybody's.
                let own = jobs.filter { error.setting == "jobs.\($0).retention" }
                for job in own.isEmpty ? jobs : own { state.retentionFailures.add(1, ["job": job]) }
                state.retentionFailure = .init(time: now, message: "\(error)")
            }
        }
        for error in report.failures { log(LogEntry(.retentionFailed, .error, "retention: \(error)", error.fields)) }
        if report.leftOver > 0 {
            log(
                LogEntry(
                    .retentionFailed, .notice,
                    "retention: \(report.removed.count) backups deleted, \(report.leftOver) more are left for the next run",
                    [.init("SETTING", "retentionDefaults.maximumDeletesPerRun")]))
        }
        let repository = repository
        await queue.run("retention") { try? await repository.tidyMarkers() }
        if !report.removed.isEmpty { await look(readsAll: false) }
    }

    /// Turns steps into log entries and counts.
    nonisolated func observer(_ jobs: [String]) -> BackupObserver {
        { event in
            if let entry = event.logEntry(jobs: jobs, repository: self.repository.settings.repositoryName) {
                self.log(entry)
            }
            let now = self.clock.now()
            self.observations.update { $0.note(event, jobs: jobs, now: now) }
        }
    }
}

extension Daemon {
    /// One backup with its sizes.
    package func inspect(_ id: BackupID) async throws(BackupError) -> Backup {
        try await repository.attended.inspect(id)
    }
}
