internal import Glibc
internal import Time

/// The other world's thread: runs Swift tasks in an order that a seed decides, on a clock that jumps when nothing is ready.
package final class SimulatedExecutor: TaskExecutor, @unchecked Sendable {
    // Unchecked: used by one thread; a job that another thread brings would make runs differ, and traps.

    private let thread = pthread_self()
    private var ready: [UnownedJob] = []
    private var timers: [Timer] = []
    private var timerCount = 0
    package var random: SeededGenerator
    /// Since the simulation began.
    package private(set) var elapsed = Duration.zero
    /// Jobs run so far.
    package private(set) var steps = 0
    /// Called after each job.
    var afterStep: () -> Void = {}

    /// What is to happen at a time; of equal times, the one that was asked for first comes first.
    private struct Timer {
        let time: Duration
        let number: Int
        let action: () -> Void
    }

    package init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        precondition(pthread_equal(thread, pthread_self()) != 0, "a job from another thread entered the simulation")
        ready.append(UnownedJob(job))
    }

    /// Asks for an action after a while; the number takes it back.
    @discardableResult
    func schedule(after delay: Duration, _ action: @escaping () -> Void) -> Int {
        timerCount += 1
        let timer = Timer(time: elapsed + max(delay, .zero), number: timerCount, action: action)
        let place = timers.firstIndex { ($0.time, $0.number) > (timer.time, timer.number) } ?? timers.count
        timers.insert(timer, at: place)
        return timerCount
    }

    func unschedule(_ number: Int) {
        timers.removeAll { $0.number == number }
    }

    /// Starts a task in this world.
    package func start(_ body: @escaping @Sendable () async -> Void) {
        Task(executorPreference: self) { await body() }
    }

    /// Runs until nothing is left to do, or the condition holds.
    ///
    /// - Returns: false when so many steps were not enough.
    package func run(maximumSteps: Int, until isDone: () -> Bool = { false }) -> Bool {
        let limit = steps + maximumSteps
        while !isDone() {
            if !ready.isEmpty {
                let job = ready.remove(at: random.below(ready.count))
                job.runSynchronously(on: asUnownedTaskExecutor())
                steps += 1
                afterStep()
                if steps >= limit { return false }
            } else if !timers.isEmpty {
                let timer = timers.removeFirst()
                elapsed = timer.time
                timer.action()
            } else {
                return true
            }
        }
        return true
    }
}
