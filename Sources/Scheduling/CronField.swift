/// One field of a cron expression: what it is called, what is allowed in it, and how it is read.
struct CronField {
    enum Dialect {
        /// Five fields, as Debian's cron reads them.
        case debian
        /// Six fields, as Spring's `CronExpression` reads them.
        case spring
    }

    let name: String
    let range: ClosedRange<Int>
    var names: [String] = []
    /// The number of the first name.
    var firstName = 0
    /// What `*` stands for.
    let everything: ClosedRange<Int>
    /// What is understood besides numbers, for messages.
    var extras = ""
    /// From which `H` draws.
    var hashed: ClosedRange<Int>

    init(
        _ name: String, _ range: ClosedRange<Int>, names: [String] = [], firstName: Int = 0,
        everything: ClosedRange<Int>? = nil, hashed: ClosedRange<Int>? = nil, extras: String = ""
    ) {
        self.name = name
        self.range = range
        self.names = names
        self.firstName = firstName
        self.everything = everything ?? range
        self.hashed = hashed ?? everything ?? range
        self.extras = extras
    }

    /// The fields of a dialect, in order, seconds left out where there are none.
    static func all(_ dialect: Dialect) -> [CronField] {
        let isSpring = dialect == .spring
        // Days from 29 on would leave out months.
        let days = CronField("day of month", 1...31, hashed: 1...28, extras: ", L, L-n, LW and nW")
        let week = CronField(
            "day of week", 0...7, names: isSpring ? weekdays + ["sun"] : ["sun"] + weekdays,
            firstName: isSpring ? 1 : 0, everything: isSpring ? 1...7 : 0...6, hashed: 0...6,
            extras: ", nL and n#k")
        return (isSpring ? [CronField("second", 0...59)] : [])
            + [
                CronField("minute", 0...59), CronField("hour", 0...23), days,
                CronField("month", 1...12, names: months, firstName: 1), week,
            ]
    }
}

private let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
private let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat"]

extension CronField {
    /// An item of a list, and where it stands, for messages.
    struct Item {
        let text: Substring
        /// From 1 on.
        let column: Int
    }

    /// The items of a field, between commas.
    static func items(of field: Substring) -> [Item] {
        field.split(separator: ",", omittingEmptySubsequences: false).map { text in
            Item(text: text, column: text.base.distance(from: text.base.startIndex, to: text.startIndex) + 1)
        }
    }

    /// Numbers, ranges, steps and hashes; what only some fields know has been dealt with before.
    ///
    /// - Parameter job: whose name `H` is hashed from.
    func numbers(_ item: Item, job: String) throws(ScheduleError) -> UInt64 {
        let parts = item.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let head = parts.first, !head.isEmpty else { throw refusal(of: item) }
        let step = parts.count == 1 ? 1 : integer(parts[1]) ?? 0
        guard step > 0 else { throw refusal(of: item) }
        if head.first == "H" || head.first == "h" {
            return try hashed(item, head.dropFirst(), step, parts.count == 2, job)
        }
        var bounds = everything
        if head != "*" {
            guard let range = self.bounds(head) else { throw refusal(of: item) }
            // A step without a range goes on to the end.
            bounds = parts.count == 2 && !head.contains("-") ? range.lowerBound...self.range.upperBound : range
        }
        return set(bounds, step)
    }

    private func bounds(_ text: Substring) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard var first = value(ends[0]), var last = ends.count == 2 ? value(ends[1]) : first else { return nil }
        if ends.count == 2, range == 0...7 {
            // In Spring's dialect, whose weeks begin on Monday, a range of days may begin on Sunday all the same.
            if first == 7, everything.upperBound == 7 { first = 0 }
            // In either one may end on Sunday, whichever of its numbers that is given by.
            if last == 0, first > 0 { last = 7 }
        }
        return first <= last ? first...last : nil
    }

    private func hashed(
        _ item: Item, _ rest: Substring, _ step: Int, _ hasStep: Bool, _ job: String
    ) throws(ScheduleError) -> UInt64 {
        var bounds = hashed
        if !rest.isEmpty {
            guard rest.hasPrefix("("), rest.hasSuffix(")"), let range = self.bounds(rest.dropFirst().dropLast()) else {
                throw refusal(of: item)
            }
            bounds = range
        }
        let choices = hasStep ? min(step, bounds.count) : bounds.count
        let first = bounds.lowerBound + Int(hash("\(job)/\(name)") % UInt64(choices))
        return hasStep ? set(first...bounds.upperBound, step) : 1 << UInt64(first)
    }

    private func set(_ bounds: ClosedRange<Int>, _ step: Int) -> UInt64 {
        var set: UInt64 = 0
        for number in stride(from: bounds.lowerBound, through: bounds.upperBound, by: min(step, 64)) {
            set |= 1 << UInt64(number)
        }
        return set
    }

    /// A number within the range, or a name.
    func value(_ text: Substring) -> Int? {
        if let index = names.firstIndex(of: text.lowercased()) { return index + firstName }
        return integer(text).flatMap { range.contains($0) ? $0 : nil }
    }

    func refusal(of item: Item) -> ScheduleError {
        let words = names.isEmpty ? "" : ", \(names.joined(separator: " "))"
        return ScheduleError(
            description:
                "'\(item.text)' is no \(name) (column \(item.column)): allowed are *, numbers from \(range.lowerBound) to "
                + "\(range.upperBound)\(words), ranges a-b, steps /n, H\(extras), and lists of these")
    }
}

/// A whole number of ASCII digits; nil for anything else.
func integer(_ text: Substring) -> Int? {
    (1...9).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
}

/// FNV-1a with a final mix: the same on every host, and good in its low bits.
private func hash(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
    return hash ^ hash >> 33
}
