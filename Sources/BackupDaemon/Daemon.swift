package import Backups
internal import Configuration
internal import ElasticsearchClient
package import Time
internal import Waiting

/// Takes backups on schedules and on request, prunes them, and knows how it all stands.
///
/// The parts that do so are put together here; what people ask for goes through here, too.
package final class Daemon: Sendable {
    let operations: Operations
    let lookout: Lookout
    let scheduler: Scheduler
    private let caretaker: Caretaker
    /// Given once the first look has ended.
    private let firstLook = Promise<Void>()

    /// - Parameter observe: told everything that happens.
    package init(repository: BackupRepository, settings: DaemonSettings, observe: @escaping DaemonObserver) {
        operations = Operations(repository, observe: observe)
        lookout = Lookout(operations)
        scheduler = Scheduler(operations, lookout, settings)
        caretaker = Caretaker(operations, scheduler)
    }

    var repository: BackupRepository { operations.repository }
    package var clock: any Clock { operations.clock }

    /// How everything stands now; it asks nobody.
    package var standing: Standing { operations.standing.at(clock.now()) }

    /// How old what the last good look has shown is; nil if there was none.
    package var ageOfLook: Duration? {
        operations.standing.current.seen.map { max(clock.uptime() - $0.uptime, .zero) }
    }

    /// Runs until the task is cancelled: takes up what is unfinished, then takes backups as they fall due or are asked for.
    package func run() async {
        let start = clock.now()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.startUp(since: start) }
            group.addTask { await self.scheduler.run() }
            group.addTask { await self.lookout.run() }
            group.addTask { await self.caretaker.run(self.lookout.shown) }
            await operations.run()
            group.cancelAll()
        }
    }

    /// Takes over another configuration; what runs goes on, and jobs that stay keep their phase.
    package func reload(_ settings: DaemonSettings) async { await scheduler.reload(settings) }

    /// Tells what happens around the daemon.
    package func emit(_ kind: DaemonEvent.Kind) { operations.emit(kind) }

    /// A look that has begun after it was asked for; all who ask while another is under way share the next.
    package func sharedLook() async -> Result<[Backup], BackupError> { await lookout.sharedLook() }

    /// Starts a look, for the next who asks, if the last one is older than half a minute.
    package func lookIfStale() async { await lookout.lookIfStale() }

    /// Returns once every part of it has had its turn: it lives.
    package func passThrough() async {
        _ = await scheduler.settings
        await lookout.passThrough()
    }

    /// Waits until the first look at the repository has ended, whatever it showed.
    package func waitForFirstLook() async { await firstLook.wait() }

    /// Once the repository can be seen: goes on with what is unfinished, and runs what was missed.
    ///
    /// - Parameter start: when the daemon began; what falls due later is the scheduler's.
    private func startUp(since start: Instant) async {
        guard let look = await firstGoodLook() else { return }
        let jobs = operations.standing.current.jobs.map(\.settings.name)
        for job in jobs { operations.emit(.jobStands(job, newest: look.backups.first { $0.isFor(job) })) }
        for backup in look.backups where backup.state == .inProgress { await caretaker.takeUp(backup) }
        await scheduler.catchUp(look, upTo: start)
        await scheduler.makeUpForPrune()
        await readBack(jobs, look)
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
                guard (try? await clock.sleep(for: backoff.next(repository.client.random))) != nil else { return nil }
            }
        }
    }

    /// What a look at the snapshots doesn't tell: how large each job's newest good backup is, and which indices none covers.
    private func readBack(_ jobs: [String], _ look: RepositoryLook) async {
        if let selection = try? await repository.selectIndices() {
            operations.emit(.coverageRead(uncovered: selection.uncovered.count))
        }
        for job in jobs {
            guard let newest = look.backups.first(where: { $0.state == .completed && $0.isFor(job) }),
                let size = try? await repository.size(of: newest)
            else { continue }
            operations.emit(.sizeRead(job: job, size))
        }
    }
}

extension Backup {
    /// Whether it was taken for a job, perhaps among others.
    func isFor(_ job: String) -> Bool { metadata?.due?.jobs.contains(job) ?? false }
}
