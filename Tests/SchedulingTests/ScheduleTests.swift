import Scheduling
import TestSupport
import Testing
import Time

@Suite(.timeLimit(.minutes(10)))
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

    @Test(arguments: [
        ("", "has 0 fields"), ("* * * *", "has 4 fields"), ("* * * * * * *", "has 7 fields"),
        ("60 * * * *", "'60' is no minute"),
        ("* 24 * * *", "'24' is no hour"), ("* * 0 * *", "'0' is no day of month"), ("* * * 13 *", "'13' is no month"),
        ("* * * * 8", "'8' is no day of week"), ("5-1 * * * *", "'5-1' is no minute"),
        ("*/0 * * * *", "'*/0' is no minute"),
        ("1,,2 * * * *", "'' is no minute"), ("a * * * *", "'a' is no minute"), ("-1 * * * *", "'-1' is no minute"),
        ("* * * foo *", "jan feb mar"), ("0 0 30 2 *", "never comes"), ("0 0 31 4,6,9,11 *", "never comes"),
        ("@often", "nicknames are"),
        ("@every", "@every takes a duration"), ("@every 1mo", "@every takes a duration"),
        ("@every 0s", "@every takes a duration"), ("@every 99999998w", "up to 3660d"),
        ("１ * * * *", "is no minute"),
        ("0 0 1,32 * *", "'32' is no day of month (column 7)"),
        ("0 0 * * 1,mon#6", "'mon#6' is no day of week (column 11)"),
        ("60 * * * * *", "'60' is no second (column 1)"), ("? * * * *", "'?' is no minute (column 1)"),
        ("0 0 0W * *", "'0W' is no day of month"), ("0 0 L-31 * *", "'L-31' is no day of month"),
        ("0 0 * * L", "'L' is no day of week"), ("0 0 * * fri-mon", "'fri-mon' is no day of week"),
        ("H(5-1) * * * *", "'H(5-1)' is no minute"), ("H( * * * *", "'H(' is no minute"),
        ("0 0 0 L-30 2 *", "never comes"), ("0 0 0 31 6 MON", "never comes"),
        ("0 0 */2/3 * *", "'*/2/3' is no day of month"),
    ])
    func refusesWithTheReason(text: String, reason: String) {
        let error = #expect(throws: ScheduleError.self) { try Schedule(text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    /// Sunday ends a range as 0, as 7 and by its name, in five fields and in six: the week from Monday, the 4th, that are due.
    @Test(arguments: [
        ("sat-sun", [6, 7]), ("mon-sun", [1, 2, 3, 4, 5, 6, 7]), ("5-7", [5, 6, 7]), ("5-0", [5, 6, 7]),
        ("fri-7", [5, 6, 7]), ("FRI-0", [5, 6, 7]), ("6-sun", [6, 7]), ("thu-sun/2", [4, 6]), ("wed-sun/2", [3, 5, 7]),
        ("mon,sat-sun", [1, 6, 7]), ("1-7", [1, 2, 3, 4, 5, 6, 7]), ("0-7", [1, 2, 3, 4, 5, 6, 7]),
        ("0-6", [1, 2, 3, 4, 5, 6, 7]), ("sun-mon", [1, 7]), ("sun-0", [7]), ("0-0", [7]), ("7-0", [7]),
        ("H(sat-sun)/1", [6, 7]),
    ])
    func aRangeMayEndOnSunday(days: String, expected: [Int]) throws {
        let monday = try Instant(rfc3339: "2027-01-04T00:00:00Z")
        for text in ["0 12 * * \(days)", "0 0 12 * * \(days)", "0 0 12 ? * \(days)"] {
            let schedule = try Schedule(text)
            var (found, instant) = ([Int](), monday)
            while let next = schedule.next(after: instant, in: .utc), next.time - monday < .seconds(7 * 86_400) {
                found.append(Int((next.time - monday) / .seconds(86_400)) + 1)
                instant = next.time
            }
            #expect(found == expected, "\(text)")
        }
    }

    /// Such Sundays are those on which the clock is set forward, at that very hour.
    @Test func whatChangesOfTheClockAlwaysLeaveOutNeverComes() throws {
        let (schedule, berlin) = (try Schedule("0 * 2 25 3 SUN"), try Zone.load("Europe/Berlin"))
        let start = Instant(secondsSinceEpoch: 1_800_000_000)
        #expect(schedule.next(after: start, in: berlin) == nil)
        #expect(schedule.next(after: start, in: .utc) != nil)
        let fixed = try Schedule("0 30 2 25 3 SUN")
        #expect(fixed.next(after: start, in: berlin) != nil)
        #expect(fixed.next(after: start, in: berlin, clockChange: .init(gap: .skip)) == nil)
    }

    /// Spread by the job's name, the same on every host, and within what was asked for.
    @Test func aHashIsTheJobsOwn() throws {
        let start = try Instant(rfc3339: "2027-01-01T00:00:00Z")
        func first(_ text: String, _ job: String) throws -> LocalTime {
            Zone.utc.local(try #require(try Schedule(text, job: job).next(after: start, in: .utc)).time)
        }
        let nightly = try first("H H * * *", "nightly")
        #expect(nightly == (try first("H H * * *", "nightly")))
        let times = try (0..<200).map { try first("H H(1-4) * * *", "job-\($0)") }
        #expect(Set(times.map(\.minute)).count > 50)
        #expect(Set(times.map(\.hour)) == [1, 2, 3, 4])
        let days = try (0..<400).map { try first("0 0 H * *", "job-\($0)").date.day }
        #expect(Set(days).isSuperset(of: 2...28) && (days.max() ?? 99) <= 28)
        let steps = try (0..<200).map { try first("H/15 * * * *", "job-\($0)").minute % 15 }
        #expect(Set(steps) == Set(0..<15))
    }

    @Test(arguments: [
        ("0 2 * * *", "at 02:00 Europe/Berlin"),
        ("0 2 * * 1-5", "at 02:00 Europe/Berlin, Monday to Friday"),
        ("30 2,14 * * sat,sun", "at 02:30 and 14:30 Europe/Berlin, Saturday and Sunday"),
        ("0 0 0 ? * FRI-SUN", "at 00:00 Europe/Berlin, Friday to Sunday"),
        ("0 0 * * fri-sun", "at 00:00 Europe/Berlin, Friday to Sunday"),
        ("0 0 * * sat-sun", "at 00:00 Europe/Berlin, Saturday and Sunday"),
        ("0 0 * * mon-sun", "at 00:00 Europe/Berlin"), ("0 0 13 * mon-sun", "at 00:00 Europe/Berlin"),
        ("0 0 0 13 * mon-sun", "at 00:00 Europe/Berlin, on day 13 of the month"),
        ("*/15 * * * *", "every 15 minutes Europe/Berlin"), ("* * * * *", "every minute Europe/Berlin"),
        ("0 * * * *", "at minute 0 of every hour Europe/Berlin"),
        ("*/10 8-17 * * *", "every 10 minutes in hours 8 to 17 Europe/Berlin"),
        ("0 0 1,15 * *", "at 00:00 Europe/Berlin, on days 1 and 15 of the month"),
        ("0 0 13 * fri", "at 00:00 Europe/Berlin, on day 13 of the month or Friday"),
        ("0 0 0 13 * fri", "at 00:00 Europe/Berlin, on day 13 of the month if it is Friday"),
        ("0 0 L * *", "at 00:00 Europe/Berlin, on the last day of the month"),
        ("0 0 * jan-mar,jul 5L", "at 00:00 Europe/Berlin, the last Friday of the month, in January to March and July"),
        ("0 0 * * mon#1", "at 00:00 Europe/Berlin, the first Monday of the month"),
        ("5 30 4 * * *", "at 04:30:05 Europe/Berlin"),
        ("@daily", "at 00:00 Europe/Berlin"), ("@every 6h", "every 6h, counted from 1970-01-01T00:00:00Z"),
    ])
    func explainsItself(text: String, words: String) throws {
        #expect(try Schedule(text).explanation(in: try Zone.load("Europe/Berlin")) == words)
    }
}
