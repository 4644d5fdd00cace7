/// A text that is no point in time, and why.
package struct TimeTextError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
}

extension Instant {
    /// RFC 3339 in UTC, such as `2027-03-28T00:40:00Z`; with a fraction only where there is one.
    package var rfc3339: String { rfc3339(offset: 0) }

    /// RFC 3339 with an offset from UTC in seconds, `Z` for none; offsets are whole minutes there, so seconds are cut off.
    package func rfc3339(offset: Int) -> String {
        dateAndTime(offset: offset) + fraction + (offset == 0 ? "Z" : offsetText(offset, separator: ":"))
    }

    /// As Optimize writes the start of a snapshot: `2024-11-09T10:11:36.978+0000`.
    package var optimizeTime: String {
        let milliseconds = Int(microsecondsSinceEpoch - secondsSinceEpoch * 1_000_000) / 1_000
        return dateAndTime(offset: 0) + "." + padded(milliseconds, 3) + "+0000"
    }

    /// As ids have it, in UTC: `yyyyMMddHHmmss`.
    package var compactUTC: String {
        let local = LocalTime(secondsSinceEpoch: secondsSinceEpoch)
        return [
            (local.date.year, 4), (local.date.month, 2), (local.date.day, 2), (local.hour, 2), (local.minute, 2),
            (local.second, 2),
        ]
        .map(padded).joined()
    }

    /// Reads `yyyyMMddHHmmss` in UTC.
    package init(compactUTC text: String) throws(TimeTextError) {
        var reader = DigitReader(text)
        guard let date = reader.date(separator: nil), let time = reader.time(on: date, separator: nil), reader.isAtEnd
        else {
            throw TimeTextError(description: "'\(text)' is not a time as yyyyMMddHHmmss")
        }
        self.init(secondsSinceEpoch: time.secondsSinceEpoch)
    }

    /// Reads RFC 3339, such as `2027-03-28T03:40:00+03:00`; the fraction counts to the microsecond.
    package init(rfc3339 text: String) throws(TimeTextError) {
        var reader = DigitReader(text)
        guard let date = reader.date(separator: "-"), reader.skip(oneOf: "Tt "),
            let time = reader.time(on: date, separator: ":"),
            let microseconds = reader.fraction(), let offset = reader.offset(), reader.isAtEnd
        else {
            throw TimeTextError(
                description: "'\(text)' is not a time as RFC 3339 writes it, such as 2027-03-28T00:40:00Z")
        }
        self.init(microsecondsSinceEpoch: (time.secondsSinceEpoch - Int64(offset)) * 1_000_000 + Int64(microseconds))
    }

    private func dateAndTime(offset: Int) -> String {
        let local = LocalTime(secondsSinceEpoch: secondsSinceEpoch + Int64(offset))
        let date = [padded(local.date.year, 4), padded(local.date.month, 2), padded(local.date.day, 2)]
        let time = [local.hour, local.minute, local.second].map { padded($0, 2) }
        return date.joined(separator: "-") + "T" + time.joined(separator: ":")
    }

    private var fraction: String {
        let microseconds = Int(microsecondsSinceEpoch - secondsSinceEpoch * 1_000_000)
        guard microseconds != 0 else { return "" }
        var digits = padded(microseconds, 6)
        while digits.last == "0" { digits.removeLast() }
        return "." + digits
    }
}

/// An offset from UTC as `+hh:mm`, with or without the separator.
private func offsetText(_ offset: Int, separator: String) -> String {
    let minutes = abs(offset) / 60
    return (offset < 0 ? "-" : "+") + padded(minutes / 60, 2) + separator + padded(minutes % 60, 2)
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(abs(number))
    return (number < 0 ? "-" : "") + String(repeating: "0", count: max(width - digits.count, 0)) + digits
}

/// Reads fixed fields of digits from the start of a text.
private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = text[...].utf8
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(oneOf characters: String) -> Bool {
        guard let first = rest.first, characters.utf8.contains(first) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(_ digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    private mutating func digit() -> Int? {
        guard let first = rest.first, (0x30...0x39).contains(first) else { return nil }
        rest.removeFirst()
        return Int(first) - 0x30
    }

    mutating func date(separator: String?) -> CalendarDate? {
        guard let year = number(4), skip(separator), let month = number(2), skip(separator), let day = number(2) else {
            return nil
        }
        return CalendarDate(year: year, month: month, day: day)
    }

    mutating func time(on date: CalendarDate, separator: String?) -> LocalTime? {
        guard let hour = number(2), skip(separator), let minute = number(2), skip(separator), let second = number(2)
        else { return nil }
        return LocalTime(date, hour: hour, minute: minute, second: second)
    }

    /// Microseconds; 0 where there is no fraction.
    mutating func fraction() -> Int? {
        guard skip(oneOf: ".") else { return 0 }
        guard var microseconds = digit() else { return nil }
        var count = 1
        while let digit = digit() {
            count += 1
            if count <= 6 { microseconds = microseconds * 10 + digit }
        }
        for _ in min(count, 6)..<6 { microseconds *= 10 }
        return microseconds
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int? {
        if skip(oneOf: "Zz") { return 0 }
        let sign = rest.first == UInt8(ascii: "-") ? -1 : 1
        guard skip(oneOf: "+-"), let hours = number(2), hours < 24 else { return nil }
        _ = skip(oneOf: ":")
        guard let minutes = number(2), minutes < 60 else { return nil }
        return sign * (hours * 3_600 + minutes * 60)
    }

    private mutating func skip(_ separator: String?) -> Bool {
        separator.map { skip(oneOf: $0) } ?? true
    }
}
