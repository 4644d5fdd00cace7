internal import Configuration
internal import Scheduling
internal import Time

/// Of each schedule, what has been dealt with and what comes next.
///
/// Pure: times are told to it, and each step says what there is to do. Jobs that are due at the same moment share a backup.
struct Agenda: Sendable {
    fileprivate struct Entry {
        let job: JobSettings
        /// Up to where its fire times have been dealt with.
        var scannedUntil: Instant
        /// Since when backups of it are owed: the start, or the change that brought it, or ended its pause.
        let since: Instant
        /// Whether the daemon has seen that change: then nothing older is owed.
        let isChanged: Bool
        /// The fire time that was handed over last.
        var lastDue: Instant?
        /// The fire times that were handed over or have their backup already; at most a thousand.
        var begun: Set<Instant> = []
        /// The fire times that have ended otherwise than as missed; at most a thousand.
        var ended: Set<Instant> = []
        /// The fire times that have passed in the pause that lasts, or has lasted until now.
        var paused: FireTimes?

        init(_ job: JobSettings, since: Instant, isChanged: Bool) {
            (self.job, self.since, self.isChanged, scannedUntil) = (job, since, isChanged, since)
        }

        mutating func begin(_ time: Instant) {
            lastDue = time
            begun.insert(time, keeping: 1_000)
        }

        /// Notes that fire times have ended because the job is paused; each counts once.
        mutating func pass(_ time: Instant) {
            paused.append(time)
            ended.insert(time, keeping: 1_000)
        }
    }

    /// What there is to do at a moment.
    struct Step: Equatable {
        /// By time.
        var due: [Due] = []
        var missed: [String: FireTimes] = [:]
        /// Those of jobs that the configuration pauses.
        var paused: [String: Passed] = [:]
        /// Come a second time, since the clock was set back; what was begun for them is not begun again.
        var shownAgain: [String: FireTimes] = [:]
        var isPruneDue = false
    }

    /// Fire times that a pause has skipped.
    struct Passed: Equatable {
        let times: FireTimes
        /// Whether they are the first of that pause.
        let isFirst: Bool
    }

    /// A fire time whose backup is to be taken.
    struct Due: Equatable {
        let fire: FireTime
        /// Sorted.
        var jobs: [String]
    }

    /// By the name of the job.
    private var entries: [String: Entry] = [:]
    private var retention: Schedule?
    private var retentionScannedUntil: Instant
    /// The earliest fire time that has not been dealt with, and whose it is.
    private(set) var awaited: Awaited?
    /// When there is something to do next; nil if never.
    private(set) var next: Instant?

    struct Awaited: Sendable, Equatable {
        let time: Instant
        let job: String
    }

    init(_ settings: DaemonSettings, at now: Instant) {
        retentionScannedUntil = now
        for job in settings.jobs { entries[job.name] = Entry(job, since: now, isChanged: false) }
        retention = settings.defaults.schedule
        plan()
    }

    /// Takes over another configuration, once all that has come until then is dealt with; jobs that stay keep their phase.
    mutating func replace(_ settings: DaemonSettings, at now: Instant) {
        let before = entries
        entries = [:]
        for job in settings.jobs {
            var entry = Entry(job, since: now, isChanged: true)
            if let old = before[job.name], old.job.hasSameFireTimes(as: job) {
                if !old.job.isPaused || job.isPaused { entry = Entry(job, since: old.since, isChanged: old.isChanged) }
                (entry.scannedUntil, entry.lastDue) = (old.scannedUntil, old.lastDue)
                (entry.begun, entry.ended, entry.paused) = (old.begun, old.ended, old.paused)
            }
            entries[job.name] = entry
        }
        if settings.defaults.schedule != retention { retentionScannedUntil = now }
        retention = settings.defaults.schedule
        plan()
    }

    /// Since when backups of a job are owed, and whether whatever stands in the repository; nil for one that is not configured.
    func since(_ job: String) -> (time: Instant, isChange: Bool)? { entries[job].map { ($0.since, $0.isChanged) } }

    /// Deals with all that has come until now.
    ///
    /// Of each job the newest fire time is due, if it is not too late; older ones were missed. A clock that was set back shows times
    /// again: what was begun is not begun twice.
    mutating func advance(to now: Instant) -> Step {
        var step = Step()
        var due: [Instant: Due] = [:]
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            var entry = entry
            defer { entries[name] = entry }
            entry.scannedUntil = min(entry.scannedUntil, now)
            guard !entry.job.isPaused else {
                let isFirst = entry.paused == nil
                var passed: FireTimes?
                while let fire = entry.job.nextFireTime(after: entry.scannedUntil), fire.time <= now {
                    entry.scannedUntil = fire.time
                    guard !entry.ended.contains(fire.time), !entry.begun.contains(fire.time) else { continue }
                    passed.append(fire.time)
                    entry.pass(fire.time)
                }
                step.paused[name] = passed.map { Passed(times: $0, isFirst: isFirst) }
                continue
            }
            var (coming, again) = (Coming(), nil as FireTimes?)
            while let fire = entry.job.nextFireTime(after: entry.scannedUntil), fire.time <= now {
                entry.scannedUntil = fire.time
                if entry.begun.contains(fire.time) {
                    again.append(fire.time)
                } else {
                    coming.append(fire, counts: !entry.ended.contains(fire.time))
                }
            }
            step.shownAgain[name] = again
            let fire = coming.due(for: entry.job, at: now)
            step.missed[name] = coming.missed
            guard let fire else { continue }
            entry.begin(fire.time)
            due[fire.time, default: Due(fire: fire, jobs: [])].jobs.append(name)
        }
        step.due = due.sorted { $0.key < $1.key }.map(\.value)
        if let retention, let fire = retention.next(after: min(retentionScannedUntil, now), in: .utc) {
            step.isPruneDue = fire.time <= now
        }
        retentionScannedUntil = now
        plan()
        return step
    }

    private mutating func plan() {
        let coming = entries.values.compactMap { entry in
            entry.job.nextFireTime(after: entry.scannedUntil).map { Awaited(time: $0.time, job: entry.job.name) }
        }
        awaited = coming.min { ($0.time, $0.job) < ($1.time, $1.job) }
        next = [awaited?.time, retention?.next(after: retentionScannedUntil, in: .utc)?.time].compactMap { $0 }.min()
    }
}

extension Agenda {
    /// What becomes of a fire time that lies before the daemon's start.
    enum Past {
        /// It has no backup.
        case missing
        /// It has a backup, or one that is under way, or none will come: waiting can't help, or somebody has cancelled it.
        case settled
        /// It has one that can't be read: it may be good.
        case unreadable
    }

    /// What a start finds of one job.
    struct CatchUp: Equatable {
        var due: FireTime?
        var missed: FireTimes?
        /// Whether a later fire time has come, while the repository could not be seen.
        var isOvertaken = false
    }

    /// Deals with the fire times of a job at which nobody was there.
    ///
    /// - Parameters:
    ///   - last: until when none is owed.
    ///   - start: when the daemon began; what falls due later is for `advance`.
    mutating func catchUp(
        _ name: String, after last: Instant, upTo start: Instant, at now: Instant, past: (Instant) -> Past
    ) -> CatchUp {
        guard let entry = entries[name] else { return CatchUp() }
        var (coming, missing) = (Coming(), [Instant]())
        var cursor = max(last, now - entry.job.catchUpWithin)
        while let fire = entry.job.nextFireTime(after: cursor), fire.time <= start {
            cursor = fire.time
            switch past(fire.time) {
            case .missing:
                coming.append(fire, counts: !entry.ended.contains(fire.time))
                missing.append(fire.time)
            case .settled: coming.settle()
            case .unreadable: break
            }
        }
        let fire = coming.due(for: entry.job, at: now)
        // What becomes of their remains, such as of an order that comes late, is no outcome any more.
        for time in missing where time != fire?.time { entries[name]?.ended.insert(time, keeping: 1_000) }
        let isOvertaken = fire.map { fire in entry.lastDue.map { $0 > fire.time && $0 <= now } ?? false } ?? false
        if let fire, !isOvertaken { entries[name]?.begin(fire.time) }
        return CatchUp(due: fire, missed: coming.missed, isOvertaken: isOvertaken)
    }

    /// Notes that a fire time has come while a marker pauses the job.
    ///
    /// - Returns: whether that is its first outcome, and whether it is the first that the pause has ended.
    mutating func pass(_ job: String, at time: Instant) -> (counts: Bool, isFirst: Bool) {
        guard let entry = entries[job] else { return (true, true) }
        if !entry.ended.contains(time) { entries[job]?.pass(time) }
        return (!entry.ended.contains(time), entry.paused == nil)
    }

    /// Takes note of which jobs are paused; returns the fire times of those whose pause is over.
    mutating func endPauses(but isPaused: (String) -> Bool) -> [String: FireTimes] {
        var over: [String: FireTimes] = [:]
        for (name, entry) in entries where entry.paused != nil && !entry.job.isPaused && !isPaused(name) {
            over[name] = entry.paused
            entries[name]?.paused = nil
        }
        return over
    }

    /// Whether a later fire time of a job has been handed over.
    func isOvertaken(_ job: String, at time: Instant) -> Bool { entries[job]?.lastDue.map { $0 != time } ?? false }

    /// Takes back what was handed over, since the clock was set back before its turn: it will come again.
    mutating func withdraw(_ jobs: [String], at time: Instant) {
        for job in jobs { entries[job]?.begun.remove(time) }
    }

    /// Remembers a fire time that has its backup: a clock that is set back could show it again.
    mutating func recordBegun(_ jobs: [String], at time: Instant) {
        for job in jobs { entries[job]?.begun.insert(time, keeping: 1_000) }
    }

    func hasEnded(_ job: String, at time: Instant) -> Bool { entries[job]?.ended.contains(time) ?? false }

    /// A fire time has ended.
    ///
    /// - Returns: the jobs for which that is its first outcome, whatever is made of its remains.
    mutating func end(_ jobs: [String], at time: Instant) -> [String] {
        jobs.filter { job in
            if entries[job]?.ended.contains(time) ?? false { return false }
            entries[job]?.ended.insert(time, keeping: 1_000)
            return true
        }
    }
}

/// The fire times of a job that have come: the newest of them, and those before it.
private struct Coming {
    private var newest: (fire: FireTime, counts: Bool)?
    private(set) var missed: FireTimes?

    mutating func append(_ fire: FireTime, counts: Bool) {
        if let newest { missed.append(newest.fire.time, counts: newest.counts) }
        newest = (fire, counts)
    }

    /// A later one needs none any more: what lies before it is not run.
    mutating func settle() {
        if let newest { missed.append(newest.fire.time, counts: newest.counts) }
        newest = nil
    }

    /// The newest if it is to be run; else it was missed as well.
    mutating func due(for job: JobSettings, at now: Instant) -> FireTime? {
        guard let (fire, counts) = newest else { return nil }
        let isLate = now - fire.time > .seconds(60)
        if !isLate || job.catchUp == .once && now - fire.time <= job.catchUpWithin { return fire }
        missed.append(fire.time, counts: counts)
        return nil
    }
}

extension Set<Instant> {
    /// Adds an instant; of more than so many the oldest goes.
    fileprivate mutating func insert(_ time: Instant, keeping limit: Int) {
        insert(time)
        while count > limit, let oldest = self.min() { remove(oldest) }
    }
}
