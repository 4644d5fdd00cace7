/// What a calendar and a clock on the wall show, wherever they hang.
package struct LocalTime: Sendable, Hashable, Comparable {
    package var date: CalendarDate
    /// 0 to 86,399.
    package var secondOfDay: Int

    package init(date: CalendarDate, secondOfDay: Int) {
        self.date = date
        self.secondOfDay = secondOfDay
    }

    /// Nil for a time that doesn't exist; there are no leap seconds.
    package init?(_ date: CalendarDate, hour: Int, minute: Int, second: Int) {
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second) else { return nil }
        self.init(date: date, secondOfDay: hour * 3_600 + minute * 60 + second)
    }

    /// The reading of a clock in UTC so many seconds after the epoch.
    package init(secondsSinceEpoch seconds: Int64) {
        let days = floorDivision(seconds, 86_400)
        self.init(date: CalendarDate(daysSinceEpoch: Int(days)), secondOfDay: Int(seconds - days * 86_400))
    }

    /// What a clock in UTC would have to count since the epoch to show this.
    package var secondsSinceEpoch: Int64 { Int64(date.daysSinceEpoch) * 86_400 + Int64(secondOfDay) }

    package var hour: Int { secondOfDay / 3_600 }
    package var minute: Int { secondOfDay / 60 % 60 }
    package var second: Int { secondOfDay % 60 }

    package static func < (left: LocalTime, right: LocalTime) -> Bool {
        (left.date, left.secondOfDay) < (right.date, right.secondOfDay)
    }
}
