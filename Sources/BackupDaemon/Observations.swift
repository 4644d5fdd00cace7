package import Backups
package import ElasticsearchClient
internal import PrometheusExposition
internal import Synchronization
package import Time

/// How a fire time, or an order by hand, ended.
package enum Outcome: String, Sendable, CaseIterable {
    case success
    case failed
    case skipped
    case missed
}

/// What the daemon has counted, and what it last saw of the repository.
package struct Observations: Sendable {
    /// The last look at the repository that succeeded.
    package struct Look: Sendable {
        package var time: Instant
        /// When it began, by the monotonic clock.
        package var uptime: Duration
        package var backups: [Backup]
        package var markers: Markers
        package var engine: EngineDescription
        /// Snapshots, by name, that can't be read.
        package var unreadable: [String] = []
    }

    package struct Failure: Sendable {
        package var time: Instant
        package var message: String
    }

    package internal(set) var look: Look?
    package internal(set) var lookFailure: Failure?
    package internal(set) var isEngineUp = false
    /// Whether a blob of the repository could be read at the last look.
    package internal(set) var isRepositoryReadable = false
    /// How many snapshots the look that is under way has still to read; nil when none reads.
    package internal(set) var unread: Int?
    /// Backups that this process is taking, with their progress from 0 to 1.
    package internal(set) var progress: [BackupID: Double] = [:]
    package internal(set) var jobsOf: [BackupID: [String]] = [:]
    /// By job; the newest failure since the newest success.
    package internal(set) var lastFailure: [String: Failure] = [:]
    package internal(set) var retentionFailure: Failure?
    var lastAttempt: [String: Instant] = [:]
    var consecutiveFailures: [String: Int] = [:]
    var runs = CounterSet()
    var retries = CounterSet()
    var removed = CounterSet()
    var retentionFailures = CounterSet()
    var retentionLastRun: Instant?
    var retentionLastSuccess: Instant?
    var durations: [String: Histogram] = [:]
    var partDurations: [PartKey: Histogram] = [:]
    /// By job, of its newest good backup; nil where the engine tells none.
    var sizes: [String: Backup.Size?] = [:]
    /// How many indices begin with our prefix and are in no backup.
    var uncovered: Int?
    var reload: (succeeded: Bool, time: Instant)?
    /// Why the newest configuration is not in force; nil if it is.
    var refusal: String?

    struct PartKey: Hashable, Comparable {
        let job: String
        let part: Int

        static func < (left: PartKey, right: PartKey) -> Bool { (left.job, left.part) < (right.job, right.part) }
    }

    package init() {}

    /// Seconds, from a second to twelve hours.
    static let bounds: [Double] = [
        1, 2, 5, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200,
    ]

    mutating func count(_ outcome: Outcome, _ jobs: [String], times: Int = 1) {
        for job in jobs.isEmpty ? [""] : jobs { runs.add(Double(times), ["job": job, "outcome": outcome.rawValue]) }
    }

    /// Forgets what was counted of jobs that are no longer configured.
    mutating func forget(allBut jobs: Set<String>) {
        func isKnown(_ labels: Labels) -> Bool { labels["job"].map { $0.isEmpty || jobs.contains($0) } ?? true }
        for path in [\Observations.runs, \.retries, \.removed, \.retentionFailures] {
            self[keyPath: path].keep(isKnown)
        }
        durations = durations.filter { jobs.contains($0.key) }
        partDurations = partDurations.filter { jobs.contains($0.key.job) }
        consecutiveFailures = consecutiveFailures.filter { jobs.contains($0.key) }
        lastFailure = lastFailure.filter { jobs.contains($0.key) }
        lastAttempt = lastAttempt.filter { jobs.contains($0.key) }
        sizes = sizes.filter { jobs.contains($0.key) }
    }

    /// Takes note of a step of a backup.
    mutating func note(_ event: BackupEvent, jobs: [String], now: Instant) {
        switch event.step {
        case .partStarted(let part, _, _):
            jobsOf[event.id] = jobs
            progress[event.id] = Double(part - 1) / 2
            if part == 1 { for job in jobs { lastAttempt[job] = now } }
        case .takenUp:
            jobsOf[event.id] = jobs
            progress[event.id] = 0
        case .partProgress(let part, let fraction): progress[event.id] = (Double(part - 1) + fraction) / 2
        case .partCompleted(let part, let snapshot):
            progress[event.id] = Double(part) / 2
            guard let start = snapshot.startTime, let end = snapshot.endTime else { return }
            for job in jobs {
                partDurations[PartKey(job: job, part: part), default: Histogram(bounds: Self.bounds)].observe(
                    (end - start).seconds)
            }
        case .uncovered(let names): uncovered = names.count
        case .completed(let backup):
            end(event.id)
            for job in jobs {
                sizes[job] = backup.size
                durations[job, default: Histogram(bounds: Self.bounds)].observe(backup.duration?.seconds ?? 0)
                consecutiveFailures[job] = 0
                lastFailure[job] = nil
            }
        case .failed(let error):
            end(event.id)
            guard error.code != .cancelled else { return }
            for job in jobs {
                consecutiveFailures[job, default: 0] += 1
                lastFailure[job] = Failure(time: now, message: "\(error)")
            }
        case .retrying(_, let error, _):
            for job in jobs { retries.add(1, ["job": job, "reason": error.code.rawValue]) }
        case .waitingForOthers, .startingBesideOthers, .indicesChanged, .unknown, .deleted: break
        }
    }

    mutating func end(_ id: BackupID) {
        progress[id] = nil
        jobsOf[id] = nil
    }
}

/// The observations as all parts of the daemon share them.
final class SharedObservations: Sendable {
    private let value = Mutex(Observations())

    var current: Observations { value.withLock { $0 } }

    func update(_ change: (inout Observations) -> Void) { value.withLock { change(&$0) } }
}
