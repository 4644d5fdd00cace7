internal import Text
package import Time

/// A sentence for people, which knows what in it is a time, and what a command to run.
///
/// Each place that shows it does so in its own way; what others wrote in it is text like any other, as yet unescaped.
package struct Phrase: Sendable, Equatable, ExpressibleByStringInterpolation {
    package enum Piece: Sendable, Equatable {
        case words(String)
        case time(Instant, Zone, TimeStyle)
        case command(String)
    }

    /// How exactly a time is told.
    package enum TimeStyle: Sendable, Equatable {
        /// `Sunday`, `today`.
        case day
        /// `today 02:00`.
        case moment
        /// `today 02:00 UTC`.
        case momentInZone
    }

    package private(set) var pieces: [Piece]

    package init(stringLiteral value: String) { pieces = [.words(value)] }

    package init(stringInterpolation: StringInterpolation) { pieces = stringInterpolation.pieces }

    /// Words in which commands of this program stand in quotes, such as `'optimize-backup check' tells …`.
    init(quoting words: String) {
        let quoted = words.split(separator: "'", omittingEmptySubsequences: false)
        pieces = quoted.enumerated().compactMap { index, part in
            if index % 2 == 1, index < quoted.count - 1 {
                return part.hasPrefix("optimize-backup ") ? .command(String(part)) : .words("'\(part)'")
            }
            return part.isEmpty ? nil : .words(String(part))
        }
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var pieces: [Piece] = []

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { pieces.append(.words(literal)) }
        }

        package mutating func appendInterpolation(_ words: String) { pieces.append(.words(words)) }

        package mutating func appendInterpolation(_ number: Int) { pieces.append(.words("\(number)")) }

        package mutating func appendInterpolation(_ phrase: Phrase) { pieces += phrase.pieces }

        package mutating func appendInterpolation(
            _ time: Instant, in zone: Zone, as style: TimeStyle = .moment
        ) {
            pieces.append(.time(time, zone, style))
        }

        package mutating func appendInterpolation(command: String) { pieces.append(.command(command)) }
    }

    /// As plain words on one line.
    package func text(at now: Instant) -> String {
        pieces.map { piece in
            switch piece {
            case .words(let words): words.onOneLine
            case .time(let time, let zone, let style): time.words(in: zone, as: style, at: now)
            case .command(let command): "'\(command.onOneLine)'"
            }
        }
        .joined()
    }
}

extension Instant {
    /// For a person who knows which day it is: `today 02:00`, `yesterday 02:00`, `Sunday 02:00` within six days, else `15 Jan 02:00`.
    package func words(in zone: Zone, as style: Phrase.TimeStyle, at now: Instant) -> String {
        let (local, present) = (zone.local(self), zone.local(now).date)
        let day = local.date.words(on: present)
        guard style != .day else { return day }
        let time = "\(day) \(twoDigits(local.hour)):\(twoDigits(local.minute))"
        return style == .moment ? time : "\(time) \(zone.words(at: self))"
    }
}

extension CalendarDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// From Monday on.
    package static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    /// Such as `15 Jan`.
    package var dayAndMonth: String { "\(day) \(Self.months[month - 1])" }

    fileprivate func words(on present: CalendarDate) -> String {
        switch daysSinceEpoch - present.daysSinceEpoch {
        case 0: "today"
        case -1: "yesterday"
        case 1: "tomorrow"
        case -6...6: Self.weekdays[weekday - 1]
        default: year == present.year ? dayAndMonth : "\(dayAndMonth) \(year)"
        }
    }
}

extension Zone {
    /// Such as `UTC`, or `Europe/Berlin (+01:00)`.
    package func words(at time: Instant) -> String {
        let offset = offset(at: time)
        return offset == 0 && name == "UTC"
            ? name : "\(name) (\(offset == 0 ? "+00:00" : time.rfc3339(offset: offset).suffix(6)))"
    }
}

private func twoDigits(_ number: Int) -> String { (number < 10 ? "0" : "") + "\(number)" }
