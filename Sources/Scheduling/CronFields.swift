/// The five fields of a cron expression as sets of numbers, one bit each.
struct CronFields: Sendable, Hashable {
    /// 0 to 59.
    var minutes: UInt64 = 0
    /// 0 to 23.
    var hours: UInt64 = 0
    /// 1 to 31.
    var daysOfMonth: UInt64 = 0
    /// 1 to 12.
    var months: UInt64 = 0
    /// 0, Sunday, to 6.
    var daysOfWeek: UInt64 = 0
    /// Whether a day field begins with `*`: then both must match, otherwise one is enough.
    var hasFreeDay = false
    /// Whether the minute or the hour field begins with `*`: then the schedule follows real time over a change of the clock.
    var followsRealTime = false
}

extension UInt64 {
    /// Whether a number is in the set.
    func has(_ number: Int) -> Bool { self >> UInt64(number) & 1 == 1 }

    /// The smallest number of the set that is not below the given one.
    func first(from number: Int) -> Int? {
        guard number < 64 else { return nil }
        let rest = (self >> UInt64(number)) << UInt64(number)
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }
}
