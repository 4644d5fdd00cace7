internal import Scheduling
internal import Time

extension Notation where Value == Bool {
    static let flag = Self(allowed: "true or false", text: { "\($0)" }) { (text) throws(Refusal) in
        switch text {
        case "true": return true
        case "false": return false
        default: throw Refusal()
        }
    }
}

extension Notation where Value == Int {
    /// A count, or `all`, which is `Int.max`.
    static let count = Self(
        allowed: "a whole number from 1 to 1000000, or all", text: { $0 == .max ? "all" : "\($0)" }
    ) { (text) throws(Refusal) in
        if text == "all" { return .max }
        guard let count = Int(text), (1...1_000_000).contains(count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else {
            throw Refusal()
        }
        return count
    }

    static func number(_ range: ClosedRange<Int>) -> Self {
        Self(allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)", text: { "\($0)" }) {
            (text) throws(Refusal) in
            guard let number = Int(text), range.contains(number) else { throw Refusal() }
            return number
        }
    }
}

extension Notation where Value: CaseIterable & RawRepresentable<String> & SendableMetatype {
    /// One of some words.
    static var choice: Self {
        let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return Self(allowed: "one of \(words)", text: \.rawValue) { (text) throws(Refusal) in
            guard let value = Value(rawValue: text) else { throw Refusal() }
            return value
        }
    }
}

extension Notation where Value == Schedule {
    /// When something happens.
    ///
    /// - Parameter job: whose name `H` is hashed from.
    static func schedule(of job: String = "") -> Self {
        Self(allowed: "five or six fields of cron, @daily and the like, or @every 6h", text: \.description) {
            (text) throws(Refusal) in
            do throws(ScheduleError) {
                return try Schedule(text, job: job)
            } catch {
                let own = "'\(text)' "
                let reason = error.description
                throw Refusal(reason.hasPrefix(own) ? String(reason.dropFirst(own.count)) : "is no schedule: \(reason)")
            }
        }
    }
}

extension Notation where Value == Zone {
    static let timeZone = Self(
        isList: false, allowed: "an IANA name such as Europe/Berlin, UTC, or local",
        parse: { (texts, inputs) throws(Refusal) in
            do {
                return try inputs.loadZone(texts[0])
            } catch {
                throw Refusal("\(error)", saysAll: true)
            }
        }, text: \.name)
}

extension Notation where Value == Duration {
    /// A length of time within a range.
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        Self(
            allowed: "a duration from \(written(range.lowerBound)) to \(written(range.upperBound)), "
                + "such as 30s, 15m, 6h, 2d or PT15M",
            text: written
        ) { given throws(Refusal) in
            guard let duration = try? CalendarDuration(given) else { throw Refusal("is not a duration") }
            guard let fixed = duration.fixed else { throw Refusal("has months or years, whose length is not fixed") }
            guard range.contains(fixed) else {
                throw Refusal(fixed < range.lowerBound ? "is too short" : "is too long")
            }
            return fixed
        }
    }
}

extension Notation where Value == CalendarDuration {
    /// A length of time that may have months and years; not none at all.
    static let calendarDuration = Self(allowed: "a duration \(CalendarDuration.forms)", text: \.description) {
        given throws(Refusal) in
        guard let duration = try? CalendarDuration(given) else { throw Refusal("is not a duration") }
        guard !duration.isZero else { throw Refusal("is no time at all") }
        return duration
    }
}

@Sendable
private func written(_ duration: Duration) -> String {
    let seconds = Int(duration.components.seconds)
    return seconds % 86_400 == 0 ? "\(seconds / 86_400)d" : CalendarDuration(seconds: seconds).description
}

extension Duration {
    static func days(_ number: Int) -> Duration { .seconds(number * 86_400) }
}
