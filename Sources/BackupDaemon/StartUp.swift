internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import Time
internal import Waiting

/// What a daemon does once when it starts.
struct StartUp: Sendable {
    let operations: Operations
    let lookout: Lookout
    let scheduler: Scheduler
    let caretaker: Caretaker
    let verifier: Verifier
    /// Given once the first look has ended.
    let firstLook = Promise<Void>()

    /// Once the repository can be seen: goes on with what is unfinished, and runs what was missed.
    func run() async {
        guard let look = await firstGoodLook() else { return }
        let jobs = operations.standing.current.jobs.map(\.settings.name)
        let now = operations.repository.engineClock.now()
        for job in jobs {
            operations.emit(.jobStands(job, newest: look.backups.first { $0.isFor(job) && !$0.isAhead(of: now) }))
        }
        for backup in look.backups where backup.state == .inProgress { await caretaker.takeUp(backup) }
        await scheduler.catchUp(look)
        await scheduler.makeUpForPrune()
        await readBack(jobs, look)
        operations.submit { [verifier] in await verifier.begin() }
        await readBaselines(jobs, look)
    }

    /// Looks until there is an answer; nil once the task is cancelled.
    private func firstGoodLook() async -> RepositoryLook? {
        var backoff = Backoff(initial: .seconds(2), maximum: .seconds(60))
        while true {
            let result = await lookout.look()
            let isFirst = firstLook.isOpen
            firstLook.give(())
            switch result {
            case .success(let look): return look
            case .failure(let error):
                guard !Task.isCancelled else { return nil }
                if isFirst { operations.emit(.firstLookFailed(error)) }
                guard (try? await operations.clock.sleep(for: backoff.next(operations.repository.client.random))) != nil
                else { return nil }
            }
        }
    }

    /// How large the backups were with which each job's newest is compared; the next look shows it.
    ///
    /// An engine that takes its time over an answer is asked no more.
    private func readBaselines(_ jobs: [String], _ look: RepositoryLook) async {
        var asked: Set<BackupID> = []
        for job in jobs {
            let good = look.backups.lazy.filter { $0.state == .completed && $0.isFor(job) }
            for backup in good.dropFirst().prefix(Baseline.maximumCount) where asked.insert(backup.id).inserted {
                let begin = operations.clock.uptime()
                _ = try? await operations.repository.backups.withSizes(backup)
                guard !Task.isCancelled, operations.clock.uptime() - begin < .seconds(5) else { return }
            }
        }
    }

    /// What a look at the snapshots doesn't tell: how large each job's newest good backup is.
    private func readBack(_ jobs: [String], _ look: RepositoryLook) async {
        let now = operations.repository.engineClock.now()
        for job in jobs {
            guard
                let newest = look.backups.first(where: {
                    $0.state == .completed && $0.isFor(job) && !$0.isAhead(of: now)
                }),
                let size = try? await operations.repository.backups.withSizes(newest).size
            else { continue }
            operations.emit(.sizeRead(job: job, size))
        }
    }
}
