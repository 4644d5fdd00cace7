/// A length of time as people configure it: some months, some days and some seconds.
///
/// Months and days differ in length, so the three are kept apart: a month later is the same day of the next month.
package struct CalendarDuration: Sendable, Hashable {
    package var months: Int
    package var days: Int
    package var seconds: Int

    package init(months: Int = 0, days: Int = 0, seconds: Int = 0) {
        self.months = months
        self.days = days
        self.seconds = seconds
    }

    /// The time as a clock counts it, days having 24 hours; nil with months or years, whose length is not fixed.
    package var fixed: Duration? {
        months == 0 ? .seconds(days * 86_400 + seconds) : nil
    }

    package var isZero: Bool { months == 0 && days == 0 && seconds == 0 }
}

extension CalendarDuration {
    /// What is allowed, for messages.
    package static let forms = "such as 30s, 15m (minutes), 6h, 30d, 8w, 6mo, 2y, 1d12h or PT15M"

    /// Reads `15m`, `2y5mo7d3h` (units in any order, each once) or ISO 8601's `P1DT2H`, whose order is fixed.
    ///
    /// - Throws: `TimeTextError` for anything else, and for more than a hundred thousand years.
    package init(_ text: String) throws(TimeTextError) {
        self.init()
        let isISO = text.hasPrefix("P")
        guard isISO ? readISO(text.dropFirst()) : read(text[...], units, inOrder: false) else {
            throw TimeTextError(description: "'\(text)' is not a duration; allowed are durations \(Self.forms)")
        }
    }

    private mutating func readISO(_ text: Substring) -> Bool {
        guard let mark = text.firstIndex(of: "T") else { return read(text, isoDateUnits) }
        let date = text[..<mark]
        return (date.isEmpty || read(date, isoDateUnits)) && read(text[text.index(after: mark)...], isoTimeUnits)
    }

    /// Reads numbers with units, each unit once; at least one.
    private mutating func read(_ text: Substring, _ units: [Unit], inOrder: Bool = true) -> Bool {
        guard !text.isEmpty else { return false }
        var (rest, left) = (text, units)
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { !($0.isASCII && $0.isNumber) }
            rest = rest.dropFirst(name.count)
            guard let number = Int(digits), number <= 3_200_000_000,
                let index = left.firstIndex(where: { $0.name == name })
            else {
                return false
            }
            let unit = left[index]
            left.removeSubrange(inOrder ? 0...index : index...index)
            self[keyPath: unit.component] += number * unit.factor
            guard months <= 1_200_000, days <= 36_500_000, seconds <= 3_200_000_000_000 else { return false }
        }
        return true
    }

    private struct Unit {
        let name: String
        let component: WritableKeyPath<CalendarDuration, Int>
        let factor: Int
    }

    private var units: [Unit] {
        [
            Unit(name: "y", component: \.months, factor: 12), Unit(name: "mo", component: \.months, factor: 1),
            Unit(name: "w", component: \.days, factor: 7), Unit(name: "d", component: \.days, factor: 1),
            Unit(name: "h", component: \.seconds, factor: 3_600), Unit(name: "m", component: \.seconds, factor: 60),
            Unit(name: "s", component: \.seconds, factor: 1),
        ]
    }

    private var isoDateUnits: [Unit] {
        [
            Unit(name: "Y", component: \.months, factor: 12), Unit(name: "M", component: \.months, factor: 1),
            Unit(name: "W", component: \.days, factor: 7), Unit(name: "D", component: \.days, factor: 1),
        ]
    }

    private var isoTimeUnits: [Unit] {
        [
            Unit(name: "H", component: \.seconds, factor: 3_600), Unit(name: "M", component: \.seconds, factor: 60),
            Unit(name: "S", component: \.seconds, factor: 1),
        ]
    }
}

extension CalendarDuration: CustomStringConvertible {
    /// As it can be read again, such as `1y6mo2d90s`.
    package var description: String {
        let parts = [
            (months / 12, "y"), (months % 12, "mo"), (days, "d"), (seconds / 3_600, "h"), (seconds / 60 % 60, "m"),
            (seconds % 60, "s"),
        ]
        let text = parts.filter { $0.0 != 0 }.map { "\($0.0)\($0.1)" }.joined()
        return text.isEmpty ? "0s" : text
    }
}
