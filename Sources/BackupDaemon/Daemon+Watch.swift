internal import Backups
internal import ElasticsearchClient
internal import Time

extension Daemon {
    /// Looks at the repository once in a while, so that whatever runs there is watched by somebody.
    func watch() async {
        while true {
            let runsSomething = observed.look?.backups.contains { $0.state == .inProgress } ?? false
            let pause = min(watchInterval, runsSomething ? .seconds(60) : .seconds(21_600))
            guard (try? await clock.sleep(for: pause)) != nil else { return }
            await look()
        }
    }

    /// A quarter of the time in which a part 2 may follow: so often somebody has to see that it is missing.
    private nonisolated var watchInterval: Duration { max(repository.settings.takeUpWithin / 4, .seconds(5)) }

    /// Sees to what a look has shown: whoever began it may be gone, and whoever cancelled it may have met it on its way.
    func tend(_ look: RepositoryLook) {
        guard !isTending else { return }
        isTending = true
        submit {
            await self.endWhatMustNotRun(look)
            await self.endTending()
        }
        for backup in look.backups where isAbandoned(backup) { takeUp(backup) }
    }

    private func endTending() { isTending = false }

    /// Deletes what runs though it was cancelled, or for longer than `backup.timeout`.
    private func endWhatMustNotRun(_ look: RepositoryLook) async {
        let running = look.backups.filter { $0.parts.contains { $0.snapshot.state == .inProgress } }
        guard !running.isEmpty else { return }
        let cancelled = (try? await repository.removeCancelled(running, look.markers)) ?? []
        for id in cancelled {
            log(
                LogEntry(
                    .backupDeleted, .notice, "backup \(id): deleted what still ran of it, since it was cancelled",
                    [.init("BACKUP_ID", id.description)]))
        }
        for name in (try? await repository.removeOverdue()) ?? [] {
            log(
                LogEntry(
                    .backupDeleted, .error, "\(name) ran for longer than backup.timeout, and has been deleted",
                    [.init("SNAPSHOT", name), .init("SETTING", "backup.timeout")]))
        }
    }

    /// Whether whoever began a backup may be gone: it has run for a while, or part 1 has ended and part 2 does not come.
    ///
    /// Two that watch the same do no harm: each finds what the other has ordered.
    private func isAbandoned(_ backup: Backup) -> Bool {
        guard backup.state == .inProgress, let start = backup.startTime else { return false }
        let end = backup.parts.count == 1 ? backup.parts[0].snapshot.endTime : nil
        return repository.engineNow - (end ?? start) > min(watchInterval, .seconds(120))
    }

    /// Goes on with what an earlier run, another host or a command has begun, unless it is being watched here already.
    func takeUp(_ backup: Backup) {
        guard let metadata = backup.metadata, metadata.isUnderstood, observed.jobsOf[backup.id] == nil,
            !(metadata.due.map { trying.contains($0.time) } ?? false), takingUp.insert(backup.id).inserted
        else { return }
        submit {
            await self.goOn(with: backup)
            await self.endTakingUp(backup.id)
        }
    }

    private func endTakingUp(_ id: BackupID) { takingUp.remove(id) }

    private func goOn(with backup: Backup) async {
        await queue.run {}  // its turn comes once what is before it has ended
        // Whoever watched it may have brought it to its end meanwhile, and has told so.
        guard (try? await repository.isInProgress(backup.id)) != false else { return }
        if let due = backup.metadata?.due {
            guard !trying.contains(due.time) else { return }
            return await runAttempts(due.jobs, dueAt: due.time, isTakenUp: true)
        }
        let ending = await operate([]) { (repository, observe) throws(BackupError) in
            try await repository.takeUp(try await repository.find(backup.id), observe: observe)
        }
        await conclude(ending, [])
    }
}
