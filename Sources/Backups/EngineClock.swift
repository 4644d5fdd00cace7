internal import ElasticsearchClient
package import Time

/// The engine's clock, beside the host's.
package struct EngineClock: Sendable {
    /// What the engine's clock told.
    struct Measurement: Sendable {
        /// By how much it is ahead of the host's; nil when it could not be read.
        let difference: Duration?
        /// Why it could not be read.
        let problem: BackupError?
        /// When that was, by the monotonic clock.
        let time: Duration
        /// The same by the host's clock.
        let hostTime: Instant
        /// The difference, or the one that was told last before.
        var lead: Duration

        /// Whether the host's clock has not been set since.
        func isSteady(at now: Instant, _ uptime: Duration) -> Bool {
            let step = (now - hostTime) - (uptime - time)
            return step < .seconds(1) && step > .seconds(-1)
        }
    }

    let repository: BackupRepository

    /// Compares the host's clock with the engine's; the difference is remembered for five minutes, unless the host's is set.
    package func trustedTime() async -> TrustedTime {
        let uptime = repository.clock.uptime()
        var measured = repository.memory.withState { $0.clock }
        if isOutdated || measured.map({ uptime - $0.time > .seconds(300) }) ?? true {
            var fresh = await measure()
            // What could not be read this time is as it was, unless the host's clock was set.
            if fresh.difference == nil, let last = measured, last.isSteady(at: fresh.hostTime, fresh.time) {
                fresh.lead = last.lead
            }
            // That somebody has hung up says nothing of the clock.
            if fresh.problem?.code != .cancelled { repository.memory.withState { $0.clock = fresh } }
            measured = fresh
        }
        return TrustedTime(repository.clock.now(), measured)
    }

    /// Whether nobody has compared the clocks since the host's was set last.
    var isOutdated: Bool {
        let (now, uptime) = (repository.clock.now(), repository.clock.uptime())
        return repository.memory.withState { $0.clock }?.isSteady(at: now, uptime) != true
    }

    /// Whether it is worth asking again: nobody has since the host's was set, or in the last hour, or one of both seems to be wrong.
    var isDoubtful: Bool {
        let (now, uptime) = (repository.clock.now(), repository.clock.uptime())
        guard !isOutdated, let measured = repository.memory.withState({ $0.clock }) else { return true }
        return uptime - measured.time > .seconds(3_600) || TrustedTime(now, measured).problem != nil
    }

    /// By what was measured last, without asking.
    package var lastTrustedTime: TrustedTime {
        TrustedTime(repository.clock.now(), repository.memory.withState { $0.clock })
    }

    /// The present by the engine's clock, as it was measured last; by the host's where nobody has.
    package func now() -> Instant { repository.clock.now() + lead }

    /// By how much it is ahead of the host's, as it was measured last; zero where nobody has.
    package var lead: Duration { repository.memory.withState { $0.clock?.lead } ?? .zero }

    /// How long ago something was, by the engine's own clock; nil where that can't be read.
    func age(since time: Instant) async -> Duration? {
        for _ in 0..<3 {
            do {
                return max(try await repository.client.time() - time, .zero)
            } catch {
                guard error.isTransient, (try? await repository.clock.sleep(for: .milliseconds(500))) != nil else {
                    return nil
                }
            }
        }
        return nil
    }

    private func measure() async -> Measurement {
        let before = repository.clock.now()
        do throws(BackupError) {
            let time = try await repository.attempt("asking the engine for the time", repository.client.time)
            let after = repository.clock.now()
            // The answer is of a whole second, and of some moment between both.
            let middle = before + (after - before) / 2
            let difference = time + .milliseconds(500) - middle
            // Less than the engine's answer can tell: what was taken a moment ago must not seem to be of the future.
            let isTold = difference > .seconds(2) || difference < .seconds(-2)
            let told = isTold ? difference : .zero
            return Measurement(
                difference: told, problem: nil, time: repository.clock.uptime(), hostTime: after, lead: told)
        } catch {
            return Measurement(
                difference: nil, problem: error, time: repository.clock.uptime(), hostTime: repository.clock.now(),
                lead: .zero)
        }
    }
}
