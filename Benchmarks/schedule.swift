// Times finding the next fire time: nanoseconds a step, best of five, chained from 2024-01-01 in the zone's local time.
//
// Prints `library zone expression ns-a-step last-time`, as the peers do that it is compared with. Compiled with the rooms Time and
// Scheduling as one module, as the peers are with their libraries.

@main
enum ScheduleBenchmark {
    private static let cases = [
        ("* * * * *", 20_000), ("*/5 * * * *", 20_000), ("0 * * * *", 20_000), ("30 3 * * *", 10_000),
        ("0 9 * * 1-5", 10_000), ("15 10 1,15 * *", 1_500), ("0 0 1 1 *", 70), ("0 0 29 2 *", 15),
    ]

    static func main() throws {
        // A first argument makes each chain that many times as long, for counting allocations.
        let factor = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 1 : 1
        for name in ["UTC", "Europe/Berlin"] {
            let zone = try Zone.load(name)
            let start = Instant(secondsSinceEpoch: 1_704_067_200 - (name == "UTC" ? 0 : 3_600))
            for (text, steps) in cases {
                let schedule = try Schedule(text)
                // Short chains are repeated, or the clock's resolution would be measured.
                let rounds = max(1, 20_000 / steps) * factor
                var (best, last) = (Double.infinity, start)
                for _ in 0..<5 {
                    let begin = ContinuousClock.now
                    for _ in 0..<rounds { last = chain(schedule, zone, from: start, steps) }
                    let nanoseconds = (ContinuousClock.now - begin) / .nanoseconds(1)
                    best = min(best, nanoseconds / Double(steps * rounds))
                }
                print("optimize-backup", name, text, Int(best.rounded()), last.secondsSinceEpoch, separator: "\t")
            }
        }
    }

    @inline(never)
    private static func chain(_ schedule: Schedule, _ zone: Zone, from start: Instant, _ steps: Int) -> Instant {
        var instant = start
        for _ in 0..<steps {
            guard let next = schedule.next(after: instant, in: zone) else { fatalError("no fire time") }
            instant = next.time
        }
        return instant
    }
}
