package import Backups
internal import Configuration
internal import ElasticsearchClient
package import Time

/// Takes backups on schedules and on request, prunes them, and knows how it all stands.
///
/// What it promises is under way in one task group, until it ends; who asked for it may hang up.
package actor Daemon {
    let repository: BackupRepository
    let log: LogSink
    private let settled: @Sendable (Outcome, String, Instant) -> Void
    let observations = SharedObservations()
    let queue = SerialQueue()
    package internal(set) var settings: DaemonSettings
    /// Of each job, up to where its fire times have been dealt with.
    var scannedUntil: [String: Instant] = [:]
    var retentionScannedUntil: Instant?
    /// Of each job, the fire time that was handed over last.
    var lastDue: [String: Instant] = [:]
    /// Of each job, the fire times that were handed over or have their backup already; at most a thousand.
    var started: [String: Set<Instant>] = [:]
    /// Of each job, the fire times that have ended otherwise than as missed; at most a thousand.
    private var ended: [String: Set<Instant>] = [:]
    /// Of each job, since when backups of it are owed: the start, or the change that brought it.
    var watchedSince: [String: Instant] = [:]
    private let work: AsyncStream<@Sendable () async -> Void>
    private let accept: AsyncStream<@Sendable () async -> Void>.Continuation
    private var isLooking = false
    /// A look that has not begun, for all who ask meanwhile.
    var nextLook: Promise<Result<[Backup], BackupError>>?
    /// One look at a time of those that are asked for.
    let looks = SerialQueue()
    /// Whether what a look has shown is being seen to.
    var isTending = false
    /// Fire times for which this process tries to get a backup.
    var trying: Set<Instant> = []
    /// Backups that others began, and that wait for their turn here or are gone on with.
    var takingUp: Set<BackupID> = []
    /// When the last look ended, by the monotonic clock.
    var lookedAt: Duration?
    /// When the storage was last asked whether it can be written, by the monotonic clock.
    var verifiedAt: Duration?
    /// What was told of the repository, so that nothing is told twice.
    var told = ToldOfRepository()
    /// Whether a prune has to be made up for, once everything is read.
    var owesPrune = false
    /// Given once the first look has ended.
    let firstLookEnded = Wakeup()
    /// Given by a reload, for the scheduler to plan anew.
    let jobsChanged = Wakeup()

    /// - Parameter settled: told how each fire time of each job ended.
    package init(
        repository: BackupRepository, settings: DaemonSettings, log: @escaping LogSink,
        settled: @escaping @Sendable (Outcome, _ job: String, Instant) -> Void = { _, _, _ in }
    ) {
        self.repository = repository
        self.settings = settings
        self.log = log
        self.settled = settled
        (work, accept) = AsyncStream.makeStream()
    }

    package nonisolated var clock: any Clock { repository.client.clock }

    /// What has been counted and seen so far.
    package nonisolated var observed: Observations { observations.current }

    /// Runs until the task is cancelled: takes up what is unfinished, then takes backups as they fall due or are asked for.
    package func run() async {
        let start = clock.now()
        for job in settings.jobs {
            scannedUntil[job.name] = start
            watchedSince[job.name] = start
        }
        retentionScannedUntil = start
        await withDiscardingTaskGroup { group in
            group.addTask { await self.startUp(since: start) }
            group.addTask { await self.schedule() }
            group.addTask { await self.watch() }
            for await work in work { group.addTask { await work() } }
            group.cancelAll()
        }
    }

    /// Counts how fire times of some jobs ended; every one ends once, whatever is made of its remains.
    func settle(_ outcome: Outcome, _ jobs: [String], at times: some Collection<Instant>) {
        for job in jobs {
            let fresh = times.filter { !(ended[job]?.contains($0) ?? false) }
            observations.update { $0.count(outcome, [job], times: fresh.count) }
            for time in fresh { settled(outcome, job, time) }
            // What a wrong clock made missed may come again.
            if outcome != .missed { for time in fresh { ended[job, default: []].insert(time, keeping: 1_000) } }
        }
    }

    /// Hands over work that goes on when whoever asked for it has gone.
    func submit(_ work: @escaping @Sendable () async -> Void) {
        accept.yield(work)
    }

    /// Takes another configuration; what runs goes on, and jobs that stay keep their phase.
    package func reload(_ settings: DaemonSettings) {
        let now = clock.now()
        for job in settings.jobs
        where !self.settings.jobs.contains(where: { $0.name == job.name && $0.hasSameFireTimes(as: job) }) {
            scannedUntil[job.name] = now
            watchedSince[job.name] = now
            lastDue[job.name] = nil
            started[job.name] = nil
            ended[job.name] = nil
        }
        if settings.defaults.schedule != self.settings.defaults.schedule { retentionScannedUntil = now }
        self.settings = settings
        observations.update { state in
            state.reload = (true, now)
            state.refusal = nil
            state.forget(allBut: Set(settings.jobs.map(\.name)))
        }
        log(LogEntry(.configurationReloaded, .notice, "the new configuration is in force: \(settings.jobs.count) jobs"))
        jobsChanged.wake()
    }

    /// Takes note of a configuration that was refused.
    package func refuse(_ reason: String) {
        let now = clock.now()
        observations.update { state in
            state.reload = (false, now)
            state.refusal = reason
        }
        log(
            LogEntry(
                .configurationRefused, .error, "the new configuration is wrong, the old one stays in force: \(reason)"))
    }

    /// Starts a look, for the next who asks, if the last one is older than half a minute.
    package func lookIfStale() {
        guard !isLooking, lookedAt.map({ clock.uptime() - $0 > .seconds(30) }) ?? true else { return }
        isLooking = true
        submit {
            await self.look()
            await self.endLook()
        }
    }

    private func endLook() { isLooking = false }
}

extension Set<Instant> {
    /// Adds an instant; of more than so many the oldest goes.
    mutating func insert(_ time: Instant, keeping limit: Int) {
        insert(time)
        while count > limit, let oldest = self.min() { remove(oldest) }
    }
}
