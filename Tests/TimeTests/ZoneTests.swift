import TestSupport
import Testing
import Time

@Suite(.timeLimit(.minutes(2)))
struct ZoneTests {
    /// From each zone's rules: the local time, and when it is, in UTC.
    @Test(arguments: [
        ("Europe/Berlin", "2027-03-28T01:59:59", ["2027-03-28T00:59:59Z"]),
        ("Europe/Berlin", "2027-03-28T02:30:00", ["never at 2027-03-28T01:00:00Z"]),
        ("Europe/Berlin", "2027-03-28T03:00:00", ["2027-03-28T01:00:00Z"]),
        ("Europe/Berlin", "2027-10-31T02:30:00", ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"]),
        ("Europe/Berlin", "2027-10-31T03:00:00", ["2027-10-31T02:00:00Z"]),
        ("Europe/Berlin", "2099-07-01T12:00:00", ["2099-07-01T10:00:00Z"]),
        ("America/New_York", "2027-03-14T02:30:00", ["never at 2027-03-14T07:00:00Z"]),
        ("America/New_York", "2027-11-07T01:00:00", ["2027-11-07T05:00:00Z", "2027-11-07T06:00:00Z"]),
        ("Australia/Lord_Howe", "2027-10-03T02:15:00", ["never at 2027-10-02T15:30:00Z"]),
        ("Australia/Lord_Howe", "2027-04-04T01:45:00", ["2027-04-03T14:45:00Z", "2027-04-03T15:15:00Z"]),
        ("America/St_Johns", "2027-07-01T00:00:00", ["2027-07-01T02:30:00Z"]),
        ("Pacific/Apia", "2011-12-30T12:00:00", ["never at 2011-12-30T10:00:00Z"]),
        ("Pacific/Apia", "2011-12-31T00:00:00", ["2011-12-30T10:00:00Z"]),
        ("Asia/Kolkata", "2027-01-01T00:00:00", ["2026-12-31T18:30:00Z"]),
        ("Pacific/Chatham", "2027-01-01T00:00:00", ["2026-12-31T10:15:00Z"]),
        ("Antarctica/Troll", "2027-03-28T02:00:00", ["never at 2027-03-28T01:00:00Z"]),
        ("Antarctica/Troll", "2027-10-31T02:00:00", ["2027-10-31T00:00:00Z", "2027-10-31T02:00:00Z"]),
        ("Europe/Dublin", "2027-07-01T12:00:00", ["2027-07-01T11:00:00Z"]),
        ("UTC", "2027-03-28T02:30:00", ["2027-03-28T02:30:00Z"]),
    ])
    func knowsWhenAClockShowsATime(name: String, text: String, expected: [String]) throws {
        let zone = try Zone.load(name)
        let local = LocalTime(secondsSinceEpoch: try Instant(rfc3339: text + "Z").secondsSinceEpoch)
        let written = { (seconds: Int64) in Instant(secondsSinceEpoch: seconds).rfc3339 }
        let found =
            switch zone.occurrence(of: local) {
            case .once(let seconds): [written(seconds)]
            case .twice(let first, let second): [written(first), written(second)]
            case .never(let change): ["never at \(written(change.time))"]
            }
        #expect(found == expected)
        for case let text in found where !text.hasPrefix("never") {
            #expect(zone.local(try Instant(rfc3339: text)) == local)
        }
    }

    /// Offsets and transitions of many zones, as Python's zoneinfo reads them from the same files.
    @Test(arguments: [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia",
        "America/Havana", "Asia/Beirut",
        "Europe/Dublin", "Africa/Casablanca", "Asia/Kolkata", "Pacific/Chatham", "Antarctica/Troll", "America/Nuuk",
        "Africa/Monrovia",
    ])
    func agreesWithPython(name: String) throws {
        let script = """
            import datetime, zoneinfo
            zone = zoneinfo.ZoneInfo("\(name)")
            for second in range(-2000000000, 6000000000, 7654321):
                when = datetime.datetime.fromtimestamp(second, datetime.timezone.utc).astimezone(zone)
                print(second, int(when.utcoffset().total_seconds()))
            """
        let ending = try run("python3", "-c", script)
        try #require(ending.status == 0, "\(ending.errors)")
        let zone = try Zone.load(name)
        var count = 0
        for line in ending.output.split(separator: "\n") {
            let fields = line.split(separator: " ").compactMap { Int64($0) }
            #expect(Int64(zone.offset(at: fields[0])) == fields[1], "at \(fields[0])")
            count += 1
        }
        #expect(count > 1_000)
    }

    /// Between two transitions the offset never changes, and at each it does.
    @Test(arguments: ["Europe/Berlin", "Africa/Casablanca", "Pacific/Apia", "Australia/Lord_Howe", "Antarctica/Troll"])
    func transitionsAreAllThereIs(name: String) throws {
        let zone = try Zone.load(name)
        var second: Int64 = 1_200_000_000
        let end: Int64 = 2_500_000_000
        while let transition = zone.transition(after: second), transition.time < end {
            #expect(zone.offset(at: transition.time - 1) == transition.before)
            #expect(zone.offset(at: transition.time) == transition.after)
            for moment in stride(from: second, to: transition.time, by: 86_400 * 5) {
                #expect(zone.offset(at: moment) == transition.before)
            }
            second = transition.time
        }
        #expect(second > 1_300_000_000)
    }

    @Test(arguments: [
        "", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe", "Europe/../Europe/Berlin", "Europe/Berlin ",
    ])
    func aZoneThatIsNotThereNamesThePackage(name: String) {
        let error = #expect(throws: ZoneError.self) { try Zone.load(name) }
        #expect(error?.description.contains("tzdata") == true)
    }

    @Test func everyPrefixAndEveryDamageOfAFileIsSurvived() throws {
        let bytes = bytes(of: "/usr/share/zoneinfo/Europe/Berlin")
        for count in stride(from: 0, to: bytes.count, by: 7) {
            #expect(throws: ZoneError.self) { try Zone(name: "x", tzif: Array(bytes.prefix(count))) }
        }
        for position in 0..<min(bytes.count, 400) {
            var damaged = bytes
            damaged[position] ^= 0xFF
            guard let zone = try? Zone(name: "x", tzif: damaged) else { continue }
            _ = zone.offset(at: 1_800_000_000)
            _ = zone.transition(after: 1_800_000_000)
        }
    }
}
