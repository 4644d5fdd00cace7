/// How long to wait before asking again how far something is.
package enum PollInterval {
    /// Three per cent of the time already waited, so that a short wait ends promptly and a long one costs little; 20 ms to 5 s.
    package static func after(_ elapsed: Duration) -> Duration {
        min(max(elapsed * 3 / 100, .milliseconds(20)), .seconds(5))
    }
}
