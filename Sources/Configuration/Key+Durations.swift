internal import Time

extension Key where Value == Duration {
    /// A length of time within a range.
    init(
        duration name: String, _ range: ClosedRange<Duration>, _ documentation: String
    ) {
        let bounds =
            "a duration from \(text(range.lowerBound)) to \(text(range.upperBound)), such as 30s, 15m, 6h, 2d or PT15M"
        self.init(name, allowed: bounds, documentation) { given throws(Refusal) in
            guard let duration = try? CalendarDuration(given) else { throw Refusal("is not a duration") }
            guard let fixed = duration.fixed else { throw Refusal("has months or years, whose length is not fixed") }
            guard range.contains(fixed) else {
                throw Refusal(fixed < range.lowerBound ? "is too short" : "is too long")
            }
            return fixed
        }
    }
}

extension Key where Value == CalendarDuration {
    /// A length of time that may have months and years; not none at all.
    init(calendarDuration name: String, _ documentation: String) {
        self.init(name, allowed: "a duration \(CalendarDuration.forms)", documentation) { given throws(Refusal) in
            guard let duration = try? CalendarDuration(given) else { throw Refusal("is not a duration") }
            guard !duration.isZero else { throw Refusal("is no time at all") }
            return duration
        }
    }
}

private func text(_ duration: Duration) -> String {
    let seconds = Int(duration.components.seconds)
    return seconds % 86_400 == 0 ? "\(seconds / 86_400)d" : CalendarDuration(seconds: seconds).description
}
