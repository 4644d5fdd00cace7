package import BackupDaemon
internal import Configuration
internal import Scheduling
package import Time

/// One process of the daemon, from its start to its end, as the ledger knows it.
package final class Life: CustomStringConvertible {
    let name: String
    let host: String
    /// By the host's clock.
    let start: Instant
    /// The true time of the start.
    let startTime: Instant
    let firstSettings: DaemonSettings
    private(set) var settings: DaemonSettings
    /// When the newest good backup of each job was due at the start.
    let newestGood: [String: Instant]
    /// The life before it on that host.
    private let before: Life?
    /// What the host's clock, and the monotonic one since the start, showed last.
    private(set) var wall: Instant
    private(set) var uptime = Duration.zero
    /// Fire times that have come.
    private(set) var came: [Ledger.FireTimeOfJob: Coming] = [:]
    /// As told; what a clock that was wrong had made missed is taken back when it is set right.
    var outcomes: [Ledger.FireTimeOfJob: [Outcome]] = [:]
    /// Called missed before they had truly come.
    var missedEarly: Set<Ledger.FireTimeOfJob> = []
    /// Those that had none when it ended.
    var open: Set<Ledger.FireTimeOfJob> = []
    var hasEnded = false
    /// What `_runs_total` should tell, by job.
    private(set) var counts: [String: [Outcome: Int]] = [:]
    /// All that each job was configured as.
    private(set) var configured: [String: [JobSettings]] = [:]
    /// When each job was paused by the configuration, by the host's clock; the last one may not have ended.
    private var pauses: [(job: String, from: Instant, to: Instant?)] = []
    /// When a clock was first set, or the machine suspended, by the monotonic clock.
    private(set) var firstJump: Duration?
    private(set) var wasSetBack = false
    private var firstReload: Duration?
    /// When a reload brought each job, changed when it is due, or ended its pause, by the host's clock.
    private(set) var changes: [String: Instant] = [:]

    /// How a fire time came: when by the monotonic clock, and whether the configuration paused the job.
    struct Coming {
        let uptime: Duration
        let isPaused: Bool
    }

    init(
        _ name: String, on host: String, _ settings: DaemonSettings, wall: Instant, now: Instant,
        newestGood: [String: Instant], after before: Life?
    ) {
        (self.name, self.host, self.settings, firstSettings) = (name, host, settings, settings)
        (start, startTime, self.wall, self.newestGood, self.before) = (wall, now, wall, newestGood, before)
        configure(settings)
        // The configuration has not changed while nobody was there.
        for job in settings.jobs where job.isPaused && before?.isPausedAtEnd(job.name) ?? false {
            pauses.append((job.name, before?.wall ?? wall, wall))
        }
    }

    package var description: String { "\(host) (\(name))" }

    private func configure(_ settings: DaemonSettings) {
        self.settings = settings
        let names = Set(settings.jobs.map(\.name))
        counts = counts.filter { $0.key.isEmpty || names.contains($0.key) }
        for job in settings.jobs { configured[job.name, default: []].append(job) }
        for index in pauses.indices where pauses[index].to == nil { pauses[index].to = wall }
        for job in settings.jobs where job.isPaused { pauses.append((job.name, wall, nil)) }
    }

    /// Time has passed.
    package func pass(to wall: Instant, uptime: Duration) {
        comes(upTo: wall) { self.uptime + ($0 - self.wall) }
        (self.wall, self.uptime) = (wall, uptime)
    }

    /// The host's clock was set, or the machine wakes.
    package func jump(to wall: Instant) {
        firstJump = firstJump ?? uptime
        if wall < self.wall {
            wasSetBack = true
            // They will come again, unless they have ended.
            came = came.filter { $0.key.time <= wall }
            outcomes = outcomes.filter { $0.key.time <= wall || $0.value != [.missed] }
            missedEarly = missedEarly.filter { $0.time <= wall }
        }
        comes(upTo: wall) { _ in self.uptime }
        self.wall = wall
    }

    private func comes(upTo wall: Instant, _ uptime: (Instant) -> Duration) {
        guard wall > self.wall else { return }
        for job in settings.jobs {
            var cursor = self.wall
            while let time = job.nextFireTime(after: cursor)?.time, time <= wall {
                cursor = time
                came[.init(job.name, time)] = Coming(uptime: uptime(time), isPaused: job.isPaused)
            }
        }
    }

    /// Another configuration is in force.
    package func reload(_ settings: DaemonSettings) {
        firstReload = firstReload ?? uptime
        let before = Dictionary(uniqueKeysWithValues: self.settings.jobs.map { ($0.name, $0) })
        for job in settings.jobs {
            let old = before[job.name]
            if !(old?.hasSameFireTimes(as: job) ?? false) || old?.isPaused ?? false { changes[job.name] = wall }
        }
        configure(settings)
    }

    /// Outcomes that the daemon counts, of fire times or of what was taken by hand.
    package func count(_ outcome: Outcome, _ job: String, times: Int = 1) {
        counts[job, default: [:]][outcome, default: 0] += times
    }

    func hasOutcome(_ fire: Ledger.FireTimeOfJob) -> Bool { outcomes[fire] != nil || missedEarly.contains(fire) }

    /// Whether a job that it has, or had, is never due then.
    func isFalse(_ fire: Ledger.FireTimeOfJob) -> Bool {
        guard let versions = configured[fire.job] else { return false }
        return !versions.contains { $0.nextFireTime(after: fire.time - .microseconds(1))?.time == fire.time }
    }

    /// Whether what it tells of the past can be held against it: its clock was right, and went on evenly for that long.
    func isTrusted(for patience: Duration) -> Bool {
        hasRightClock && uptime > patience && hasEnded && firstJump.map { $0 > patience } ?? true
    }

    var hasRightClock: Bool { max(start - startTime, startTime - start) < .seconds(60) }

    func isReloaded(before patience: Duration) -> Bool { firstReload.map { $0 < patience } ?? false }

    /// The life on this host in which a fire time was left open.
    func ancestor(with fire: Ledger.FireTimeOfJob) -> Life? {
        var life = before
        while let ancestor = life, !ancestor.open.contains(fire) { life = ancestor.before }
        return life
    }

    /// Whether the configuration paused a job all that time.
    func isPaused(_ job: String, throughout span: ClosedRange<Instant>) -> Bool {
        pauses.contains {
            $0.job == job && $0.from <= span.lowerBound
                && $0.to.map { $0 >= span.upperBound } ?? (wall >= span.upperBound)
        }
    }

    /// Whether the configuration paused a job at some moment of it.
    func isPaused(_ job: String, within span: ClosedRange<Instant>) -> Bool {
        pauses.contains { $0.job == job && $0.from <= span.upperBound && $0.to.map { $0 >= span.lowerBound } ?? true }
    }

    private func isPausedAtEnd(_ job: String) -> Bool { settings.jobs.contains { $0.name == job && $0.isPaused } }
}
