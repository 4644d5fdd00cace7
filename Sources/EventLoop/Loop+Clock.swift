internal import CSystemd
internal import Glibc
package import Time

extension Loop: Clock {
    package func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microsecondsSinceEpoch: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    package func uptime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    package func sleep(for duration: Duration) async throws {
        let sleeper = Sleeper<Void>()
        try await sleeper.sleep(on: self) { loop in
            let timer = try TimerSource(loop, after: duration) { sleeper.end(with: .success(())) }
            return timer.cancel
        }
    }

    package func sleep(until deadline: Instant) async throws -> WakeReason {
        let sleeper = Sleeper<WakeReason>()
        return try await sleeper.sleep(on: self) { loop in
            let alarm = try Alarm(loop, at: deadline) { sleeper.end(with: .success($0)) }
            return alarm.cancel
        }
    }
}

/// One waiting task: resumed exactly once, by its timer or by its cancellation; belongs to the loop's thread.
private final class Sleeper<Value: Sendable>: @unchecked Sendable {
    // Unchecked: `onCancel` may come on any thread and goes through `onLoop`; all else is on the loop's thread.
    private var continuation: CheckedContinuation<Value, any Error>?
    private var stopTimer: (() -> Void)?

    /// Waits until `end` is called or the task is cancelled.
    ///
    /// - Parameter arm: starts the timer and returns what stops it.
    func sleep(on loop: Loop, arm: (Loop) throws -> () -> Void) async throws -> Value {
        try Task.checkCancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                do {
                    stopTimer = try arm(loop)
                    self.continuation = continuation
                    if Task.isCancelled { end(with: .failure(CancellationError())) }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        } onCancel: {
            loop.onLoop { self.end(with: .failure(CancellationError())) }
        }
    }

    func end(with result: Result<Value, any Error>) {
        guard let continuation else { return }
        self.continuation = nil
        stopTimer?()
        stopTimer = nil
        continuation.resume(with: result)
    }
}
