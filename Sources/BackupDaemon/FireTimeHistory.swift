internal import Backups
internal import Configuration
internal import Time

/// What the repository knows of a job's fire times: since when they are owed, and what became of each.
struct FireTimeHistory {
    /// Later ones are owed; nil where none is, since nothing is known of the job under its present schedule.
    let owedAfter: Instant?
    /// By the fire time.
    private let attempts: [Instant: [Backup]]
    private let markers: Markers
    private let unreadable: Set<Instant>
    /// How often a backup is tried.
    private let limit: Int

    /// - Parameter now: by the engine's clock; what is due later is the work of a wrong clock, and says nothing.
    init(of job: JobSettings, in look: RepositoryLook, at now: Instant) {
        let known = look.backups.filter { $0.isFor(job.name) && $0.metadata?.due.map { $0.time <= now } ?? false }
        let attempts = Dictionary(grouping: known) { $0.metadata?.due?.time ?? now }
        self.attempts = attempts
        markers = look.markers
        unreadable = Set(look.backups.filter(\.isUnreadable).compactMap(\.id.fireTime))
        limit = job.retry.attempts
        let times = attempts.keys.sorted()
        let changed = times.last { time in attempts[time]?.contains { !$0.isOfSchedule(of: job) } ?? false }
        let first = times.first { time in changed.map { time > $0 } ?? true }
        let newestGood = times.last { attempts[$0]?.contains { $0.state == .completed } ?? false }
        // The first that is known is owed as well, unless it is the good one.
        let bounds = [first.map { $0 - .microseconds(1) }, newestGood, look.markers.resumption(of: job.name)]
        owedAfter = first == nil ? nil : bounds.compactMap { $0 }.max()
    }

    /// What became of a fire time that is owed.
    func past(_ time: Instant) -> Agenda.Past {
        if unreadable.contains(time) { return .unreadable }
        let own = attempts[time] ?? []
        let isUnderWay = own.contains { $0.state == .inProgress || $0.state == .completed }
        let isJudged = own.contains { $0.failure.map { !BackupError($0, "").isCurableByWaiting } ?? false }
        let isSettled = isUnderWay || isJudged || attemptCount(at: time) >= limit || markers.cancel(of: time) != nil
        return isSettled ? .settled : .missing
    }

    /// How many attempts have left something.
    func attemptCount(at time: Instant) -> Int {
        (attempts[time] ?? []).compactMap { $0.metadata?.due?.attempt }.max() ?? 0
    }
}

extension Backup {
    /// Whether it was taken by the present schedule of a job.
    fileprivate func isOfSchedule(of job: JobSettings) -> Bool {
        scheduleHashes(of: job.name).contains(job.scheduleHash)
    }
}
