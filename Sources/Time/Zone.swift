/// The rules of a time zone: its offset from UTC at any time, past and future.
package struct Zone: Sendable, Equatable {
    /// Such as `Europe/Berlin`.
    package let name: String
    /// Seconds since the epoch at which the offset changes, ascending.
    private let times: [Int64]
    /// Seconds east of UTC from the time of the same index on.
    private let offsets: [Int32]
    /// Before the first time.
    private let firstOffset: Int32
    /// For what lies past the last time.
    private let footer: ZoneRule

    package static let utc = Zone(name: "UTC", times: [], offsets: [], firstOffset: 0, footer: nil)

    /// - Parameters:
    ///   - times: ascending; the offset need not change at each.
    ///   - footer: the rule for what comes after them; it is written out to the year 2200, so that a look-up is one search.
    init(name: String, times: [Int64], offsets: [Int32], firstOffset: Int32, footer: ZoneRule?) {
        self.name = name
        self.firstOffset = firstOffset
        self.footer = footer ?? ZoneRule(offset: Int(offsets.last ?? firstOffset))
        var table = (times: [Int64](), offsets: [Int32]())
        func add(_ time: Int64, _ offset: Int32) {
            guard offset != table.offsets.last ?? firstOffset else { return }
            table.times.append(time)
            table.offsets.append(offset)
        }
        for (time, offset) in zip(times, offsets).dropLast() { add(time, offset) }
        // At its last time the file's table hands over to the footer.
        if let last = times.last { add(last, Int32(self.footer.offset(at: last))) }
        var cursor = max(times.last ?? .min, year1900)
        while let change = self.footer.transition(after: cursor), change.time < year2200 {
            add(change.time, Int32(change.after))
            cursor = change.time
        }
        (self.times, self.offsets) = table
    }

    /// A stretch of time with one offset.
    package struct Span: Sendable, Equatable {
        /// Its first second; `Int64.min` if it has always been.
        package let start: Int64
        /// The first second of the next one; `Int64.max` if there is none.
        package let end: Int64
        /// Seconds east of UTC.
        package let offset: Int64
        /// Of the stretch before it; its own if there is none.
        package let offsetBefore: Int64
    }

    /// The stretch that a time lies in.
    package func span(at seconds: Int64) -> Span {
        let index = firstIndex(after: seconds)
        if index == times.count { return lastSpan(at: seconds) }
        let offset = index == 0 ? firstOffset : offsets[index - 1]
        return Span(
            start: index == 0 ? .min : times[index - 1], end: times[index], offset: Int64(offset),
            offsetBefore: Int64(index < 2 ? firstOffset : offsets[index - 2]))
    }

    /// A stretch past the table, by the footer's rule.
    private func lastSpan(at seconds: Int64) -> Span {
        let end = footer.transition(after: seconds)?.time ?? .max
        // A rule's changes are less than a year apart.
        let recent = footer.hasSummer ? max(times.last ?? .min, seconds - 2 * 366 * 86_400) : times.last ?? .min
        var (start, offset) = (recent, times.isEmpty ? Int64(firstOffset) : Int64(offsets[offsets.count - 1]))
        var before = offset
        if times.count == 1 { before = Int64(firstOffset) }
        if times.count > 1 { before = Int64(offsets[offsets.count - 2]) }
        var cursor = recent
        while footer.hasSummer, let change = footer.transition(after: cursor), change.time <= seconds {
            (start, offset, before) = (change.time, Int64(change.after), Int64(change.before))
            cursor = change.time
        }
        return Span(start: start, end: end, offset: offset, offsetBefore: before)
    }

    /// Seconds east of UTC at a time.
    package func offset(at instant: Instant) -> Int { offset(at: instant.secondsSinceEpoch) }

    package func offset(at seconds: Int64) -> Int {
        let index = firstIndex(after: seconds)
        if index == times.count { return footer.offset(at: seconds) }
        return Int(index == 0 ? firstOffset : offsets[index - 1])
    }

    /// What a clock on the wall shows.
    package func local(_ instant: Instant) -> LocalTime {
        let seconds = instant.secondsSinceEpoch
        return LocalTime(secondsSinceEpoch: seconds + Int64(offset(at: seconds)))
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

private let year1900: Int64 = -2_208_988_800
private let year2200: Int64 = 7_258_118_400
