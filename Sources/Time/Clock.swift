/// What the program knows of time: the one seam through which it reads clocks and waits.
///
/// `EventLoop` is the real one; `Simulation` gives each instance a virtual one.
package protocol Clock: Sendable {
    /// The wall clock's reading; it can jump, forwards and backwards.
    func now() -> Instant

    /// Time since some fixed start; never goes backwards and is not set by anyone.
    func uptime() -> Duration

    /// Waits until the wall clock shows `deadline`, or until somebody sets the wall clock.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    func sleep(until deadline: Instant) async throws -> WakeReason

    /// Waits for an elapsed time that no change of the wall clock affects.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    func sleep(for duration: Duration) async throws
}

/// Why a wait for a point on the wall clock ended.
package enum WakeReason: Sendable, Equatable {
    case due
    case clockChanged
}
