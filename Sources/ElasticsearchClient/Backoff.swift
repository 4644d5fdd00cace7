internal import Time

/// Growing delays between attempts: each up to twice as long as the one before, half of it left to chance.
package struct Backoff: Sendable {
    private var delay: Duration
    private let maximum: Duration

    package init(initial: Duration, maximum: Duration) {
        delay = initial
        self.maximum = maximum
    }

    /// Between two attempts at the same read: 100 ms to 5 s.
    static var reads: Backoff { Backoff(initial: .milliseconds(100), maximum: .seconds(5)) }

    /// The next delay, from half of the current step to the whole of it.
    package mutating func next(_ random: RandomSource) -> Duration {
        let step = delay
        delay = min(delay * 2, maximum)
        return step / 2 + .microseconds(Int64(random() % UInt64(max(step.microseconds / 2, 1))))
    }
}
