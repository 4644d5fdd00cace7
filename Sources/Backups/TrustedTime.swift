internal import ElasticsearchClient
package import Time

/// What time it is, as far as two clocks agree.
package struct TrustedTime: Sendable {
    /// The earlier of the engine's and the host's.
    package let earlier: Instant
    /// Why nothing goes by age, and no marker expires; nil when both clocks agree within a minute.
    package let problem: String?

    /// For what ends by age; nil when nothing does.
    package var expiring: Instant? { problem == nil ? earlier : nil }
}

extension BackupRepository {
    /// Compares the host's clock with the engine's; the difference is remembered for five minutes.
    package func trustedTime() async -> TrustedTime {
        let uptime = clock.uptime()
        var measured = memory.withState { $0.clock }
        if measured.map({ uptime - $0.time > .seconds(300) }) ?? true {
            let fresh = await measureClock()
            memory.withState { $0.clock = fresh }
            measured = fresh
        }
        return trustedTime(clock.now(), measured)
    }

    /// By what was measured last, without asking.
    package var lastTrustedTime: TrustedTime { trustedTime(clock.now(), memory.withState { $0.clock }) }

    /// The present by the engine's clock, as it was measured last; by the host's where nobody has.
    package var engineNow: Instant { clock.now() + (memory.withState { $0.clock?.difference } ?? .zero) }

    private func measureClock() async -> (difference: Duration?, problem: BackupError?, time: Duration) {
        let before = clock.now()
        do throws(BackupError) {
            let time = try await attempt("asking the engine for the time", client.time)
            let after = clock.now()
            // The answer is of a whole second, and of some moment between both.
            let middle = before + (after - before) / 2
            let difference = time + .milliseconds(500) - middle
            // Less than the engine's answer can tell: what was taken a moment ago must not seem to be of the future.
            let isTold = difference > .seconds(2) || difference < .seconds(-2)
            return (isTold ? difference : .zero, nil, clock.uptime())
        } catch {
            return (nil, error, clock.uptime())
        }
    }

    private func trustedTime(
        _ now: Instant, _ measured: (difference: Duration?, problem: BackupError?, time: Duration)?
    ) -> TrustedTime {
        guard let measured else { return TrustedTime(earlier: now, problem: nil) }
        guard let difference = measured.difference else {
            let reason = measured.problem.map { "\($0)" } ?? "it gave none"
            return TrustedTime(
                earlier: now,
                problem:
                    "the engine's clock can't be read, so that nothing goes by age and no marker expires: \(reason)")
        }
        let isFarApart = difference > .seconds(60) || difference < .seconds(-60)
        let words =
            "\(Int(abs(difference.seconds).rounded())) s \(difference > .zero ? "ahead of" : "behind") this host's"
        return TrustedTime(
            earlier: min(now, now + difference),
            problem: isFarApart
                ? "the engine's clock is \(words): until they agree nothing goes by age and no marker expires" : nil)
    }
}
