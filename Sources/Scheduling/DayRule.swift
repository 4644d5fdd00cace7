internal import Time

/// Which days of a month match: both day fields of a cron expression.
struct DayRule: Sendable, Hashable {
    /// 1 to 31.
    var daysOfMonth: UInt64 = 0
    /// `L-n`: so many days before the last one, 0 to 30; `L` is 0.
    var daysBeforeLast: UInt64 = 0
    /// `nW`: the weekday nearest to day n, within the month.
    var nearestWeekdays: UInt64 = 0
    /// `LW`: the last day from Monday to Friday.
    var hasLastWeekday = false
    /// 0, Sunday, to 6.
    var daysOfWeek: UInt64 = 0
    /// `nL`: the last of that day of the week.
    var lastDaysOfWeek: UInt64 = 0
    /// `n#k`: bit 7(k-1)+n, k from 1 to 5.
    var numberedDaysOfWeek: UInt64 = 0
    /// Whether both fields must match; else one is enough.
    var needsBoth = false

    /// The days of a month that match, bits 1 to 31.
    ///
    /// - Parameters:
    ///   - length: of the month, 28 to 31.
    ///   - firstWeekday: of the month's first day; 0 is Sunday.
    func days(length: Int, firstWeekday: Int) -> UInt64 {
        let all = (1 &<< UInt64(length + 1)) - 2 as UInt64
        let byMonth = (daysOfMonth | specialDaysOfMonth(length, firstWeekday)) & all
        let byWeek = (everyWeek(daysOfWeek, firstWeekday) | specialDaysOfWeek(length, firstWeekday)) & all
        return needsBoth ? byMonth & byWeek : byMonth | byWeek
    }

    private func specialDaysOfMonth(_ length: Int, _ firstWeekday: Int) -> UInt64 {
        guard daysBeforeLast != 0 || nearestWeekdays != 0 || hasLastWeekday else { return 0 }
        var days: UInt64 = 0
        for day in 1...length {
            if daysBeforeLast.has(length - day) { days |= 1 << UInt64(day) }
            if nearestWeekdays.has(day) { days |= 1 << UInt64(nearestWeekday(to: day, length, firstWeekday)) }
        }
        if hasLastWeekday { days |= 1 << UInt64(nearestWeekday(to: length, length, firstWeekday)) }
        return days
    }

    private func specialDaysOfWeek(_ length: Int, _ firstWeekday: Int) -> UInt64 {
        guard lastDaysOfWeek != 0 || numberedDaysOfWeek != 0 else { return 0 }
        var days = everyWeek(lastDaysOfWeek, firstWeekday) & ~((1 << UInt64(length - 6)) - 1)
        for week in 0..<5 {
            let wanted = numberedDaysOfWeek >> UInt64(7 * week) & 0x7F
            days |= everyWeek(wanted, firstWeekday) & (0x7F << UInt64(7 * week + 1))
        }
        return days
    }
}

/// The days of a month, from bit 1 on, that fall on certain days of the week.
private func everyWeek(_ daysOfWeek: UInt64, _ firstWeekday: Int) -> UInt64 {
    let first = UInt64(truncatingIfNeeded: firstWeekday)
    let week = (daysOfWeek &>> first | daysOfWeek &<< (7 &- first)) & 0x7F
    // Five weeks in one product: a one at every seventh bit.
    return week &* 0x1020_4081 &<< 1
}

/// Saturdays give way to Fridays and Sundays to Mondays, unless that would leave the month.
private func nearestWeekday(to day: Int, _ length: Int, _ firstWeekday: Int) -> Int {
    switch (firstWeekday + day - 1) % 7 {
    case 6: day == 1 ? 3 : day - 1
    case 0: day == length ? day - 2 : day + 1
    default: day
    }
}
