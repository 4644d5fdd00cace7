/// The rule for the years past a zone's table: a POSIX TZ string as RFC 9636 §3.3.1 has it.
struct ZoneRule: Sendable, Equatable {
    /// When a change comes each year.
    enum Day: Sendable, Equatable {
        /// `Jn`: 1 to 365; February 29 is never counted.
        case julian(Int)
        /// `n`: 0 to 365, leap days counted.
        case ordinal(Int)
        /// `Mm.w.d`: a month's week 1 to 5, 5 being the last, and its day 0 (Sunday) to 6.
        case monthly(month: Int, week: Int, day: Int)
    }

    struct Change: Sendable, Equatable {
        var day: Day
        /// Seconds after midnight on the clock before the change; -167 to 167 hours.
        var time: Int
    }

    struct Summer: Sendable, Equatable {
        var offset: Int
        var start: Change
        var end: Change
    }

    /// Seconds east of UTC in standard time.
    var offset: Int
    var summer: Summer?

    init(offset: Int, summer: Summer? = nil) {
        self.offset = offset
        self.summer = summer
    }

    var hasSummer: Bool { summer != nil }

    func offset(at seconds: Int64) -> Int {
        guard let summer else { return offset }
        var latest = (time: Int64.min, offset: offset)
        let year = LocalTime(secondsSinceEpoch: seconds + Int64(offset)).date.year
        for year in (year - 1)...(year + 1) {
            for (time, after) in [starts(summer, year), ends(summer, year)]
            where time <= seconds && time >= latest.time {
                latest = (time, after)
            }
        }
        return latest.offset
    }

    /// A change of the offset.
    struct Transition {
        /// The first second of the new offset.
        let time: Int64
        /// Seconds east of UTC.
        let before: Int
        let after: Int
    }

    /// The next change behind a time; nil if there is none any more.
    func transition(after seconds: Int64) -> Transition? {
        guard let summer, seconds < Int64.max / 4 else { return nil }
        let before = offset(at: seconds)
        let year = LocalTime(secondsSinceEpoch: seconds + Int64(offset)).date.year
        var next: (time: Int64, offset: Int)?
        for year in (year - 1)...(year + 2) {
            for (time, after) in [starts(summer, year), ends(summer, year)]
            where time > seconds && after != before && time < next?.time ?? .max {
                next = (time, after)
            }
        }
        return next.map { Transition(time: $0.time, before: before, after: $0.offset) }
    }

    private func starts(_ summer: Summer, _ year: Int) -> (Int64, Int) {
        (summer.start.time(in: year) - Int64(offset), summer.offset)
    }

    private func ends(_ summer: Summer, _ year: Int) -> (Int64, Int) {
        (summer.end.time(in: year) - Int64(summer.offset), offset)
    }
}

extension ZoneRule.Change {
    /// On the clock before the change, counted as if that clock were in UTC.
    fileprivate func time(in year: Int) -> Int64 {
        Int64(day.daysSinceEpoch(in: year)) * 86_400 + Int64(time)
    }
}

extension ZoneRule.Day {
    fileprivate func daysSinceEpoch(in year: Int) -> Int {
        let newYear = firstDay(of: 1, year)
        switch self {
        case .julian(let day):
            return newYear + day - 1 + (day >= 60 && CalendarDate.isLeap(year) ? 1 : 0)
        case .ordinal(let day):
            return newYear + day
        case .monthly(let month, let week, let day):
            let first = firstDay(of: month, year)
            let weekday = CalendarDate(daysSinceEpoch: first).weekday % 7
            let dayOfMonth = (day - weekday + 7) % 7 + (week - 1) * 7
            return first + (dayOfMonth < CalendarDate.length(ofMonth: month, year: year) ? dayOfMonth : dayOfMonth - 7)
        }
    }
}

private func firstDay(of month: Int, _ year: Int) -> Int {
    CalendarDate.daysSinceEpoch(ofMonth: month, year: year)
}
