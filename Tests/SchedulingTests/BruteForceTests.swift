import Scheduling
import TestSupport
import Testing
import Time

/// Against every minute of some weeks, read field by field: nothing is left out, nothing is added, and it always moves on.
@Suite(.timeLimit(.minutes(10)))
struct BruteForceTests {
    @Test func nothingIsLeftOutInUTC() throws {
        var generator = SplitMix(state: 7)
        for _ in 0..<150 {
            let fields = generator.fields()
            guard let schedule = try? Schedule(fields.joined(separator: " ")) else { continue }
            let start = Int64(1_700_000_000 + generator.below(5_000) * 86_400)
            let minutes = (start / 60 + 1..<start / 60 + 10 * 1_440).map { $0 * 60 }
            let matcher = Matcher(fields)
            let expected = minutes.filter { matcher.matches($0) }
            #expect(
                fires(schedule, .utc, .init(), from: start, to: minutes[minutes.count - 1]) == expected, "\(schedule)")
        }
    }

    /// Around each change of the clock, by every policy.
    @Test(arguments: ["Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "Antarctica/Troll", "Pacific/Apia"])
    func nothingIsLeftOutWhenTheClockIsSet(name: String) throws {
        let zone = try Zone.load(name)
        var generator = SplitMix(state: 11)
        var change: Int64 = 1_300_000_000
        for round in 0..<120 {
            change = round % 6 == 0 ? 1_300_000_000 : zone.span(at: change).end
            guard change < .max else { break }
            // Hours near the change, or hardly any would be hit.
            var fields = generator.fields()
            let hour = zone.local(Instant(secondsSinceEpoch: change - 1)).hour
            if round % 2 == 0 { fields[1] = "\(hour)-\(min(hour + 2, 23))" }
            guard let schedule = try? Schedule(fields.joined(separator: " ")) else { continue }
            let (start, end) = (change - 90_000 - change % 60, change + 90_000 - change % 60)
            for gap in ClockChangePolicy.Gap.allCases {
                for overlap in ClockChangePolicy.Overlap.allCases {
                    let policy = ClockChangePolicy(gap: gap, overlap: overlap)
                    let expected = slow(fields, zone, policy, from: start, to: end)
                    #expect(fires(schedule, zone, policy, from: start, to: end) == expected, "\(schedule) \(policy)")
                }
            }
        }
    }

    private func fires(
        _ schedule: Schedule, _ zone: Zone, _ policy: ClockChangePolicy, from: Int64, to end: Int64
    ) -> [Int64] {
        var found: [Int64] = []
        var instant = Instant(secondsSinceEpoch: from)
        while let next = schedule.next(after: instant, in: zone, clockChange: policy),
            next.time.secondsSinceEpoch <= end
        {
            guard next.time > instant else { return [-1] }
            found.append(next.time.secondsSinceEpoch)
            instant = next.time
        }
        return found
    }

    /// Walks through every minute with a clock on the wall in sight.
    private func slow(
        _ fields: [String], _ zone: Zone, _ policy: ClockChangePolicy, from: Int64, to end: Int64
    ) -> [Int64] {
        let matcher = Matcher(fields)
        let followsRealTime = fields[0].hasPrefix("*") || fields[1].hasPrefix("*")
        var found: [Int64] = []
        var latest = from + Int64(zone.offset(at: from))
        for second in stride(from: from + 60, through: end, by: 60) {
            let wall = second + Int64(zone.offset(at: second))
            let before = second - 60 + Int64(zone.offset(at: second - 60))
            var isDue = matcher.matches(wall)
            if !followsRealTime {
                if policy.overlap == .once, wall <= latest { isDue = false }
                if policy.gap == .runAfter, wall > before + 60 {
                    for lost in stride(from: before + 60, to: wall, by: 60)
                    where matcher.matches(lost) { isDue = true }
                }
            }
            latest = max(latest, wall)
            if isDue { found.append(second) }
        }
        return found
    }
}

extension SplitMix {
    /// Five fields, each of any kind that Debian's cron knows, and some more.
    fileprivate mutating func fields() -> [String] {
        [0...59, 0...23, 1...31, 1...12, 0...6].enumerated().map { index, range in
            if index == 2, below(6) == 0 { return ["L", "LW", "L-\(1 + below(6))", "\(1 + below(28))W"][below(4)] }
            if index == 4, below(6) == 0 { return ["\(below(7))L", "\(below(7))#\(1 + below(5))"][below(2)] }
            switch below(6) {
            case 0, 1: return "*"
            case 2: return "\(range.lowerBound + below(range.count))"
            case 3: return "*/\(1 + below(7))"
            case 4:
                let first = range.lowerBound + below(range.count)
                return "\(first)-\(first + below(range.upperBound - first + 1))/\(1 + below(3))"
            default: return "\(range.lowerBound + below(range.count)),\(range.lowerBound + below(range.count))"
            }
        }
    }
}

/// Reads an expression the obvious way.
private struct Matcher {
    private let fields: [String]
    private let minutes: [Bool]
    private let hours: [Bool]

    init(_ fields: [String]) {
        self.fields = fields
        minutes = (0..<60).map { one(fields[0], $0, 0) }
        hours = (0..<24).map { one(fields[1], $0, 0) }
    }

    /// - Parameter wall: what the clock shows, as seconds since the epoch of a clock in UTC that shows it.
    func matches(_ wall: Int64) -> Bool {
        let minute = Int(wall / 60)
        guard minutes[minute % 60], hours[minute / 60 % 24] else { return false }
        return matches(LocalTime(secondsSinceEpoch: wall).date)
    }

    private func matches(_ date: CalendarDate) -> Bool {
        let weekday = date.weekday % 7
        let length = CalendarDate.length(ofMonth: date.month, year: date.year)
        func isWeekday(_ day: Int) -> Bool {
            CalendarDate(year: date.year, month: date.month, day: day).map { $0.weekday < 6 } ?? false
        }
        func nearest(_ day: Int) -> Int? {
            guard day <= length else { return nil }
            return [day, day - 1, day + 1, day - 2, day + 2].first(where: isWeekday)
        }
        let month: Bool =
            switch fields[2] {
            case "L": date.day == length
            case "LW": date.day == (length - 2...length).last(where: isWeekday)
            case let text where text.hasPrefix("L-"): date.day == length - (Int(text.dropFirst(2)) ?? 0)
            case let text where text.hasSuffix("W"): date.day == nearest(Int(text.dropLast()) ?? 0)
            case let text: one(text, date.day, 1)
            }
        let week: Bool =
            switch fields[4] {
            case let text where text.hasSuffix("L"): weekday == Int(text.dropLast()) && date.day + 7 > length
            case let text where text.contains("#"):
                weekday == Int(text.prefix(1)) && (date.day - 1) / 7 + 1 == Int(text.dropFirst(2))
            case let text: one(text, weekday, 0)
            }
        let isFree = fields[2].hasPrefix("*") || fields[4].hasPrefix("*")
        return one(fields[3], date.month, 1) && (isFree ? month && week : month || week)
    }
}

/// Whether a field of lists, ranges and steps has a number.
private func one(_ field: String, _ value: Int, _ first: Int) -> Bool {
    field.split(separator: ",").contains { item in
        let parts = item.split(separator: "/")
        let step = parts.count == 2 ? Int(parts[1]) ?? 1 : 1
        if parts[0] == "*" { return (value - first) % step == 0 }
        let ends = parts[0].split(separator: "-").compactMap { Int($0) }
        return ends.count == 2
            ? value >= ends[0] && value <= ends[1] && (value - ends[0]) % step == 0 : value == ends.first
    }
}

private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
