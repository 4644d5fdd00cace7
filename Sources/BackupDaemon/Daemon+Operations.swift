package import Backups
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
        // An operation that is about to end is waited for; a backup that is being taken is not.
        if await queue.isBusy, let running = try await repository.unfinished().first {
            throw BackupError(
                .repositoryBusy,
                "the backup \(running.id) is in progress: order \(id) again once it has ended, or cancel it")
        }
        let verdict = Verdict()
        submit {
            do throws(BackupError) {
                _ = try await self.create(BackupOrder(.exactly(id)), jobs: []) { event in
                    if case .partStarted(1, let snapshot, _) = event.step { verdict.give(.success(snapshot)) }
                }
            } catch {
                verdict.give(.failure(error))
            }
        }
        let first = try await verdict.wait().get()
        return [first, first.replacing("_part_1_of_", with: "_part_2_of_")]
    }

    /// Takes a backup when it is its turn, tells of each step, and prunes after a success.
    func create(
        _ order: BackupOrder, jobs: [String], observe: @escaping BackupObserver = { _ in }
    ) async throws(BackupError) -> Backup {
        try await operate(jobs, observe) { (repository, observe) throws(BackupError) in
            try await repository.create(order, observe: observe)
        }
    }

    /// Goes on with what an earlier run, or another host, has begun.
    func takeUpUnfinished() async {
        let backups: [Backup]
        do throws(BackupError) {
            backups = try await repository.unfinished()
        } catch {
            return log(LogEntry(.engineTrouble, .warning, "what is unfinished can't be told: \(error)", error.fields))
        }
        for backup in backups {
            submit {
                _ = try? await self.operate(backup.metadata?.due?.jobs ?? [], { _ in }) {
                    (repository, observe) throws(BackupError) in
                    try await repository.takeUp(try await repository.find(backup.id), observe: observe)
                }
            }
        }
    }

    /// Runs one operation that ends in a backup: counted, logged, and followed by retention.
    private func operate(
        _ jobs: [String], _ observe: @escaping BackupObserver,
        _ operation:
            @escaping @Sendable (BackupRepository, @escaping BackupObserver) async throws(BackupError) -> Backup
    ) async throws(BackupError) -> Backup {
        let (repository, told) = (repository, observer(jobs))
        let result = await queue.run { () async -> Result<Backup, BackupError> in
            let reported = Reported()
            do throws(BackupError) {
                return .success(
                    try await operation(repository) { event in
                        if case .failed = event.step { reported.mark() }
                        told(event)
                        observe(event)
                    })
            } catch {
                // What failed before there was an id to speak of has told nobody yet.
                if !reported.isMarked { self.noteFailure(error, jobs) }
                return .failure(error)
            }
        }
        observations.update { state in
            switch result {
            case .success: state.count(.success, jobs)
            // Stopped with the process: another run takes it up, and counts it.
            case .failure(let error) where error.code == .cancelled: break
            case .failure: state.count(.failed, jobs)
            }
        }
        await look()
        if case .success = result { await prune() }
        return try result.get()
    }

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

    /// Deletes a backup.
    package func delete(_ id: BackupID) async throws(BackupError) {
        try await change { (repository, observe) throws(BackupError) in
            try await repository.delete(id, observe: observe)
        }
    }

    /// Stops a backup in progress and deletes its snapshots; not queued, since it is the running one that it stops.
    package func cancel(_ id: BackupID) async throws(BackupError) {
        try await repository.cancel(id, observe: observer([]))
        await look()
    }

    private func change(
        _ operation: @escaping @Sendable (BackupRepository, @escaping BackupObserver) async throws(BackupError) -> Void
    ) async throws(BackupError) {
        let (repository, told) = (repository, observer([]))
        let result = await queue.run { () async -> Result<Void, BackupError> in
            do throws(BackupError) { return .success(try await operation(repository, told)) } catch {
                return .failure(error)
            }
        }
        await look()
        try result.get()
    }

    /// Applies retention.
    func prune() async {
        let pruning = Pruning(repository: repository, settings: settings)
        let told = observer([])
        let (removed, failures) = await queue.run { await pruning.run(observe: told) }
        let now = clock.now()
        observations.update { state in
            state.retentionLastRun = now
            if failures.isEmpty {
                state.retentionLastSuccess = now
                state.retentionFailure = nil
            }
            for decision in removed {
                for job in decision.candidate.jobs.isEmpty ? [""] : decision.candidate.jobs {
                    state.removed.add(1, ["job": job, "reason": decision.reasons[0]])
                }
            }
            for error in failures {
                state.retentionFailures.add(1, .none)
                state.retentionFailure = .init(time: now, message: "\(error)")
            }
        }
        for error in failures { log(LogEntry(.retentionFailed, .error, "retention: \(error)", error.fields)) }
        if !removed.isEmpty { await look() }
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
        try await repository.inspect(id)
    }
}
