internal import Time

/// The fields of a cron expression as sets of numbers.
struct CronFields: Sendable, Hashable {
    /// 0 to 59; only 0 where the expression has no such field.
    var seconds: UInt64 = 1
    /// 0 to 59.
    var minutes: UInt64 = 0
    /// 0 to 23.
    var hours: UInt64 = 0
    var days = DayRule()
    /// 1 to 12.
    var months: UInt64 = 0
    /// Whether the minute or the hour field begins with `*`: then the schedule follows real time over a change of the clock.
    var followsRealTime = false

    /// The first match after a reading of a clock on the wall; nil if there is none within four hundred years, after which the
    /// calendar repeats itself.
    ///
    /// - Parameter local: the reading as seconds since the epoch of a clock in UTC that shows it.
    func next(after local: Int64) -> Int64? {
        let day = floorDivision(local &+ 1, 86_400)
        let date = CalendarDate(daysSinceEpoch: Int(day))
        var (year, month) = (date.year, date.month)
        // Days since the epoch of the day before the month's first.
        var base = Int(day) - date.day
        if months.has(month) {
            let matching = matchingDays(base, month, year)
            if matching.has(date.day), let second = second(from: Int(local &+ 1 &- day &* 86_400)) {
                return day &* 86_400 &+ Int64(second)
            }
            if let next = matching.first(from: date.day + 1) { return start(of: base + next) }
        }
        let lastYear = year + 400
        while true {
            if let later = months.first(from: month + 1) {
                month = later
            } else {
                year += 1
                guard year <= lastYear, let first = months.first(from: 1) else { return nil }
                month = first
            }
            base = CalendarDate.daysSinceEpoch(ofMonth: month, year: year) - 1
            if let first = matchingDays(base, month, year).first(from: 1) { return start(of: base + first) }
        }
    }

    private func matchingDays(_ base: Int, _ month: Int, _ year: Int) -> UInt64 {
        // The epoch was a Thursday.
        let weekday = (base + 5) % 7
        return days.days(
            length: CalendarDate.length(ofMonth: month, year: year),
            firstWeekday: weekday < 0 ? weekday + 7 : weekday)
    }

    private func start(of day: Int) -> Int64 {
        let first = hours.trailingZeroBitCount &* 3_600 &+ minutes.trailingZeroBitCount &* 60
        return Int64(day) &* 86_400 &+ Int64(first &+ seconds.trailingZeroBitCount)
    }

    /// The first matching second of a day that is not before the given one.
    private func second(from second: Int) -> Int? {
        let (hour, minute) = (second / 3_600, second / 60 % 60)
        if hours.has(hour) {
            if minutes.has(minute), let match = seconds.first(from: second % 60) {
                return hour &* 3_600 &+ minute &* 60 &+ match
            }
            if let match = minutes.first(from: minute + 1) {
                return hour &* 3_600 &+ match &* 60 &+ seconds.trailingZeroBitCount
            }
        }
        guard let match = hours.first(from: hour + 1) else { return nil }
        return match &* 3_600 &+ minutes.trailingZeroBitCount &* 60 &+ seconds.trailingZeroBitCount
    }
}
