internal import CMalloc
internal import CSystemd
internal import Glibc
internal import Time

/// The one thread that runs our code: an executor of Swift tasks whose run loop is sd-event.
///
/// Tasks, timers, signals and descriptors wait in the same `epoll_wait`; when there is nothing to do, nothing wakes up. A loop
/// belongs to the thread that makes it, and only that thread runs it.
package final class Loop: TaskExecutor, @unchecked Sendable {
    // Unchecked: all state but the inbox, which has a lock, is touched by the loop's thread alone.

    let event: OpaquePointer
    private let thread = pthread_self()
    private let inbox: Inbox
    private var inboxSource: DescriptorSource?
    private var ready: [UnownedJob] = []
    private var hasStopped = false
    /// Whether work that took long has ended since: what it needed goes back to the system once nothing else is to be done.
    private var hasGarbage = false
    private var longest = Longest()
    private lazy var worker = Worker()

    /// - Throws: `LoopError` when the system has no descriptors left.
    package init() throws(LoopError) {
        var event: OpaquePointer?
        try check(sd_event_new(&event), "sd_event_new")
        guard let event else { throw LoopError(call: "sd_event_new", number: ENOMEM) }
        self.event = event
        inbox = try Inbox()
        inboxSource = try DescriptorSource(self, inbox.descriptor, [.readable]) { [unowned self] _ in
            for work in inbox.take() { perform(work) }
        }
    }

    deinit {
        inboxSource?.cancel()
        sd_event_unref(event)
    }

    /// Runs a task and everything that it starts, until it has ended.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let outcome = Outcome<Value>()
        Task(executorPreference: self) { [self] in
            do {
                outcome.result = .success(try await body())
            } catch {
                outcome.result = .failure(error)
            }
            hasStopped = true
        }
        hasStopped = false
        while outcome.result == nil || !hasStopped { try turn() }
        return try outcome.result!.get()  // the loop above ends only when there is one
    }

    /// The longest time that a single job has kept the loop, of this minute and the last.
    package var longestJob: Duration { longest.value(at: uptime()) }

    /// Makes the heap one for both threads, and lets what is larger than an answer be none of it, so that what was needed for a while
    /// goes back to the system: when a loop has time, not with each block that is freed.
    package static func keepHeapSmall() {
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_MMAP_THRESHOLD, 700_000)
        mallopt(M_TRIM_THRESHOLD, 1 << 21)
    }

    /// Runs what blocks, or takes long, on a thread of its own, and comes back with its result.
    package func offload<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            worker.perform {
                continuation.resume(with: Result(catching: work))
                // A loop that has ended takes nothing more, and would be kept by what it was left.
                self.onLoop { [weak self] in self?.hasGarbage = true }
            }
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent { ready.append(job) } else { inbox.put(.job(job)) }
    }

    /// Runs something on the loop's thread: at once if this is it.
    package func onLoop(_ closure: @escaping @Sendable () -> Void) {
        if isCurrent { closure() } else { inbox.put(.closure(closure)) }
    }

    private var isCurrent: Bool { pthread_equal(thread, pthread_self()) != 0 }

    /// Runs what is ready, then waits for the next thing, unless more has become ready meanwhile.
    private func turn() throws {
        var batch: [UnownedJob] = []
        swap(&batch, &ready)
        for job in batch { perform(.job(job)) }
        let isIdle = ready.isEmpty && !hasStopped
        let happened = sd_event_run(event, isIdle && !hasGarbage ? UInt64.max : 0)
        try check(happened, "sd_event_run")
        guard isIdle, hasGarbage, happened == 0 else { return }
        hasGarbage = false
        timed { malloc_trim(0) }
    }

    private func perform(_ work: Inbox.Work) {
        timed {
            switch work {
            case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            case .closure(let closure): closure()
            }
        }
    }

    /// Does what nothing else can be done beside, and notes how long that was.
    private func timed(_ work: () -> Void) {
        let start = uptime()
        work()
        let end = uptime()
        longest.record(end - start, at: end)
    }
}

/// The longest of some times, of this minute and the last.
private struct Longest {
    private var minute = 0
    private var current = Duration.zero
    private var last = Duration.zero

    mutating func record(_ duration: Duration, at time: Duration) {
        let minute = Int(time.components.seconds / 60)
        if minute != self.minute { (last, current) = (minute == self.minute + 1 ? current : .zero, .zero) }
        self.minute = minute
        current = max(current, duration)
    }

    func value(at time: Duration) -> Duration {
        switch Int(time.components.seconds / 60) - minute {
        case 0: max(current, last)
        case 1: current
        default: .zero
        }
    }
}

/// Where a task of the loop leaves its result; written and read by the loop's thread alone.
private final class Outcome<Value: Sendable>: @unchecked Sendable {
    var result: Result<Value, any Error>?
}
