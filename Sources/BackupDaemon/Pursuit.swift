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
    /// The next fire time of any of the jobs.
    private let limit: Instant?
    private var backoff: Backoff
    private var waits = Backoff(initial: .seconds(15), maximum: .seconds(60))
    /// Whether one followed at once: a node that was lost has left its work to others, and a new part 1 needs no delay.
    private var hasRepeatedAtOnce = false

    /// What follows a failure.
    enum Next: Equatable {
        case retry(failed: Int, after: Duration)
        /// For what is in the way; that spends no attempt.
        case wait(Duration)
        /// Something was in the way until the next fire time, and nothing has failed.
        case overtaken
        /// Nothing more is tried.
        case end
    }

    init(_ jobs: [JobSettings], dueAt time: Instant, after attempts: Int) {
        // Without a job nothing is tried twice.
        var once = JobSettings.Retry()
        once.attempts = 1
        retry = jobs.map(\.retry).max { $0.attempts < $1.attempts } ?? once
        limit = jobs.compactMap { $0.nextFireTime(after: time)?.time }.min()
        attempt = attempts + 1
        backoff = Backoff(initial: retry.initialDelay, maximum: retry.maximumDelay)
    }

    mutating func next(after error: BackupError, at now: Instant, _ random: RandomSource) -> Next {
        guard error.isCurableByWaiting else { return .end }
        if error.code == .repositoryBusy {
            let delay = waits.next(random)
            guard limit.map({ now + delay < $0 }) ?? true else { return hasFailed ? .end : .overtaken }
            return .wait(delay)
        }
        hasFailed = true
        let isAtOnce =
            [.snapshotPartial, .contentMismatch, .firstPartTooOld].contains(error.code) && !hasRepeatedAtOnce
        let delay = isAtOnce ? .zero : backoff.next(random)
        guard attempt < retry.attempts, limit.map({ now + delay < $0 }) ?? true else { return .end }
        hasRepeatedAtOnce = hasRepeatedAtOnce || isAtOnce
        defer { attempt += 1 }
        return .retry(failed: attempt, after: delay)
    }
}
