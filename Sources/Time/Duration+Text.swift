extension Duration {
    /// For a person, to a tenth of a second: `30 s`, `0.3 s`.
    package var inSeconds: String {
        let tenths = (self / .milliseconds(100)).rounded()
        return tenths.remainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10)) s" : "\(tenths / 10) s"
    }

    /// For a person who wants to know how long it took: `850 ms`, `12.3 s`, `4 min 5 s` or `2 h 3 min`.
    package var text: String {
        let milliseconds = microseconds / 1_000
        switch milliseconds {
        case ..<1_000: return "\(milliseconds) ms"
        // What would round to a minute is one.
        case ..<59_950:
            let tenths = (milliseconds + 50) / 100
            return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
        default: return inWholeSeconds
        }
    }

    /// The same for tables: `0 s`, `12 s`, `4 min 5 s` or `2 h 3 min`.
    package var inWholeSeconds: String {
        let seconds = (microseconds + 500_000) / 1_000_000
        return switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3_600: "\(seconds / 60) min \(seconds % 60) s"
        default: "\(seconds / 3_600) h \(seconds % 3_600 / 60) min"
        }
    }
}

extension Instant {
    /// RFC 3339 in UTC to the second, for a person.
    package var toTheSecond: String { Instant(secondsSinceEpoch: secondsSinceEpoch).rfc3339 }
}
