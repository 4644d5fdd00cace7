import Testing
import Time

@Suite(.timeLimit(.minutes(10)))
struct CalendarDurationTests {
    @Test(arguments: [
        ("30s", CalendarDuration(seconds: 30), "30s"), ("15m", CalendarDuration(seconds: 900), "15m"),
        ("6h", CalendarDuration(seconds: 21_600), "6h"), ("30d", CalendarDuration(days: 30), "30d"),
        ("8w", CalendarDuration(days: 56), "56d"), ("6mo", CalendarDuration(months: 6), "6mo"),
        ("2y", CalendarDuration(months: 24), "2y"),
        ("2y5mo7d3h", CalendarDuration(months: 29, days: 7, seconds: 10_800), "2y5mo7d3h"),
        ("PT15M", CalendarDuration(seconds: 900), "15m"), ("P1M", CalendarDuration(months: 1), "1mo"),
        ("P1DT2H", CalendarDuration(days: 1, seconds: 7_200), "1d2h"), ("P2W", CalendarDuration(days: 14), "14d"),
        ("90s", CalendarDuration(seconds: 90), "1m30s"), ("0s", CalendarDuration(), "0s"),
        ("1m30s", CalendarDuration(seconds: 90), "1m30s"),
        ("1y1d1mo", CalendarDuration(months: 13, days: 1), "1y1mo1d"),
        ("30s1m", CalendarDuration(seconds: 90), "1m30s"),
        ("1h1d", CalendarDuration(days: 1, seconds: 3_600), "1d1h"), ("1mo1y", CalendarDuration(months: 13), "1y1mo"),
        ("3h7d1w5mo2y", CalendarDuration(months: 29, days: 14, seconds: 10_800), "2y5mo14d3h"),
        ("1m1mo", CalendarDuration(months: 1, seconds: 60), "1mo1m"),
    ])
    func readsAndWrites(text: String, duration: CalendarDuration, written: String) throws {
        #expect(try CalendarDuration(text) == duration)
        #expect(duration.description == written)
        #expect(try CalendarDuration(written) == duration)
    }

    @Test(arguments: [
        "", "15", "m", "15 m", "-1s", "+1s", "1.5h", "1s1s", "1d1h1d", "1mo1m1mo", "PT1M1H", "P1D1M", "1M", "15min",
        "P", "PT", "P1H", "PT1D", "P1DT",
        "pt1h", "1h ",
        "99999999999999999999s", "9999999999y", "１s", "infinity",
    ])
    func refusesOtherTexts(text: String) {
        let error = #expect(throws: TimeTextError.self) { try CalendarDuration(text) }
        #expect(error?.description.contains("allowed are") == true)
    }

    @Test func onlyDaysAndSecondsHaveAFixedLength() {
        #expect(CalendarDuration(days: 1, seconds: 1).fixed == .seconds(86_401))
        #expect(CalendarDuration(months: 1).fixed == nil)
    }
}
