package import Backups
internal import Configuration
internal import PrometheusExposition
internal import Retention
internal import Scheduling
internal import Synchronization
package import Time
internal import Verification

/// How everything stands: what was last seen of the repository, what has happened since the start, and what comes next.
///
/// Events, and time, bring it up to date; /metrics, health, the status line and the list of scheduled tasks only tell it.
package struct Standing: Sendable {
    /// How one job stands.
    struct Job: Sendable {
        let settings: JobSettings
        /// Since when backups of it are owed, and whether a change then has ended what was owed before.
        let since: (time: Instant, isChange: Bool)
        /// The newest failure since the newest success.
        var lastFailure: Failure?
        var consecutiveFailures = 0
        /// When the backup of the last success that this process saw was due or began, and ended; a look may not have shown it yet.
        var lastSucceeded: (time: Instant, end: Instant)?
        /// Nil while nothing is tried, and while a backup is taken.
        var pursuing: Pursuing?
        /// When this process last began a backup of it.
        var lastAttempt: Instant?
        /// Whether nobody goes on looking: then no start is one since when backups are owed.
        var isSeenOnce = false
        /// Of the newest good backup; nil where the engine tells none.
        var size: Backup.Size?
        /// Seconds, of whole backups and of each part.
        var durations = Histogram(bounds: durationBounds)
        var partDurations = [Histogram](repeating: Histogram(bounds: durationBounds), count: 2)
        // What depends on the present.
        /// By configuration, or by a marker.
        var isPaused = false
        /// The next fire time, and the one after; nil while it is paused.
        var next: (time: Instant, after: Instant?)?
        /// What the repository holds of it.
        var held = SeenRepository.Present()
        /// How the newest good backup compares with those before it.
        var baseline = Baseline([])
        /// When a backup of it was last begun, by whomever.
        var lastBegun: Instant?
        /// When a success is next owed; nil before the first look.
        var owed: Instant?
        var isOverdue = false
    }

    /// What is tried for a fire time that has come and has no backup yet.
    enum Pursuing: Sendable {
        /// The last attempt has failed for that reason; another is made at a time.
        case again(attempt: Int, of: Int, at: Instant, String)
        /// Something is in the way.
        case waiting(String)
    }

    package struct Failure: Sendable, Equatable {
        package let time: Instant
        package let message: String
        /// Of a backup that was due: when.
        var due: Instant?
    }

    /// A backup that this process is taking.
    struct Running: Sendable {
        let jobs: [String]
        /// When this process began it, or took it up.
        let start: Instant
        var part = 1
        /// From 0 to 1.
        var progress: Double
    }

    /// Grows with every change.
    package internal(set) var version = 0
    /// Grows with every configuration that is taken over.
    private(set) var configurationVersion = 0
    /// Of Optimize's indices.
    var indexPrefix = ""
    /// Sorted by name.
    var jobs: [Job] = []
    /// The last look that succeeded.
    package internal(set) var seen: SeenRepository?
    /// Why the last look failed, since when looks have failed; nil if it did not.
    var failedLook: Failure?
    /// Why the storage can't be written, and since when; nil while it can, as far as anybody knows.
    var failedWrite: Failure?
    /// How many orders by hand, of no job, have failed since one succeeded; nil while none has ended since the start.
    var failedOrders: Int?
    /// Why the repository is of no use; nil if it is well.
    package var lookFailure: Failure? { failedLook ?? failedWrite }
    var isEngineUp = false
    /// Whether a blob of the repository could be read at the last look.
    var isRepositoryReadable = false
    /// How many snapshots the look that is under way has still to read; nil when none reads.
    var unread: Int?
    /// Why nothing goes by age; nil while the clocks of engine and host agree.
    var clockProblem: String?
    var running: [BackupID: Running] = [:]
    /// How many indices begin with our prefix and are in no backup.
    var uncovered: Int?
    /// Of which version Optimize is; nil where nothing tells.
    var optimizeVersion: String?
    /// When the newest backup began that could be restored now, and opened by the running Optimize.
    var restorable: Instant?
    /// Of restores that ended since the start; the label is the outcome.
    var restores = CounterSet()
    /// Other clusters with backups of our prefix in the repository.
    var clusters: [OtherCluster] = []
    /// The uuids of those that write while ours does.
    var rivals: Set<String> = []
    /// Indices that are gone although nothing explains it; nil before the first look.
    var vanished: [Lost]?
    /// How long they are told of.
    var keepVanishedFor: Duration { retentionDefaults.keepVanishedFor }
    var retentionDefaults = RetentionDefaults()
    var retentionRules = RetentionRules()
    var retention = RetentionStanding()
    var reload: (succeeded: Bool, time: Instant)?
    /// Why the newest configuration is not in force; nil if it is.
    var refusal: (time: Instant, reason: String, needsRestart: Bool)?
    /// The earliest fire time that has not been dealt with.
    var awaited: Agenda.Awaited?
    // Of these counters the first label is the job.
    var runs = CounterSet()
    var retries = CounterSet()
    /// What is being verified here.
    var verifying: VerificationRequest?
    /// The other labels are kind and outcome.
    var verifications = CounterSet()
    /// The times between which what depends on the present stays as it is.
    private var validity: Range<Instant>?

    struct RetentionStanding: Sendable {
        var lastRun: Instant?
        var lastSuccess: Instant?
        var failure: Failure?
        /// How many backups of each job would have gone, had anything been deleted; nil while no run has told by the rules of now.
        var reported: [String: Int]?
        /// What was in the way of the last run, which is tried again soon; nil if nothing was.
        var putOff: Failure?
        var removed = CounterSet()
        var failures = CounterSet()
    }

    init() {}

    /// How the last restore ended, by whatever host; nil where no report stands.
    var lastRestore: Marker? { seen?.markers.restored }

    /// The newest backup that could be restored into an Optimize of a version, or of any: ours, or one of a cluster that was.
    func newestRestorable(of version: String?) -> Backup? {
        seen?.newestRestorable(of: version, or: clusters.filter(\.isFormer).flatMap(\.backups))
    }

    /// Whether a backup is in progress, whoever takes it.
    var hasRunning: Bool { seen?.counts[.inProgress] ?? 0 > 0 }

    /// The backup that this process is taking, the first by id if there are several.
    var firstRunning: (id: BackupID, running: Running)? {
        running.min { $0.key.description < $1.key.description }.map { ($0.key, $0.value) }
    }

    /// How far a backup is that this process is taking, from 0 to 1; nil for any other.
    package func progress(of id: BackupID) -> Double? { running[id]?.progress }

    /// Changes the jobs of those names.
    mutating func change(_ names: [String], _ change: (inout Job) -> Void) {
        for index in jobs.indices where names.contains(jobs[index].settings.name) { change(&jobs[index]) }
    }

    /// Takes over the configured jobs, and forgets what is known of others.
    mutating func configure(_ settings: DaemonSettings, _ agenda: Agenda) {
        if (retentionDefaults, retentionRules) != (settings.defaults, settings.rules) { retention.reported = nil }
        (retentionDefaults, retentionRules) = (settings.defaults, settings.rules)
        configurationVersion += 1
        let before = Dictionary(uniqueKeysWithValues: jobs.map { ($0.settings.name, $0) })
        jobs = settings.jobs.map { settings in
            var job = Job(
                settings: settings, since: agenda.since(settings.name) ?? (Instant(secondsSinceEpoch: 0), false))
            guard let old = before[settings.name] else { return job }
            (job.lastFailure, job.consecutiveFailures) = (old.lastFailure, old.consecutiveFailures)
            (job.lastAttempt, job.size, job.pursuing) = (old.lastAttempt, old.size, old.pursuing)
            job.lastSucceeded = old.lastSucceeded
            (job.durations, job.partDurations) = (old.durations, old.partDurations)
            return job
        }
        let names = Set(settings.jobs.map(\.name))
        for path in [\Standing.runs, \.retries, \.verifications, \.retention.removed, \.retention.failures] {
            self[keyPath: path].keep { $0[0].isEmpty || names.contains($0[0]) }
        }
        let kinds = settings.jobs.filter { $0.verify.schedule != nil }.map { [$0.name, $0.verify.kind.rawValue] }
        verifications.keep { $0[0].isEmpty || kinds.contains(Array($0.prefix(2))) }
        awaited = agenda.awaited
        outdate()
    }

    /// A fire time that has come a while ago and has not been dealt with, which no job's schedule can explain.
    func leftLying(at now: Instant) -> Agenda.Awaited? {
        awaited.flatMap { now - $0.time > .schedulerPatience ? $0 : nil }
    }

    /// What depends on the present has to be worked out anew.
    mutating func outdate() {
        validity = nil
        version += 1
    }

    /// Works out what depends on the present, unless it is still so: what comes next, and what is owed since when.
    mutating func advance(to now: Instant) {
        guard validity.map({ !$0.contains(now) }) ?? true else { return }
        version += 1
        // What changes by itself: a fire time comes, a success is owed, one that was dated in the future is so no more.
        var changes: [Instant] = []
        for index in jobs.indices {
            jobs[index].advance(to: now, seen)
            let job = jobs[index]
            let owed = job.owed.map { $0 - min(seen?.engineLead ?? .zero, .zero) }
            changes += [job.next?.time, owed, job.since.time, job.held.nextChange, job.lastAttempt].compactMap { $0 }
        }
        if let awaited { changes.append(awaited.time + .schedulerPatience) }
        // Owed is what lies strictly before the present.
        let tick = Duration.microseconds(1)
        let until = changes.flatMap { [$0, $0 + tick] }.filter { $0 > now }.min()
        validity = now..<(until ?? now + .seconds(86_400))
    }
}

extension Standing.Job {
    fileprivate mutating func advance(to now: Instant, _ seen: SeenRepository?) {
        let name = settings.name
        isPaused = settings.isPaused || seen?.markers.pause(of: name) != nil
        let upcoming = settings.nextFireTime(after: now)?.time
        next = isPaused ? nil : upcoming.map { ($0, settings.nextFireTime(after: $0)?.time) }
        held = seen?.present(of: name, at: now) ?? .init()
        baseline = Baseline(held.recentGood)
        // Somebody else may have succeeded since, or where this process has failed.
        if let failure = lastFailure {
            let isLater = held.newestGood?.endTime.map { $0 - (seen?.engineLead ?? .zero) > failure.time } ?? false
            let isDone = held.lastSuccess.map { last in failure.due.map { last >= $0 } ?? false } ?? false
            if isLater || isDone { (consecutiveFailures, lastFailure) = (0, nil) }
        }
        // What is dated in the future, by a clock that was wrong, puts nothing off.
        lastBegun = [held.lastStart, lastAttempt.flatMap { $0 <= now ? $0 : nil }].compactMap { $0 }.max()
        guard let seen else {
            (owed, isOverdue) = (nil, false)
            return
        }
        let bounds = [
            held.lastSuccess, isOwedAnew(seen) ? owedSince(seen) : nil, seen.markers.resumption(of: name),
        ]
        let bound = min(bounds.compactMap { $0 }.max() ?? now, now)
        let margin = settings.overdueAfter ?? max(.seconds(3_600), (seen.jobs[name]?.medianDuration ?? .zero) * 2)
        owed = settings.nextFireTime(after: bound).map { $0.time + margin }
        // What a host that is ahead of the engine has taken just now is dated in the future.
        isOverdue = !isPaused && (owed.map { $0 < min(now, now + seen.engineLead) } ?? false)
    }
}

extension Standing.Job {
    /// How many fire times, and orders by hand, have failed since the last success: what this process has seen, or after a restart the
    /// repository holds.
    var failureCount: Int {
        max(
            consecutiveFailures,
            held.failures.count { time, end in lastSucceeded.map { time > $0.time && end > $0.end } ?? true })
    }

    /// Whether what was owed by the newest success is owed no more: there is none, or it was taken by another schedule.
    private func isOwedAnew(_ seen: SeenRepository) -> Bool {
        guard !since.isChange, held.lastSuccess != nil, let own = seen.jobs[settings.name] else { return true }
        return [own.scheduleHashes, own.goodScheduleHashes].contains {
            !$0.isEmpty && !$0.contains(settings.scheduleHash)
        }
    }

    /// Since when it is then: since the start or the change; or earlier, as an attempt shows that was made by the same schedule.
    ///
    /// So no restart puts off what is owed.
    private func owedSince(_ seen: SeenRepository) -> Instant {
        let own = seen.jobs[settings.name]?.attempts.filter { $0.scheduleHashes.contains(settings.scheduleHash) } ?? []
        // Whoever changes a job, or ends its pause, starts anew.
        guard !since.isChange else { return since.time }
        // Who has not seen the change, and looks once, lets the first fire time after the newest success be.
        if isSeenOnce, let last = held.lastSuccess { return settings.nextFireTime(after: last)?.time ?? since.time }
        // The fire time of an attempt is owed itself; and whoever has changed the schedule before a start is excused for two of the longest
        // pauses between successes.
        let pause = seen.jobs[settings.name]?.longestPause ?? .seconds(7 * 86_400)
        let excuses = [since.time, held.lastSuccess.map { $0 + pause * 2 }].compactMap { $0 }
        return (excuses + own.map { $0.time - .microseconds(1) }).min() ?? since.time
    }
}

/// Seconds, from a second to twelve hours.
private let durationBounds: [Double] = [
    1, 2, 5, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200,
]

extension Duration {
    /// After a fire time, when one that has not been dealt with means that the scheduler has stopped.
    static let schedulerPatience = Duration.seconds(60)
}

/// The standing as all parts of the daemon share it.
final class SharedStanding: Sendable {
    private let value = Mutex(Standing())

    func at(_ now: Instant) -> Standing {
        value.withLock { standing in
            standing.advance(to: now)
            return standing
        }
    }

    /// As it was last worked out, whatever the time.
    var current: Standing { value.withLock { $0 } }

    func update(_ change: (inout Standing) -> Void) { value.withLock { change(&$0) } }
}
