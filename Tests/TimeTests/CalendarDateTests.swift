import Testing
import Time

@Suite(.timeLimit(.minutes(10)))
struct CalendarDateTests {
    @Test(arguments: [
        (1970, 1, 1, 0, 4), (1969, 12, 31, -1, 3), (2000, 2, 29, 11_016, 2), (2026, 11, 23, 20_780, 1),
        (2100, 3, 1, 47_541, 1),
        (1600, 1, 1, -135_140, 6), (-1, 12, 31, -719_529, 5), (9999, 12, 31, 2_932_896, 5),
    ])
    func countsDays(year: Int, month: Int, day: Int, count: Int, weekday: Int) throws {
        let date = try #require(CalendarDate(year: year, month: month, day: day))
        #expect(date.daysSinceEpoch == count)
        #expect(CalendarDate(daysSinceEpoch: count) == date)
        #expect(date.weekday == weekday)
    }

    @Test func everyDayFollowsTheOneBefore() throws {
        var date = try #require(CalendarDate(year: 1896, month: 1, day: 1))
        for _ in 0..<80_000 {
            let next = date.adding(days: 1)
            let isNewMonth = date.day == CalendarDate.length(ofMonth: date.month, year: date.year)
            #expect(next.day == (isNewMonth ? 1 : date.day + 1))
            #expect(next.weekday == date.weekday % 7 + 1)
            #expect(date < next)
            date = next
        }
        #expect(date.year == 2115)
    }

    @Test(arguments: [(2025, 2, 29), (2026, 13, 1), (2026, 0, 1), (2026, 4, 31), (2026, 1, 0), (1900, 2, 29)])
    func refusesDaysThatDoNotExist(year: Int, month: Int, day: Int) {
        #expect(CalendarDate(year: year, month: month, day: day) == nil)
    }

    @Test(arguments: [
        (2026, 1, 31, 1, "2026-2-28"), (2024, 1, 31, 1, "2024-2-29"), (2026, 3, 31, -1, "2026-2-28"),
        (2026, 1, 15, -1, "2025-12-15"),
        (2026, 11, 23, 24, "2028-11-23"), (2026, 12, 1, 1, "2027-1-1"), (2024, 2, 29, 12, "2025-2-28"),
    ])
    func addsMonths(year: Int, month: Int, day: Int, months: Int, expected: String) throws {
        let date = try #require(CalendarDate(year: year, month: month, day: day)).adding(months: months)
        #expect("\(date.year)-\(date.month)-\(date.day)" == expected)
    }

    /// The cases of ISO 8601 around new year.
    @Test(arguments: [
        (2005, 1, 1, 2004, 53), (2005, 1, 2, 2004, 53), (2005, 12, 31, 2005, 52), (2007, 1, 1, 2007, 1),
        (2008, 12, 29, 2009, 1),
        (2010, 1, 3, 2009, 53), (2026, 11, 23, 2026, 48),
    ])
    func knowsTheWeek(year: Int, month: Int, day: Int, weekYear: Int, week: Int) throws {
        let date = try #require(CalendarDate(year: year, month: month, day: day))
        #expect(date.isoWeek == (weekYear, week))
    }
}
