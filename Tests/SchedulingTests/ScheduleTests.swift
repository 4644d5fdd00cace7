import Scheduling
import TestSupport
import Testing
import Time

@Suite(.timeLimit(.minutes(2)))
struct ScheduleTests {
    /// Fire times on the wall's clock of the zone, from a moment on.
    @Test(arguments: [
        ("0 2 * * *", "UTC", "2027-01-01T00:00:00Z", ["2027-01-01T02:00:00Z", "2027-01-02T02:00:00Z"]),
        ("0 2 * * *", "UTC", "2027-01-01T02:00:00Z", ["2027-01-02T02:00:00Z"]),
        (
            "30 4 1,15 * fri", "UTC", "2027-01-01T12:00:00Z",
            ["2027-01-08T04:30:00Z", "2027-01-15T04:30:00Z", "2027-01-22T04:30:00Z"]
        ),
        ("0 0 */10 * mon", "UTC", "2027-01-01T12:00:00Z", ["2027-01-11T00:00:00Z", "2027-02-01T00:00:00Z"]),
        ("0 0 29 2 *", "UTC", "2097-01-01T00:00:00Z", ["2104-02-29T00:00:00Z"]),
        ("*/15 9-10 * * 1-5", "UTC", "2027-01-01T10:40:00Z", ["2027-01-01T10:45:00Z", "2027-01-04T09:00:00Z"]),
        ("0 0 * * 7", "UTC", "2027-01-01T00:00:00Z", ["2027-01-03T00:00:00Z"]),
        (
            "5/20 * * * *", "UTC", "2027-01-01T00:00:00Z",
            ["2027-01-01T00:05:00Z", "2027-01-01T00:25:00Z", "2027-01-01T00:45:00Z"]
        ),
        ("@weekly", "UTC", "2027-01-01T00:00:00Z", ["2027-01-03T00:00:00Z"]),
        ("@every 6h", "Asia/Kolkata", "2027-01-01T01:00:00Z", ["2027-01-01T06:00:00Z", "2027-01-01T12:00:00Z"]),
        ("@every 10s", "UTC", "2027-01-01T00:00:09.5Z", ["2027-01-01T00:00:10Z", "2027-01-01T00:00:20Z"]),
        // The clock goes forward at 02:00 and leaves out 02:30; it goes back at 03:00 and shows 02:30 twice.
        ("30 2 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z", ["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"]),
        ("30 2 * * *", "Europe/Berlin", "2027-10-30T12:00:00Z", ["2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"]),
        ("0,30 2 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z", ["2027-03-28T01:00:00Z", "2027-03-29T00:00:00Z"]),
        ("30 * * * *", "Europe/Berlin", "2027-03-28T00:00:00Z", ["2027-03-28T00:30:00Z", "2027-03-28T01:30:00Z"]),
        (
            "30 * * * *", "Europe/Berlin", "2027-10-31T00:00:00Z",
            ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z", "2027-10-31T02:30:00Z"]
        ),
        ("0 * * * *", "Australia/Lord_Howe", "2027-10-02T14:00:00Z", ["2027-10-02T14:30:00Z", "2027-10-02T16:00:00Z"]),
        (
            "15 2 * * *", "Australia/Lord_Howe", "2027-10-02T00:00:00Z",
            ["2027-10-02T15:30:00Z", "2027-10-03T15:15:00Z"]
        ),
        ("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", ["2011-12-30T10:00:00Z"]),
    ])
    func firesWhenItShould(text: String, zone: String, from: String, expected: [String]) throws {
        let schedule = try Schedule(text)
        let zone = try Zone.load(zone)
        var instant = try Instant(rfc3339: from)
        var found: [String] = []
        for _ in expected {
            instant = try #require(schedule.next(after: instant, in: zone)).time
            found.append(instant.rfc3339)
        }
        #expect(found == expected)
    }

    @Test func saysWhatTheClockDid() throws {
        let berlin = try Zone.load("Europe/Berlin")
        let schedule = try Schedule("30 2 * * *")
        let spring = try #require(schedule.next(after: try Instant(rfc3339: "2027-03-27T12:00:00Z"), in: berlin))
        #expect(spring.note == "02:30 does not exist on 2027-03-28; runs at 03:00")
        let autumn = try #require(schedule.next(after: try Instant(rfc3339: "2027-10-30T12:00:00Z"), in: berlin))
        #expect(autumn.note == "02:30 comes twice on 2027-10-31; the first one counts")
    }

    @Test(arguments: [
        ("", "has 0 fields"), ("* * * *", "has 4 fields"), ("* * * * * *", "has 6 fields"),
        ("60 * * * *", "'60' is no minute"),
        ("* 24 * * *", "'24' is no hour"), ("* * 0 * *", "'0' is no day of month"), ("* * * 13 *", "'13' is no month"),
        ("* * * * 8", "'8' is no day of week"), ("5-1 * * * *", "'5-1' is no minute"),
        ("*/0 * * * *", "'*/0' is no minute"),
        ("1,,2 * * * *", "'' is no minute"), ("a * * * *", "'a' is no minute"), ("-1 * * * *", "'-1' is no minute"),
        ("* * * foo *", "jan feb mar"), ("0 0 30 2 *", "never comes"), ("0 0 31 4,6,9,11 *", "never comes"),
        ("@often", "nicknames are"),
        ("@every", "@every takes a duration"), ("@every 1mo", "@every takes a duration"),
        ("@every 0s", "@every takes a duration"),
        ("１ * * * *", "is no minute"),
    ])
    func refusesWithTheReason(text: String, reason: String) {
        let error = #expect(throws: ScheduleError.self) { try Schedule(text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    /// Against every minute of some weeks: nothing is left out, nothing is added, and it always moves on.
    @Test func nothingIsLeftOut() throws {
        var generator = SplitMix(state: 7)
        for _ in 0..<300 {
            let fields = [0...59, 0...23, 1...31, 1...12, 0...6].map { range -> String in
                switch generator.next() % 4 {
                case 0, 1: return "*"
                case 2: return "\(range.lowerBound + Int(generator.next() % UInt64(range.count)))"
                default: return "*/\(1 + generator.next() % 7)"
                }
            }
            guard let schedule = try? Schedule(fields.joined(separator: " ")) else { continue }
            var instant = Instant(secondsSinceEpoch: 1_800_000_000)
            let end = instant + .seconds(21 * 86_400)
            var found: [Int64] = []
            while let next = schedule.next(after: instant, in: .utc), next.time < end {
                #expect(next.time > instant)
                found.append(next.time.secondsSinceEpoch)
                instant = next.time
            }
            var expected: [Int64] = []
            var second: Int64 = 1_800_000_060
            while second < end.secondsSinceEpoch {
                if matches(fields, LocalTime(secondsSinceEpoch: second)) { expected.append(second) }
                second += 60
            }
            #expect(found == expected, "\(schedule)")
        }
    }
}

/// Reads `*`, `n` and `*/n` alone, the slow and obvious way.
private func matches(_ fields: [String], _ local: LocalTime) -> Bool {
    func one(_ field: String, _ value: Int, _ first: Int) -> Bool {
        if field == "*" { return true }
        if field.hasPrefix("*/") { return (value - first) % (Int(field.dropFirst(2)) ?? 1) == 0 }
        return Int(field) == value
    }
    let (month, week) = (one(fields[2], local.date.day, 1), one(fields[4], local.date.weekday % 7, 0))
    let isFree = fields[2].hasPrefix("*") || fields[4].hasPrefix("*")
    return one(fields[0], local.minute, 0) && one(fields[1], local.hour, 0) && one(fields[3], local.date.month, 1)
        && (isFree ? month && week : month || week)
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
}
