import Scheduling
import Testing
import Time

/// What changes of the clock do to fire times, worked out from each zone's rules.
@Suite(.timeLimit(.minutes(10)))
struct ClockChangeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let zone: String
        let schedule: String
        let from: String
        /// By the policy that runs left-out times after the gap, or repeated ones once.
        let usual: [String]
        /// By the policy that leaves them out, or runs them twice.
        let other: [String]

        init(_ zone: String, _ schedule: String, from: String, _ usual: [String], _ other: [String]) {
            (self.zone, self.schedule, self.from, self.usual, self.other) = (zone, schedule, from, usual, other)
        }

        var testDescription: String { "\(zone) \(schedule)" }
    }

    /// The clock is set forward: `runAfter` and `skip`.
    @Test(arguments: [
        Case(
            "Europe/Berlin", "30 2 * * *", from: "2027-03-27T12:00:00Z",
            ["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"], ["2027-03-29T00:30:00Z", "2027-03-30T00:30:00Z"]),
        Case(
            "America/New_York", "30 2 * * *", from: "2027-03-13T12:00:00Z",
            ["2027-03-14T07:00:00Z", "2027-03-15T06:30:00Z"], ["2027-03-15T06:30:00Z", "2027-03-16T06:30:00Z"]),
        // Half an hour.
        Case(
            "Australia/Lord_Howe", "15 2 * * *", from: "2027-10-02T00:00:00Z",
            ["2027-10-02T15:30:00Z", "2027-10-03T15:15:00Z"], ["2027-10-03T15:15:00Z", "2027-10-04T15:15:00Z"]),
        Case(
            "America/St_Johns", "30 2 * * *", from: "2027-03-13T12:00:00Z",
            ["2027-03-14T05:30:00Z", "2027-03-15T05:00:00Z"], ["2027-03-15T05:00:00Z", "2027-03-16T05:00:00Z"]),
        // A whole day: 2011-12-30 did not exist.
        Case(
            "Pacific/Apia", "0 12 * * *", from: "2011-12-29T00:00:00Z",
            ["2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"],
            ["2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z", "2011-12-31T22:00:00Z"]),
        // At midnight.
        Case(
            "America/Havana", "30 0 * * *", from: "2027-03-13T12:00:00Z",
            ["2027-03-14T05:00:00Z", "2027-03-15T04:30:00Z"], ["2027-03-15T04:30:00Z", "2027-03-16T04:30:00Z"]),
        Case(
            "Asia/Beirut", "30 0 * * *", from: "2027-03-27T12:00:00Z",
            ["2027-03-27T22:00:00Z", "2027-03-28T21:30:00Z"], ["2027-03-28T21:30:00Z", "2027-03-29T21:30:00Z"]),
        // Its winter time is the odd one.
        Case(
            "Europe/Dublin", "30 1 * * *", from: "2027-03-27T12:00:00Z",
            ["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"], ["2027-03-29T00:30:00Z", "2027-03-30T00:30:00Z"]),
        // After Ramadan.
        Case(
            "Africa/Casablanca", "30 2 * * *", from: "2027-03-13T12:00:00Z",
            ["2027-03-14T02:00:00Z", "2027-03-15T01:30:00Z"], ["2027-03-15T01:30:00Z", "2027-03-16T01:30:00Z"]),
        Case(
            "Asia/Kolkata", "30 2 * * *", from: "2027-03-27T12:00:00Z",
            ["2027-03-27T21:00:00Z", "2027-03-28T21:00:00Z"], ["2027-03-27T21:00:00Z", "2027-03-28T21:00:00Z"]),
        Case(
            "Pacific/Chatham", "0 3 * * *", from: "2027-09-25T00:00:00Z",
            ["2027-09-25T14:00:00Z", "2027-09-26T13:15:00Z"], ["2027-09-26T13:15:00Z", "2027-09-27T13:15:00Z"]),
        // Two hours.
        Case(
            "Antarctica/Troll", "30 1 * * *", from: "2027-03-27T12:00:00Z",
            ["2027-03-28T01:00:00Z", "2027-03-28T23:30:00Z"], ["2027-03-28T23:30:00Z", "2027-03-29T23:30:00Z"]),
        // Two left-out times are one fire time; the minute after the gap is not run twice.
        Case(
            "Europe/Berlin", "0,30 2 * * *", from: "2027-03-27T12:00:00Z",
            ["2027-03-28T01:00:00Z", "2027-03-29T00:00:00Z"], ["2027-03-29T00:00:00Z", "2027-03-29T00:30:00Z"]),
        Case(
            "Europe/Berlin", "30 2,3 * * *", from: "2027-03-27T12:00:00Z",
            ["2027-03-28T01:00:00Z", "2027-03-28T01:30:00Z"], ["2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z"]),
        Case(
            "Europe/Berlin", "0 2,3 * * *", from: "2027-03-27T12:00:00Z",
            ["2027-03-28T01:00:00Z", "2027-03-29T00:00:00Z"], ["2027-03-28T01:00:00Z", "2027-03-29T00:00:00Z"]),
        // What follows real time knows no gap.
        Case(
            "Europe/Berlin", "*/20 2 * * *", from: "2027-03-27T12:00:00Z",
            ["2027-03-29T00:00:00Z", "2027-03-29T00:20:00Z"], ["2027-03-29T00:00:00Z", "2027-03-29T00:20:00Z"]),
        Case(
            "Europe/Berlin", "15 30 2 * * *", from: "2027-03-27T12:00:00Z",
            ["2027-03-28T01:00:00Z", "2027-03-29T00:30:15Z"], ["2027-03-29T00:30:15Z", "2027-03-30T00:30:15Z"]),
    ])
    func aGap(_ given: Case) throws {
        #expect(try fires(given, .init(gap: .runAfter), given.usual.count) == given.usual)
        #expect(try fires(given, .init(gap: .skip), given.other.count) == given.other)
    }

    /// The clock is set back: `once` and `twice`.
    @Test(arguments: [
        Case(
            "Europe/Berlin", "30 2 * * *", from: "2027-10-30T12:00:00Z",
            ["2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"],
            ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z", "2027-11-01T01:30:00Z"]),
        Case(
            "America/New_York", "30 1 * * *", from: "2027-11-06T12:00:00Z",
            ["2027-11-07T05:30:00Z", "2027-11-08T06:30:00Z"], ["2027-11-07T05:30:00Z", "2027-11-07T06:30:00Z"]),
        Case(
            "Australia/Lord_Howe", "45 1 * * *", from: "2027-04-03T00:00:00Z",
            ["2027-04-03T14:45:00Z", "2027-04-04T15:15:00Z"], ["2027-04-03T14:45:00Z", "2027-04-03T15:15:00Z"]),
        Case(
            "America/St_Johns", "30 1 * * *", from: "2027-11-06T12:00:00Z",
            ["2027-11-07T04:00:00Z", "2027-11-08T05:00:00Z"], ["2027-11-07T04:00:00Z", "2027-11-07T05:00:00Z"]),
        Case(
            "America/Havana", "30 0 * * *", from: "2027-11-06T12:00:00Z",
            ["2027-11-07T04:30:00Z", "2027-11-08T05:30:00Z"], ["2027-11-07T04:30:00Z", "2027-11-07T05:30:00Z"]),
        // The day before comes back.
        Case(
            "Asia/Beirut", "30 23 * * *", from: "2027-10-30T12:00:00Z",
            ["2027-10-30T20:30:00Z", "2027-10-31T21:30:00Z"], ["2027-10-30T20:30:00Z", "2027-10-30T21:30:00Z"]),
        Case(
            "Europe/Dublin", "30 1 * * *", from: "2027-10-30T12:00:00Z",
            ["2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"], ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"]),
        Case(
            "Africa/Casablanca", "30 2 * * *", from: "2027-02-06T12:00:00Z",
            ["2027-02-07T01:30:00Z", "2027-02-08T02:30:00Z"], ["2027-02-07T01:30:00Z", "2027-02-07T02:30:00Z"]),
        Case(
            "Pacific/Chatham", "0 3 * * *", from: "2027-04-03T00:00:00Z",
            ["2027-04-03T13:15:00Z", "2027-04-04T14:15:00Z"], ["2027-04-03T13:15:00Z", "2027-04-03T14:15:00Z"]),
        Case(
            "Antarctica/Troll", "30 1 * * *", from: "2027-10-30T12:00:00Z",
            ["2027-10-30T23:30:00Z", "2027-11-01T01:30:00Z"], ["2027-10-30T23:30:00Z", "2027-10-31T01:30:00Z"]),
        // From within the second hour on.
        Case(
            "Europe/Berlin", "15,45 2 * * *", from: "2027-10-31T01:30:00Z",
            ["2027-11-01T01:15:00Z", "2027-11-01T01:45:00Z"], ["2027-10-31T01:45:00Z", "2027-11-01T01:15:00Z"]),
        // The moment at which the clock has come round to where it was.
        Case(
            "Europe/Berlin", "0 2,3 * * *", from: "2027-10-30T12:00:00Z",
            ["2027-10-31T00:00:00Z", "2027-10-31T02:00:00Z"],
            ["2027-10-31T00:00:00Z", "2027-10-31T01:00:00Z", "2027-10-31T02:00:00Z"]),
        // What follows real time runs in both hours.
        Case(
            "Europe/Berlin", "*/30 2 * * *", from: "2027-10-30T12:00:00Z",
            ["2027-10-31T00:00:00Z", "2027-10-31T00:30:00Z", "2027-10-31T01:00:00Z", "2027-10-31T01:30:00Z"],
            ["2027-10-31T00:00:00Z", "2027-10-31T00:30:00Z", "2027-10-31T01:00:00Z", "2027-10-31T01:30:00Z"]),
        // Past the written-out table: the last Sundays of March and October 2250 are the 31st and the 27th.
        Case(
            "Europe/Berlin", "30 2 * * *", from: "2250-10-26T12:00:00Z",
            ["2250-10-27T00:30:00Z", "2250-10-28T01:30:00Z"], ["2250-10-27T00:30:00Z", "2250-10-27T01:30:00Z"]),
    ])
    func anOverlap(_ given: Case) throws {
        #expect(try fires(given, .init(overlap: .once), given.usual.count) == given.usual)
        #expect(try fires(given, .init(overlap: .twice), given.other.count) == given.other)
    }

    private func fires(_ given: Case, _ policy: ClockChangePolicy, _ count: Int) throws -> [String] {
        let schedule = try Schedule(given.schedule)
        let zone = try Zone.load(given.zone)
        var instant = try Instant(rfc3339: given.from)
        return try (0..<count).map { _ in
            instant = try #require(schedule.next(after: instant, in: zone, clockChange: policy)).time
            return instant.rfc3339
        }
    }

    /// The note says what happened, in the preview and in the log.
    @Test(arguments: [
        ("2027-03-27T12:00:00Z", ClockChangePolicy(), "02:30 does not exist on 2027-03-28; runs at 03:00"),
        ("2027-03-27T12:00:00Z", .init(gap: .skip), "02:30 does not exist on 2027-03-28 and is left out"),
        ("2027-03-28T12:00:00Z", .init(gap: .skip), ""),
        ("2027-10-30T12:00:00Z", .init(), "02:30 comes twice on 2027-10-31; the first one counts"),
        ("2027-10-30T12:00:00Z", .init(overlap: .twice), "02:30 comes twice on 2027-10-31; this is the first one"),
        ("2027-10-31T00:30:00Z", .init(overlap: .twice), "02:30 comes twice on 2027-10-31; this is the second one"),
        ("2027-10-31T12:00:00Z", .init(overlap: .twice), ""),
    ])
    func saysWhatTheClockDid(from: String, policy: ClockChangePolicy, note: String) throws {
        let berlin = try Zone.load("Europe/Berlin")
        let fire = try #require(
            try Schedule("30 2 * * *").next(after: try Instant(rfc3339: from), in: berlin, clockChange: policy))
        #expect(fire.note ?? "" == note)
    }

    @Test func aDayThatWasLeftOutIsNamed() throws {
        let fire = try Schedule("0 12 30 12 *").next(
            after: try Instant(rfc3339: "2011-12-01T00:00:00Z"), in: try Zone.load("Pacific/Apia"))
        #expect(fire?.note == "12:00 does not exist on 2011-12-30; runs at 00:00 on 2011-12-31")
        #expect(fire?.noteOnceCome == "12:00 does not exist on 2011-12-30; ran at 00:00 on 2011-12-31")
    }
}
