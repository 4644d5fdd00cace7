import TestSupport
import Testing
import Time

@Suite(.timeLimit(.minutes(10)))
struct ZoneTests {
    /// From each zone's rules: a moment, and what a clock on the wall shows then.
    @Test(arguments: [
        ("Europe/Berlin", "2027-03-28T00:59:59Z", "2027-03-28T01:59:59"),
        ("Europe/Berlin", "2027-03-28T01:00:00Z", "2027-03-28T03:00:00"),
        ("Europe/Berlin", "2027-10-31T00:30:00Z", "2027-10-31T02:30:00"),
        ("Europe/Berlin", "2027-10-31T01:30:00Z", "2027-10-31T02:30:00"),
        ("Europe/Berlin", "2099-07-01T10:00:00Z", "2099-07-01T12:00:00"),
        ("Europe/Berlin", "2299-07-01T10:00:00Z", "2299-07-01T12:00:00"),
        ("America/New_York", "2027-03-14T07:00:00Z", "2027-03-14T03:00:00"),
        ("America/New_York", "2027-11-07T05:00:00Z", "2027-11-07T01:00:00"),
        ("America/New_York", "2027-11-07T06:00:00Z", "2027-11-07T01:00:00"),
        ("Australia/Lord_Howe", "2027-10-02T15:30:00Z", "2027-10-03T02:30:00"),
        ("Australia/Lord_Howe", "2027-04-03T15:15:00Z", "2027-04-04T01:45:00"),
        ("America/St_Johns", "2027-07-01T02:30:00Z", "2027-07-01T00:00:00"),
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T23:59:59"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T00:00:00"),
        ("Asia/Kolkata", "2026-12-31T18:30:00Z", "2027-01-01T00:00:00"),
        ("Pacific/Chatham", "2026-12-31T10:15:00Z", "2027-01-01T00:00:00"),
        ("Antarctica/Troll", "2027-03-28T01:00:00Z", "2027-03-28T03:00:00"),
        ("Europe/Dublin", "2027-07-01T11:00:00Z", "2027-07-01T12:00:00"),
        ("UTC", "2027-03-28T02:30:00Z", "2027-03-28T02:30:00"),
    ])
    func knowsWhatAClockShows(name: String, moment: String, shown: String) throws {
        let local = try Zone.load(name).local(try Instant(rfc3339: moment))
        #expect(Instant(secondsSinceEpoch: local.secondsSinceEpoch).rfc3339 == shown + "Z")
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

    /// Stretches follow one another without a hole, each with another offset than the one before; past the written-out table, too.
    @Test(arguments: ["Europe/Berlin", "Africa/Casablanca", "Pacific/Apia", "Australia/Lord_Howe", "Antarctica/Troll"])
    func spansAreAllThereIs(name: String) throws {
        let zone = try Zone.load(name)
        for start in [1_200_000_000, 7_250_000_000] as [Int64] {
            var span = zone.span(at: start)
            let end = start + 1_300_000_000
            while span.end < end {
                for moment in stride(from: max(span.start, start), to: span.end, by: 86_400 * 5) {
                    #expect(Int64(zone.offset(at: moment)) == span.offset)
                }
                let next = zone.span(at: span.end)
                #expect(zone.span(at: span.end - 1) == span)
                #expect(next.start == span.end && next.end > next.start)
                #expect(next.offset != span.offset && next.offsetBefore == span.offset)
                span = next
            }
            // By then some have no changes any more.
            #expect(span.start > start || start > 7_000_000_000)
        }
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
            _ = zone.span(at: 1_800_000_000)
        }
    }
}
