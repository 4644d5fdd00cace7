extension CronFields {
    /// Reads five fields as Debian's cron does, or six as Spring's `CronExpression` does.
    ///
    /// - Parameter job: whose name `H` is hashed from.
    init(_ fields: [Substring], job: String) throws(ScheduleError) {
        let dialect: CronField.Dialect = fields.count == 6 ? .spring : .debian
        let kinds = CronField.all(dialect)
        let offset = fields.count - 5
        if offset == 1 { seconds = try numbers(fields[0], kinds[0], job) }
        minutes = try numbers(fields[offset], kinds[offset], job)
        hours = try numbers(fields[offset + 1], kinds[offset + 1], job)
        let (month, week) = (fields[offset + 2], fields[offset + 4])
        months = try numbers(fields[offset + 3], kinds[offset + 3], job)
        days = try DayRule(month: month, kinds[offset + 2], week: week, kinds[offset + 4], job)
        days.needsBoth = dialect == .spring || isFree(month) || isFree(week)
        followsRealTime = fields[offset].hasPrefix("*") || fields[offset + 1].hasPrefix("*")
    }
}

private func numbers(_ field: Substring, _ kind: CronField, _ job: String) throws(ScheduleError) -> UInt64 {
    var set: UInt64 = 0
    for item in CronField.items(of: field) { set |= try kind.numbers(item, job: job) }
    return set
}

/// Whether a day field leaves the choice to the other one.
private func isFree(_ field: Substring) -> Bool { field.hasPrefix("*") || field == "?" }

extension DayRule {
    fileprivate init(
        month: Substring, _ dayOfMonth: CronField, week: Substring, _ dayOfWeek: CronField, _ job: String
    ) throws(ScheduleError) {
        // `?` says that the other field decides: the same as `*`.
        for item in CronField.items(of: month == "?" ? "*" : month) { try add(item, ofMonth: dayOfMonth, job) }
        for item in CronField.items(of: week == "?" ? "*" : week) { try add(item, ofWeek: dayOfWeek, job) }
        // Sunday is 0 and 7.
        daysOfWeek = (daysOfWeek | daysOfWeek >> 7) & 0x7F
    }

    private mutating func add(_ item: CronField.Item, ofMonth kind: CronField, _ job: String) throws(ScheduleError) {
        let text = item.text.uppercased()
        if text == "L" {
            daysBeforeLast |= 1
        } else if text == "LW" {
            hasLastWeekday = true
        } else if text.hasPrefix("L-") {
            guard let days = integer(text.dropFirst(2)), (1...30).contains(days) else { throw kind.refusal(of: item) }
            daysBeforeLast |= 1 << UInt64(days)
        } else if text.hasSuffix("W") {
            guard let day = kind.value(text.dropLast()) else { throw kind.refusal(of: item) }
            nearestWeekdays |= 1 << UInt64(day)
        } else {
            daysOfMonth |= try kind.numbers(item, job: job)
        }
    }

    private mutating func add(_ item: CronField.Item, ofWeek kind: CronField, _ job: String) throws(ScheduleError) {
        let text = item.text.uppercased()
        if text.hasSuffix("L") {
            guard let day = kind.value(text.dropLast()) else { throw kind.refusal(of: item) }
            lastDaysOfWeek |= 1 << UInt64(day % 7)
        } else if let mark = text.firstIndex(of: "#") {
            guard let day = kind.value(text[..<mark]), let number = integer(text[text.index(after: mark)...]),
                (1...5).contains(number)
            else { throw kind.refusal(of: item) }
            numberedDaysOfWeek |= 1 << UInt64(7 * (number - 1) + day % 7)
        } else {
            daysOfWeek |= try kind.numbers(item, job: job)
        }
    }
}
