/// A schedule that can't be read, and why.
package struct ScheduleError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
}

extension CronFields {
    /// Reads minute, hour, day of month, month and day of week as Debian's cron does.
    init(_ fields: [Substring]) throws(ScheduleError) {
        minutes = try Field(name: "minute", range: 0...59).parse(fields[0])
        hours = try Field(name: "hour", range: 0...23).parse(fields[1])
        daysOfMonth = try Field(name: "day of month", range: 1...31).parse(fields[2])
        months = try Field(name: "month", range: 1...12, names: monthNames, firstName: 1).parse(fields[3])
        let days = try Field(name: "day of week", range: 0...7, names: dayNames, firstName: 0).parse(fields[4])
        daysOfWeek = (days | days >> 7) & 0x7F
        hasFreeDay = fields[2].hasPrefix("*") || fields[4].hasPrefix("*")
        followsRealTime = fields[0].hasPrefix("*") || fields[1].hasPrefix("*")
    }
}

private let monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
private let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

/// One field: lists of numbers, ranges and steps.
private struct Field {
    let name: String
    let range: ClosedRange<Int>
    var names: [String] = []
    var firstName = 0

    func parse(_ text: Substring) throws(ScheduleError) -> UInt64 {
        var set: UInt64 = 0
        for item in text.split(separator: ",", omittingEmptySubsequences: false) { set |= try parse(item: item) }
        return set
    }

    private func parse(item: Substring) throws(ScheduleError) -> UInt64 {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let head = parts.first, !head.isEmpty else { throw refusal(of: item) }
        let bounds = head.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let step = try parts.count == 1 ? 1 : number(parts[1], in: 1...range.upperBound, item)
        let first: Int
        var last: Int
        if head == "*" {
            (first, last) = (range.lowerBound, name == "day of week" ? 6 : range.upperBound)
        } else {
            first = try value(bounds[0], item)
            last = bounds.count == 2 ? try value(bounds[1], item) : first
            // A step without a range goes on to the end.
            if parts.count == 2, bounds.count == 1 { last = range.upperBound }
        }
        guard first <= last else { throw refusal(of: item) }
        return stride(from: first, through: last, by: step).reduce(0) { $0 | 1 << UInt64($1) }
    }

    private func value(_ text: Substring, _ item: Substring) throws(ScheduleError) -> Int {
        if let index = names.firstIndex(of: text.lowercased()) { return index + firstName }
        return try number(text, in: range, item)
    }

    private func number(_ text: Substring, in range: ClosedRange<Int>, _ item: Substring) throws(ScheduleError) -> Int {
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(text),
            range.contains(number)
        else { throw refusal(of: item) }
        return number
    }

    private func refusal(of item: Substring) -> ScheduleError {
        let words = names.isEmpty ? "" : ", \(names.joined(separator: " "))"
        return ScheduleError(
            description:
                "'\(item)' is no \(name): allowed are *, numbers from \(range.lowerBound) to \(range.upperBound)\(words), "
                + "ranges a-b, steps /n, and lists of these")
    }
}
