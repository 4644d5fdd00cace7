import Testing
import Time

@Suite(.timeLimit(.minutes(10)))
struct DurationTextTests {
    @Test(
        arguments: [
            (850, "850 ms", "1 s"), (3_602, "3.6 s", "4 s"), (59_949, "59.9 s", "1 min 0 s"),
            (59_950, "1 min 0 s", "1 min 0 s"), (245_000, "4 min 5 s", "4 min 5 s"),
            (7_380_000, "2 h 3 min", "2 h 3 min"), (30_000, "30 s", "30 s"),
        ] as [(Int, String, String)])
    func durationsCanBeRead(milliseconds: Int, text: String, inTables: String) {
        let duration = Duration.milliseconds(milliseconds)
        #expect(duration.text == text && duration.inWholeSeconds == inTables)
    }

    @Test func aTimeIsToldToTheSecond() {
        #expect(Instant(microsecondsSinceEpoch: 1_800_000_000_123_456).toTheSecond == "2027-01-15T08:00:00Z")
    }
}
