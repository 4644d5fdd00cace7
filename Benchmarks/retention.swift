// Times a retention plan over ever more backups: milliseconds, best of five, and how much longer ten times as many take.
//
// Compiled with the rooms Time and Retention as one module.

@main
enum RetentionBenchmark {
    static func main() {
        let now = Instant(secondsSinceEpoch: 1_800_000_000)
        var policy = RetentionPolicy(keepLast: 10)
        policy.keep = [.hourly: 48, .daily: 30, .weekly: 12, .monthly: 24, .yearly: .max]
        policy.keepWithin = CalendarDuration(months: 3)
        let rules = RetentionRules(jobs: [
            "nightly": .init(policy: policy, zone: (try? Zone.load("Europe/Berlin")) ?? .utc)
        ])
        var before: Double?
        for count in [1_000, 10_000, 100_000] {
            let candidates =
                (0..<count).map { number in
                    let time = now - .seconds(Int64(number) * 3_600)
                    return Candidate(id: time.compactUTC, time: time, state: .completed, jobs: ["nightly"])
                }.reversed() as [Candidate]
            var (best, kept) = (Double.infinity, 0)
            for _ in 0..<5 {
                let begin = ContinuousClock.now
                let plan = rules.plan(candidates, now: now)
                best = min(best, (ContinuousClock.now - begin) / .milliseconds(1))
                kept = plan.count { $0.keeps }
            }
            let ratio = before.map { ", \((best / $0 * 10).rounded() / 10) times as long" } ?? ""
            print("\(count) backups: \((best * 100).rounded() / 100) ms, \(kept) stay\(ratio)")
            before = best
        }
    }
}
