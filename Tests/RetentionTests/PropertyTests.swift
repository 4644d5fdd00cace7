import Retention
import Testing
import Time

/// What holds for every policy and every history.
@Suite(.timeLimit(.minutes(10)))
struct PropertyTests {
    private static let now = Instant(secondsSinceEpoch: 1_800_000_000)

    @Test func theNewestGoodOneAlwaysStays() {
        var random = Random(state: 42)
        for _ in 0..<400 {
            let (history, rules) = (random.history(), random.rules())
            let plan = rules.plan(history, now: Self.now)
            #expect(plan.count == history.count)
            #expect(plan.filter { $0.reasons.isEmpty }.isEmpty)
            let good = history.filter { $0.state == .completed && $0.isOurs && $0.time <= Self.now }
            for job in ["", "a", "b", "gone"] {
                let own = good.filter { job.isEmpty || $0.jobs.contains(job) }
                guard let newest = own.map(\.time).max() else { continue }
                #expect(plan.contains { $0.keeps && $0.candidate.time == newest && own.contains($0.candidate) })
            }
            for decision in plan where !decision.keeps {
                let candidate = decision.candidate
                #expect(candidate.isOurs && candidate.hold == nil && candidate.state != .inProgress)
                #expect(candidate.time <= Self.now && !candidate.jobs.contains("gone"))
                #expect(candidate.state == .completed || good.contains { $0.time > candidate.time })
            }
        }
    }

    @Test func whatWasCarriedOutHasNothingLeftToRemove() {
        var random = Random(state: 7)
        for _ in 0..<400 {
            let (history, rules) = (random.history(), random.rules())
            let kept = rules.plan(history, now: Self.now).filter(\.keeps).map(\.candidate)
            #expect(rules.plan(kept, now: Self.now).filter { !$0.keeps }.isEmpty)
        }
    }

    @Test func oneMoreKeepRuleNeverRemovesMore() {
        var random = Random(state: 11)
        for _ in 0..<400 {
            let history = random.history()
            var policy = random.keepPolicy()
            let before = removed(history, policy, now: Self.now)
            policy.keepLast = policy.keepLast ?? 1 + random.below(5)
            let period = RetentionPolicy.Period.allCases[random.below(5)]
            policy.keep[period] = max(policy.keep[period] ?? 0, 1 + random.below(6))
            policy.keepWithin = policy.keepWithin ?? CalendarDuration(days: 1 + random.below(20))
            #expect(removed(history, policy, now: Self.now).isSubset(of: before))
        }
    }

    /// Hours, days and weeks in UTC are all alike.
    @Test func wholeWeeksShiftThePlan() {
        var random = Random(state: 13)
        for _ in 0..<400 {
            let history = random.history()
            var policy = RetentionPolicy(keepLast: 1)
            for period in [RetentionPolicy.Period.hourly, .daily, .weekly] { policy.keep[period] = 1 + random.below(6) }
            policy.keepWithinPeriods[.daily] = CalendarDuration(days: 1 + random.below(20))
            let shift = Duration.seconds(7 * 86_400) * (1 + random.below(60))
            let moved = history.map {
                Candidate(
                    id: $0.id, time: $0.time - shift, state: $0.state, jobs: $0.jobs, isOurs: $0.isOurs, hold: $0.hold)
            }
            #expect(
                removed(history, policy, now: Self.now) == removed(moved, policy, now: Self.now - shift))
        }
    }

    /// More than half of a job's good backups, and more than five, are suspicious.
    @Test func aPlanThatTakesTooMuchIsSuspicious() {
        func suspicious(_ count: Int, keeping kept: Int) -> Set<String> {
            let history = (0..<count).map {
                Candidate(id: "\($0)", time: Self.now - .seconds($0 * 3_600), state: .completed, jobs: ["a"])
            }
            let rules = RetentionRules(jobs: ["a": .init(policy: RetentionPolicy(keepLast: kept), zone: .utc)])
            return rules.plan(history, now: Self.now).suspiciousJobs
        }
        #expect(suspicious(12, keeping: 6).isEmpty)
        #expect(suspicious(13, keeping: 6) == ["a"])
        #expect(suspicious(6, keeping: 1).isEmpty)
        #expect(suspicious(7, keeping: 1) == ["a"])
    }

    private func removed(_ history: [Candidate], _ policy: RetentionPolicy, now: Instant) -> Set<String> {
        let rules = RetentionRules(
            jobs: ["a": .init(policy: policy, zone: .utc), "b": .init(policy: policy, zone: .utc)], byHand: policy)
        return Set(rules.plan(history, now: now).filter { !$0.keeps }.map(\.candidate.id))
    }
}

/// Histories and rules by chance, the same in every run.
private struct Random {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    mutating func history() -> [Candidate] {
        let states: [Candidate.State] = [.completed, .completed, .completed, .useless, .inProgress]
        let jobs = [[], ["a"], ["b"], ["a", "b"], ["gone"]]
        let reach = [3_600, 86_400, 60 * 86_400, 900 * 86_400][below(4)]
        return (0..<below(40)).map { number in
            Candidate(
                id: "\(number)",
                // A few seconds into the future at most: more would stop everything.
                time: Instant(secondsSinceEpoch: 1_800_000_030) - .seconds(below(reach)), state: states[below(5)],
                jobs: jobs[below(5)], isOurs: below(10) > 0, hold: below(12) == 0 ? "" : nil)
        }
    }

    mutating func keepPolicy() -> RetentionPolicy {
        var policy = RetentionPolicy()
        if below(2) == 0 { policy.keepLast = 1 + below(4) }
        for period in RetentionPolicy.Period.allCases {
            if below(4) == 0 { policy.keep[period] = below(5) == 0 ? .max : 1 + below(5) }
            if below(6) == 0 { policy.keepWithinPeriods[period] = CalendarDuration(days: 1 + below(90)) }
        }
        if below(5) == 0 { policy.keepWithin = CalendarDuration(months: below(3), days: 1 + below(20)) }
        if policy.isEmpty { policy.keepLast = 2 }
        return policy
    }

    mutating func rules() -> RetentionRules {
        var expiry = RetentionPolicy()
        expiry.expireAfter = .seconds(86_400 * (1 + below(30)))
        if below(2) == 0 { expiry.minCount = 1 + below(3) }
        if below(2) == 0 { expiry.maxCount = 3 + below(10) }
        return RetentionRules(
            jobs: ["a": .init(policy: keepPolicy(), zone: .utc), "b": .init(policy: expiry, zone: .utc)],
            byHand: keepPolicy())
    }
}
