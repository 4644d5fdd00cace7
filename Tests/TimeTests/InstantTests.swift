import Testing
import Time

@Suite(.timeLimit(.minutes(10)))
struct InstantTests {
    @Test(arguments: [
        ("2027-03-28T00:40:00Z", 1_806_194_400_000_000, "2027-03-28T00:40:00Z"),
        ("2027-03-28T03:40:00+03:00", 1_806_194_400_000_000, "2027-03-28T00:40:00Z"),
        ("2027-03-27t22:10:00.5-0230", 1_806_194_400_500_000, "2027-03-28T00:40:00.5Z"),
        ("1969-12-31T23:59:59.999999Z", -1, "1969-12-31T23:59:59.999999Z"),
        ("1970-01-01 00:00:00.1234567z", 123_456, "1970-01-01T00:00:00.123456Z"),
    ])
    func readsAndWritesRFC3339(text: String, microseconds: Int64, written: String) throws {
        let instant = try Instant(rfc3339: text)
        #expect(instant.microsecondsSinceEpoch == microseconds)
        #expect(instant.rfc3339 == written)
        #expect(try Instant(rfc3339: instant.rfc3339) == instant)
    }

    @Test(arguments: [
        "", "2027", "2027-03-28", "2027-03-28T00:40Z", "2027-02-29T00:00:00Z", "2027-03-28T24:00:00Z",
        "2027-03-28T00:60:00Z",
        "2027-03-28T00:00:61Z", "2027-03-28T00:40:00", "2027-03-28T00:40:00.Z", "2027-03-28T00:40:00Zx",
        "2027-03-28T00:40:00+25:00",
        "２027-03-28T00:40:00Z", "-027-03-28T00:40:00Z", "2027-3-28T00:40:00Z",
    ])
    func refusesOtherTexts(text: String) {
        #expect(throws: TimeTextError.self) { try Instant(rfc3339: text) }
    }

    @Test func writesOffsets() {
        let instant = Instant(secondsSinceEpoch: 1_806_194_400)
        #expect(instant.rfc3339(offset: 10_800) == "2027-03-28T03:40:00+03:00")
        #expect(instant.rfc3339(offset: -12_600) == "2027-03-27T21:10:00-03:30")
        #expect((instant + .milliseconds(78)).optimizeTime == "2027-03-28T00:40:00.078+0000")
    }

    @Test func idsAreTimes() throws {
        let instant = Instant(secondsSinceEpoch: 1_806_194_400)
        #expect(instant.compactUTC == "20270328004000")
        #expect(try Instant(compactUTC: "20270328004000") == instant)
        for text in ["", "2027032800400", "202703280040000", "20270229000000", "20270328246000", "backup20270328"] {
            #expect(throws: TimeTextError.self) { try Instant(compactUTC: text) }
        }
    }

    @Test func arithmeticSaturates() {
        let end = Instant(microsecondsSinceEpoch: .max)
        let start = Instant(microsecondsSinceEpoch: .min)
        #expect(end + .seconds(1) == end)
        #expect(start - .seconds(1) == start)
        #expect(start + .seconds(-1) == start)
        #expect(end - start == .microseconds(Int64.max))
        #expect(start - end == .microseconds(Int64.min))
        #expect(Instant(millisecondsSinceEpoch: .max) == end)
        #expect(Instant(secondsSinceEpoch: .min) == start)
        #expect((Instant(microsecondsSinceEpoch: -1)).secondsSinceEpoch == -1)
    }
}
