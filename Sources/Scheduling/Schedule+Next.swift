package import Time

extension Schedule {
    /// The first fire time strictly later than the given one; nil if there is none within four hundred years.
    ///
    /// Time is taken as a row of stretches of one offset each. Within one, the wall's clock runs evenly; what lies between two is
    /// a gap or an overlap, about which the policy decides. A schedule whose minute or hour field begins with `*` follows real
    /// time instead. Allocates nothing.
    package func next(
        after instant: Instant, in zone: Zone, clockChange policy: ClockChangePolicy = .init()
    ) -> FireTime? {
        let from = instant.secondsSinceEpoch
        switch rule {
        case .every(let seconds): return FireTime(time: (floorDivision(from, seconds) + 1) * seconds)
        case .cron(let fields): return Search(fields: fields, zone: zone, policy: policy).next(after: from)
        }
    }
}

private struct Search {
    let fields: CronFields
    let zone: Zone
    let policy: ClockChangePolicy

    func next(after from: Int64) -> FireTime? {
        var (cursor, span) = (from, zone.span(at: from))
        var leftOut: Int64?
        let limit = from &+ 400 * 366 * 86_400
        while true {
            var wall = cursor &+ span.offset
            if !repeats, span.offset < span.offsetBefore {
                // What the clock showed before it was set back.
                wall = max(wall, span.start &+ span.offsetBefore &- 1)
            }
            // Every match may fall into a gap: Sundays that are a 25th of March, at two o'clock in Berlin.
            guard let match = fields.next(after: wall), match < limit else { return nil }
            let time = match &- span.offset
            if time < span.end {
                return FireTime(time: time, effect: effect(match, span) ?? leftOut.map { .leftOut($0) })
            }
            let next = zone.span(at: span.end)
            if !fields.followsRealTime, match < span.end &+ next.offset {
                let change = span.end &+ next.offset
                if policy.gap == .runAfter { return FireTime(time: span.end, effect: .moved(from: match, to: change)) }
                leftOut = match
            }
            // No change of the clock reaches further than two days: what is nearer to the match has to be looked at.
            let near = time &- 2 * 86_400
            if near > span.end, span.end > from &+ 2 * 86_400 {
                (cursor, span) = (near, zone.span(at: near))
            } else {
                (cursor, span) = (span.end &- 1, next)
            }
        }
    }

    private var repeats: Bool { fields.followsRealTime || policy.overlap == .twice }

    /// What a change of the clock near a match does to it.
    private func effect(_ match: Int64, _ span: Zone.Span) -> FireTime.Effect? {
        guard !fields.followsRealTime else { return nil }
        if policy.overlap == .twice, span.offset < span.offsetBefore, match < span.start &+ span.offsetBefore {
            return .secondOfTwo(match)
        }
        guard span.end < match &+ 2 * 86_400, match >= span.end &+ zone.span(at: span.end).offset else { return nil }
        return policy.overlap == .twice ? .firstOfTwo(match) : .onlyFirst(match)
    }
}
