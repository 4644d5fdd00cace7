package import Time

/// What time it is, as far as two clocks agree.
package struct TrustedTime: Sendable {
    /// The earlier of the engine's and the host's.
    package let earlier: Instant
    /// Why nothing goes by age, and no marker expires; nil when both clocks agree within a minute.
    package let problem: String?

    /// For what ends by age; nil when nothing does.
    package var expiring: Instant? { problem == nil ? earlier : nil }

    /// What it is by the host's clock and what the engine's told last; nil when nobody has asked it.
    init(_ now: Instant, _ measured: EngineClock.Measurement?) {
        guard let measured else {
            (earlier, problem) = (now, nil)
            return
        }
        guard let difference = measured.difference else {
            let reason = measured.problem.map { "\($0)" } ?? "it gave none"
            earlier = now
            problem = "the engine's clock can't be read, so that nothing goes by age and no marker expires: \(reason)"
            return
        }
        let isFarApart = difference > .seconds(60) || difference < .seconds(-60)
        let words =
            "\(Int(abs(difference.seconds).rounded())) s \(difference > .zero ? "ahead of" : "behind") this host's"
        earlier = min(now, now + difference)
        problem =
            isFarApart
            ? "the engine's clock is \(words): until they agree nothing goes by age and no marker expires" : nil
    }
}
