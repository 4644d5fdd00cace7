package import Backups
package import ElasticsearchClient
internal import Engines
package import Time

/// What a look at the repository showed, worked out once for all that tell of it.
package struct SeenRepository: Sendable {
    /// What it holds of one job, the newest first, those that are dated in the future included.
    struct OfJob: Sendable {
        /// Where its backups stand among all.
        fileprivate(set) var places: [Int32] = []
        /// Where its good ones do.
        fileprivate var goodPlaces: [Int32] = []
        /// When the good ones were due or began.
        fileprivate var successes: [Instant] = []
        /// When they began, the last to begin first.
        fileprivate var starts: [Instant] = []
        /// From when on each is not dated in the future, the last first.
        fileprivate var dates: [Instant] = []
        /// Of the schedule by which the newest scheduled one was taken, whatever became of it; none if nobody knows.
        fileprivate(set) var scheduleHashes: [String] = []
        /// The same of the newest good one.
        fileprivate(set) var goodScheduleHashes: [String] = []
        /// What was begun since the newest good one, and has come to nothing so far, the newest first.
        fileprivate(set) var attempts: [(time: Instant, scheduleHashes: [String])] = []
        /// When those that have failed were due or began, several attempts at one fire time once, and from when on they are not dated in the
        /// future.
        fileprivate var failures: [Instant: Instant] = [:]
        /// When one that was the newest good one then was last found good, whoever asked for that.
        fileprivate(set) var verified: [VerificationNote.Kind: Instant] = [:]
        /// Whether each is in its place already, as where no clock was ever wrong.
        fileprivate var isSorted = true
        /// The median of what the good ones took; zero if there is none.
        fileprivate(set) var medianDuration = Duration.zero
    }

    /// What it holds of one job at a moment: what a wrong clock has dated in the future is not there yet.
    struct Present: Sendable {
        var newest: Backup?
        var newestGood: Backup? { recentGood.first }
        /// The newest good one, and those before it that tell what is usual.
        var recentGood: [Backup] = []
        /// Of those that have failed since the newest good one, several attempts at one fire time once: when it was due or began, and ended.
        var failures: [(time: Instant, end: Instant)] = []
        /// When the oldest good one was due or began.
        var oldestGood: Instant?
        /// When the newest good one was due or began.
        var lastSuccess: Instant?
        /// When the last one to begin began.
        var lastStart: Instant?
        /// When, by the host's clock, time alone changes this.
        var nextChange: Instant?
    }

    /// When the look began.
    package private(set) var time: Instant
    /// The same by the monotonic clock.
    package private(set) var uptime: Duration
    package let engine: EngineDescription
    package let markers: Markers
    /// Of the look: an equal one has shown the same.
    let revision: Int
    /// Snapshots of ours, by name, that can't be read.
    package let unreadable: [String]
    /// By how much the engine's clock is ahead of the host's.
    private(set) var engineLead: Duration
    /// Newest first.
    let backups: [Backup]
    /// By name, those that are no longer configured included.
    let jobs: [String: OfJob]
    /// Those that can be read.
    let counts: [BackupState: Int]
    let unreadableCount: Int
    let heldCount: Int
    /// Good ones that the engine refuses to restore, and what is left.
    let refused: RefusedBackups

    /// - Parameter engineLead: by how much the engine's clock is ahead of the host's.
    init(_ look: RepositoryLook, time: Instant, uptime: Duration, engineLead: Duration = .zero) {
        (self.time, self.uptime, self.engineLead, backups) = (time, uptime, engineLead, look.backups)
        (engine, markers, unreadable, revision) = (look.engine, look.markers, look.unreadable, look.revision)
        var (jobs, durations): ([String: OfJob], [String: [Duration]]) = ([:], [:])
        var (counts, unreadableCount, heldCount): ([BackupState: Int], Int, Int) = ([:], 0, 0)
        for (place, backup) in look.backups.enumerated() {
            if backup.isUnreadable { unreadableCount += 1 } else { counts[backup.state, default: 0] += 1 }
            if backup.hold != nil { heldCount += 1 }
            for job in backup.jobs {
                jobs[job, default: OfJob()].take(backup, of: job, at: Int32(place))
                if backup.state == .completed, let duration = backup.duration {
                    durations[job, default: []].append(duration)
                }
            }
        }
        for job in jobs.keys { jobs[job]?.sort() }
        for (job, durations) in durations { jobs[job]?.medianDuration = durations.sorted()[durations.count / 2] }
        refused = RefusedBackups(look.backups, at: time + engineLead)
        (self.jobs, self.counts, self.unreadableCount, self.heldCount) = (jobs, counts, unreadableCount, heldCount)
    }
}

extension SeenRepository {
    /// What a later look showed: where nothing has changed, the same at another time.
    func after(
        _ look: RepositoryLook, time: Instant, uptime: Duration, engineLead: Duration = .zero
    ) -> SeenRepository {
        guard look.revision == revision else {
            return SeenRepository(look, time: time, uptime: uptime, engineLead: engineLead)
        }
        var seen = self
        (seen.time, seen.uptime, seen.engineLead) = (time, uptime, engineLead)
        return seen
    }

    /// The newest good backup that nobody has found damaged, that the engine does not refuse and that an Optimize of a version opens; of
    /// any version for nil.
    ///
    /// - Parameter former: backups of clusters that were ours, which count where this one has none.
    func newestRestorable(of version: String?, or former: [Backup] = []) -> Backup? {
        let present = time + engineLead
        func isRestorable(_ backup: Backup) -> Bool {
            backup.state == .completed && backup.restorability?.isRestorable != false && !backup.isAhead(of: present)
                && backup.verification?.verification?.outcome != .failed
                && (version.map { $0 == backup.version } ?? true)
        }
        return backups.first(where: isRestorable)
            ?? former.filter(isRestorable).max { ($0.startTime ?? present) < ($1.startTime ?? present) }
    }

    /// What it holds of a job at a moment.
    ///
    /// - Parameter now: by the host's clock; what lies in the future is told by the engine's.
    func present(of job: String, at now: Instant) -> Present {
        guard let own = jobs[job] else { return Present() }
        let now = now + engineLead
        func isThere(_ place: Int32) -> Bool { !backups[Int(place)].isAhead(of: now) }
        func backup(_ place: Int32?) -> Backup? { place.map { backups[Int($0)] } }
        let lastSuccess = own.successes.first { $0 <= now }
        let lastEnd = backup(own.goodPlaces.first(where: isThere))?.latestTime
        // An attempt that came late belongs to a fire time that has its good backup; a success that came late ends what failed before it.
        let failures = own.failures.filter { time, date in
            date <= now && lastSuccess.map { time > $0 } ?? true && lastEnd.map { date > $0 } ?? true
        }
        return Present(
            newest: backup(own.places.first(where: isThere)),
            recentGood: own.goodPlaces.lazy.filter(isThere).prefix(1 + Baseline.maximumCount).compactMap(backup),
            failures: failures.map { ($0, $1) },
            oldestGood: backup(own.goodPlaces.last(where: isThere))?.time,
            lastSuccess: lastSuccess, lastStart: own.starts.first { $0 <= now },
            nextChange: own.nextDate(after: now).map { $0 - engineLead })
    }
}

extension SeenRepository.OfJob {
    /// The longest time between two successes of late; nil if there are not two.
    var longestPause: Duration? { zip(successes, successes.dropFirst()).prefix(10).map { $0 - $1 }.max() }

    /// Takes in one backup; they come newest first.
    fileprivate mutating func take(_ backup: Backup, of job: String, at place: Int32) {
        if scheduleHashes.isEmpty { scheduleHashes = backup.scheduleHashes(of: job) }
        places.append(place)
        if let start = backup.startTime {
            if let last = starts.last, last < start { isSorted = false }
            starts.append(start)
        }
        if let date = backup.latestTime {
            if let last = dates.last, last < date { isSorted = false }
            dates.append(date)
        }
        guard backup.state == .completed else {
            let hashes = backup.scheduleHashes(of: job)
            let hasFailed = backup.state != .inProgress && !backup.isUnreadable
            if hasFailed, let time = backup.time { failures[time] = backup.latestTime }
            if goodPlaces.isEmpty, !hashes.isEmpty, let time = backup.time { attempts.append((time, hashes)) }
            return
        }
        if goodPlaces.isEmpty { goodScheduleHashes = backup.scheduleHashes(of: job) }
        if let report = backup.verification, let note = report.verification, note.outcome == .success,
            successes.last.map({ $0 > report.date }) ?? true
        {
            verified[note.kind] = max(verified[note.kind] ?? report.date, report.date)
        }
        goodPlaces.append(place)
        if let time = backup.time { successes.append(time) }
    }

    /// Once all are taken in: those of a wrong clock have not begun in the order in which they were due.
    fileprivate mutating func sort() {
        guard !isSorted else { return }
        starts.sort(by: >)
        dates.sort(by: >)
    }

    /// When something of it is no longer in the future; nil if nothing is.
    fileprivate func nextDate(after now: Instant) -> Instant? {
        [successes, starts, dates].compactMap { dates in dates.prefix { $0 > now }.last }.min()
    }
}
