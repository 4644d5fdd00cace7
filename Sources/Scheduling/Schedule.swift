package import Time

/// When a job is due: a cron expression of five fields, a nickname, or `@every`.
package struct Schedule: Sendable, Hashable, CustomStringConvertible {
    private enum Rule: Hashable {
        case cron(CronFields)
        /// Multiples of so many seconds since the Unix epoch, so that no restart shifts them.
        case every(Int64)
    }

    private let rule: Rule
    /// As it was written.
    package let description: String

    /// - Throws: `ScheduleError` for what is no schedule, and for one that never comes, such as `0 0 30 2 *`.
    package init(_ text: String) throws(ScheduleError) {
        description = text
        let words = text.split(whereSeparator: \.isWhitespace)
        switch words.first {
        case "@every":
            guard words.count == 2, let duration = try? CalendarDuration(String(words[1])).fixed,
                duration >= .seconds(1)
            else {
                throw ScheduleError(
                    description: "'\(text)' is no schedule: @every takes a duration such as 6h, without months or years"
                )
            }
            rule = .every(duration.components.seconds)
        case let word? where word.hasPrefix("@"):
            guard words.count == 1, let expression = nicknames[word.lowercased()] else {
                let known = nicknames.keys.sorted().joined(separator: ", ")
                throw ScheduleError(description: "'\(text)' is no schedule: nicknames are \(known) and @every")
            }
            rule = .cron(try CronFields(expression.split(separator: " ")))
        default:
            guard words.count == 5 else {
                throw ScheduleError(
                    description:
                        "'\(text)' is no schedule: it has \(words.count) fields, wanted are minute, hour, day of month, month "
                        + "and day of week, or @daily, @hourly, @every 6h")
            }
            rule = .cron(try CronFields(words))
        }
        guard next(after: Instant(secondsSinceEpoch: 0), in: .utc) != nil else {
            throw ScheduleError(description: "'\(text)' never comes: no such day exists")
        }
    }
}

private let nicknames = [
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
]

/// A moment at which a job is due.
package struct FireTime: Sendable, Equatable {
    package let time: Instant
    /// What a change of the clock did to it, in words.
    package let note: String?
}

extension Schedule {
    /// The first fire time strictly later than the given one; nil if there is none within forty years.
    ///
    /// A time that a change of the clock leaves out comes at the first moment after it; one that comes twice comes the first
    /// time. A schedule whose minute or hour field begins with `*` follows real time instead.
    package func next(after instant: Instant, in zone: Zone) -> FireTime? {
        switch rule {
        case .every(let seconds):
            let count = floorDivision(instant.secondsSinceEpoch, seconds) + 1
            return FireTime(time: Instant(secondsSinceEpoch: count * seconds), note: nil)
        case .cron(let fields):
            let from = instant.secondsSinceEpoch
            return fields.followsRealTime
                ? fields.nextInRealTime(after: from, zone) : fields.nextOnTheWall(after: from, zone)
        }
    }
}

extension CronFields {
    fileprivate func nextOnTheWall(after from: Int64, _ zone: Zone) -> FireTime? {
        var local = LocalTime(secondsSinceEpoch: from + Int64(zone.offset(at: from)))
        while let match = next(after: local) {
            switch zone.occurrence(of: match) {
            case .once(let seconds) where seconds > from:
                return FireTime(time: Instant(secondsSinceEpoch: seconds), note: nil)
            case .twice(let first, _) where first > from:
                return FireTime(
                    time: Instant(secondsSinceEpoch: first),
                    note: "\(text(match)) comes twice on \(day(match)); the first one counts")
            case .never(let change) where change.time > from:
                let after = LocalTime(secondsSinceEpoch: change.time + Int64(change.after))
                return FireTime(
                    time: Instant(secondsSinceEpoch: change.time),
                    note: "\(text(match)) does not exist on \(day(match)); runs at \(text(after))")
            case .once, .twice, .never: local = match
            }
        }
        return nil
    }

    fileprivate func nextInRealTime(after from: Int64, _ zone: Zone) -> FireTime? {
        var start = from
        var offset = Int64(zone.offset(at: start))
        // At the first moment after a change that very minute may be due.
        var local = LocalTime(secondsSinceEpoch: start + offset)
        while let match = next(after: local) {
            let candidate = match.secondsSinceEpoch - offset
            guard let change = zone.transition(after: start), change.time <= candidate else {
                return FireTime(time: Instant(secondsSinceEpoch: candidate), note: nil)
            }
            (start, offset) = (change.time, Int64(change.after))
            local = LocalTime(secondsSinceEpoch: start + offset - 1)
        }
        return nil
    }

    /// The first matching minute after a time on the wall; nil if there is none within forty years.
    func next(after local: LocalTime) -> LocalTime? {
        var date = local.date
        var minuteOfDay = local.secondOfDay / 60 + 1
        let lastYear = date.year + 40
        while date.year <= lastYear {
            guard months.has(date.month) else {
                date = firstDay(of: date)
                minuteOfDay = 0
                continue
            }
            if matches(date), let minute = firstMinute(from: minuteOfDay) {
                return LocalTime(date: date, secondOfDay: minute * 60)
            }
            date = date.adding(days: 1)
            minuteOfDay = 0
        }
        return nil
    }

    /// The first day of the following month.
    private func firstDay(of date: CalendarDate) -> CalendarDate {
        date.adding(days: CalendarDate.length(ofMonth: date.month, year: date.year) - date.day + 1)
    }

    private func matches(_ date: CalendarDate) -> Bool {
        let (month, week) = (daysOfMonth.has(date.day), daysOfWeek.has(date.weekday % 7))
        return hasFreeDay ? month && week : month || week
    }

    private func firstMinute(from minuteOfDay: Int) -> Int? {
        guard minuteOfDay < 1_440 else { return nil }
        let hour = minuteOfDay / 60
        if hours.has(hour), let minute = minutes.first(from: minuteOfDay % 60) { return hour * 60 + minute }
        guard let later = hours.first(from: hour + 1), let minute = minutes.first(from: 0) else { return nil }
        return later * 60 + minute
    }
}

private func text(_ local: LocalTime) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(two(local.hour)):\(two(local.minute))"
}

private func day(_ local: LocalTime) -> String {
    String(Instant(secondsSinceEpoch: local.secondsSinceEpoch).rfc3339.prefix(10))
}
