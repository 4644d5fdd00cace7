internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import Scheduling
internal import Time

/// How a fire time's backup is tried for: how often, after what delays, and until when.
struct Pursuit {
    /// 1 for the first, those of earlier runs included.
    private(set) var attempt: Int
    /// Whether one has failed here.
    private(set) var hasFailed = false
    private let retry: JobSettings.Retry
    /// Of each job the next fire time, which ends this one.
    private let limits: [String: Instant]
    private var backoff: Backoff
    private var waits = Backoff(initial: .seconds(15), maximum: .seconds(60))
    /// Whether one followed at once: a node that was lost has left its work to others, and a new part 1 needs no delay.
    private var hasRepeatedAtOnce = false

    /// What follows a failure.
    enum Next: Equatable {
        case retry(failed: Int, of: Int, after: Duration)
        /// For what is in the way; that spends no attempt.
        case wait(Duration)
        /// Nothing more is tried.
        case end

        /// Nil if nothing follows.
        var delay: Duration? {
            switch self {
            case .retry(_, _, let delay), .wait(let delay): delay
            case .end: nil
            }
        }

        func event(_ error: BackupError, _ jobs: [String], dueAt time: Instant) -> DaemonEvent.Kind {
            switch self {
            case .retry(let attempt, let attempts, let delay):
                .retrying(error, jobs: jobs, due: time, attempt: attempt, of: attempts, delay: delay)
            case .wait, .end: .waiting(error, jobs: jobs, due: time, delay: delay ?? .zero)
            }
        }
    }

    init(_ jobs: [JobSettings], dueAt time: Instant, after attempts: Int) {
        // Without a job nothing is tried twice.
        var once = JobSettings.Retry()
        once.attempts = 1
        retry = jobs.map(\.retry).max { $0.attempts < $1.attempts } ?? once
        let next = jobs.compactMap { job in job.nextFireTime(after: time).map { (job.name, $0.time) } }
        limits = Dictionary(next) { $1 }
        attempt = attempts + 1
        backoff = Backoff(initial: retry.initialDelay, maximum: retry.maximumDelay)
    }

    /// How many attempts there may be.
    var attempts: Int { retry.attempts }

    /// Those of the jobs whose next fire time has come by then.
    func over(_ jobs: [String], by time: Instant) -> [String] {
        jobs.filter { job in limits[job].map { $0 <= time } ?? false }
    }

    /// When nothing begins any more for any of them; nil if never.
    func end(of jobs: [String]) -> Instant? {
        let ends = jobs.map { limits[$0] }
        return ends.contains(nil) ? nil : ends.compactMap { $0 }.max()
    }

    mutating func next(after error: BackupError, _ random: RandomSource) -> Next {
        guard error.isCurableByWaiting else { return .end }
        if error.code == .repositoryBusy { return .wait(waits.next(random)) }
        hasFailed = true
        guard attempt < retry.attempts else { return .end }
        let isAtOnce =
            [.snapshotPartial, .contentMismatch, .firstPartTooOld].contains(error.code) && !hasRepeatedAtOnce
        hasRepeatedAtOnce = hasRepeatedAtOnce || isAtOnce
        defer { attempt += 1 }
        return .retry(failed: attempt, of: retry.attempts, after: isAtOnce ? .zero : backoff.next(random))
    }
}
