/// The rules of a time zone: its offset from UTC at any time, past and future.
package struct Zone: Sendable {
    /// Such as `Europe/Berlin`.
    package let name: String
    /// Seconds since the epoch at which the offset may change, ascending.
    private let times: [Int64]
    /// Seconds east of UTC from the time of the same index on.
    private let offsets: [Int32]
    /// Before the first time.
    private let firstOffset: Int32
    /// For what lies past the last time.
    private let footer: ZoneRule

    package static let utc = Zone(name: "UTC", times: [], offsets: [], firstOffset: 0, footer: ZoneRule(offset: 0))

    init(name: String, times: [Int64], offsets: [Int32], firstOffset: Int32, footer: ZoneRule?) {
        self.name = name
        self.times = times
        self.offsets = offsets
        self.firstOffset = firstOffset
        self.footer = footer ?? ZoneRule(offset: Int(offsets.last ?? firstOffset))
    }

    /// A change of a zone's offset.
    package struct Transition: Sendable, Equatable {
        /// The first second of the new offset.
        package let time: Int64
        /// Seconds east of UTC.
        package let before: Int
        package let after: Int
    }

    /// Seconds east of UTC at a time.
    package func offset(at instant: Instant) -> Int { offset(at: instant.secondsSinceEpoch) }

    package func offset(at seconds: Int64) -> Int {
        guard let last = times.last, seconds < last else {
            return times.isEmpty || seconds >= times[times.count - 1] ? footer.offset(at: seconds) : Int(firstOffset)
        }
        let index = firstIndex(after: seconds)
        return Int(index == 0 ? firstOffset : offsets[index - 1])
    }

    /// What a clock on the wall shows.
    package func local(_ instant: Instant) -> LocalTime {
        let seconds = instant.secondsSinceEpoch
        return LocalTime(secondsSinceEpoch: seconds + Int64(offset(at: seconds)))
    }

    /// The next change of the offset behind a time; nil if there is none any more.
    package func transition(after seconds: Int64) -> Transition? {
        var index = firstIndex(after: seconds)
        while index < times.count {
            let before = Int(index == 0 ? firstOffset : offsets[index - 1])
            // At its last time the table hands over to the footer.
            let after = index == times.count - 1 ? footer.offset(at: times[index]) : Int(offsets[index])
            if before != after { return Transition(time: times[index], before: before, after: after) }
            index += 1
        }
        return footer.transition(after: max(seconds, times.last ?? seconds))
    }

    private func firstIndex(after seconds: Int64) -> Int {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Zone {
    /// When a clock on the wall shows a certain time.
    package enum Occurrence: Sendable, Equatable {
        /// Seconds since the epoch.
        case once(Int64)
        /// The clock is set back over that time: both times that it shows it.
        case twice(first: Int64, second: Int64)
        /// The clock is set forward over that time, at the given change.
        case never(Transition)
    }

    package func occurrence(of local: LocalTime) -> Occurrence {
        let wall = local.secondsSinceEpoch
        // No offset, and no change of one, reaches further than this.
        let margin: Int64 = 26 * 3_600
        var from = wall - margin
        var current = offset(at: from)
        var first: Int64?
        while true {
            let change = transition(after: from).flatMap { $0.time <= wall + margin ? $0 : nil }
            let candidate = wall - Int64(current)
            if candidate >= from, change.map({ candidate < $0.time }) ?? true {
                if let first { return .twice(first: first, second: candidate) }
                first = candidate
            } else if let change, first == nil, candidate >= change.time, wall - Int64(change.after) < change.time {
                return .never(change)
            }
            guard let change else { break }
            (from, current) = (change.time, change.after)
        }
        return .once(first ?? wall - Int64(current))
    }
}
