internal import Time

/// When a job is due: a cron expression of five or six fields, a nickname, or `@every`.
package struct Schedule: Sendable, Hashable, CustomStringConvertible {
    enum Rule: Hashable {
        case cron(CronFields)
        /// Multiples of so many seconds since the Unix epoch, so that no restart shifts them.
        case every(Int64)
    }

    let rule: Rule
    /// As it was written.
    package let description: String

    /// Every day at midnight in UTC.
    package static let daily = Schedule(rule: .every(86_400), description: "@every 1d")

    private init(rule: Rule, description: String) {
        (self.rule, self.description) = (rule, description)
    }

    /// From one fire time to the next, if it is always the same.
    package var interval: Duration? {
        if case .every(let seconds) = rule { .seconds(seconds) } else { nil }
    }

    /// Reads a schedule.
    ///
    /// - Parameter job: the name that `H` in a field is hashed from.
    /// - Throws: `ScheduleError` for what is no schedule, and for one that never comes, such as `0 0 30 2 *`.
    package init(_ text: String, job: String = "") throws(ScheduleError) {
        description = text
        rule = try Rule(text, job)
        if case .cron(let fields) = rule, fields.next(after: 0) == nil {
            throw ScheduleError(description: "'\(text)' never comes: no such day exists")
        }
    }
}

extension Schedule.Rule {
    fileprivate init(_ text: String, _ job: String) throws(ScheduleError) {
        let words = text.split { $0.isWhitespace }
        switch words.first {
        case "@every":
            guard words.count == 2, let duration = try? CalendarDuration(String(words[1])).fixed,
                duration >= .seconds(1), duration <= .seconds(3_660 * 86_400)
            else {
                throw ScheduleError(
                    description:
                        "'\(text)' is no schedule: @every takes a duration such as 6h, up to 3660d, without months or years"
                )
            }
            self = .every(duration.components.seconds)
        case let word? where word.hasPrefix("@"):
            guard words.count == 1, let expression = nicknames[word.lowercased()] else {
                let known = nicknames.keys.sorted().joined(separator: ", ")
                throw ScheduleError(description: "'\(text)' is no schedule: nicknames are \(known) and @every")
            }
            self = .cron(try CronFields(expression.split(separator: " "), job: job))
        default:
            guard words.count == 5 || words.count == 6 else {
                let count = words.count == 1 ? "1 field" : "\(words.count) fields"
                throw ScheduleError(
                    description:
                        "'\(text)' is no schedule: it has \(count), wanted are minute, hour, day of month, month "
                        + "and day of week, with seconds before them if need be, or @daily, @hourly, @every 6h")
            }
            self = .cron(try CronFields(words, job: job))
        }
    }
}

private let nicknames = [
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
]
