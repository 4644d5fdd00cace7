internal import Time

/// What the rules of one policy say for a backup, in their words, and against it.
struct Judgement {
    var kept: [String]
    var removed: [RetentionReason] = []
}

extension RetentionPolicy {
    /// Judges the completed backups of one job.
    ///
    /// - Parameters:
    ///   - times: newest first, none in the future.
    ///   - zone: in which hours, days and the rest begin.
    ///   - now: nil while clocks disagree; then nothing is older than it may be.
    /// - Returns: for each what speaks for it, and against it; nothing for it means that it may go.
    func judge(_ times: [Instant], zone: Zone, now: Instant?) -> [Judgement] {
        guard !isEmpty else { return times.map { _ in .init(kept: ["no policy"]) } }
        return hasExpiryRules ? expiry(times, now: now) : keeping(times, zone: zone)
    }

    /// Elasticsearch's rules, counting completed backups only.
    private func expiry(_ times: [Instant], now: Instant?) -> [Judgement] {
        times.enumerated().map { index, time in
            if let maxCount, index >= maxCount { return .init(kept: [], removed: [.moreThanMaxCount]) }
            guard let expireAfter else { return .init(kept: ["\(index + 1) of maxCount \(maxCount ?? 0)"]) }
            guard let now else { return .init(kept: ["the clocks disagree"]) }
            guard now - time > expireAfter else { return .init(kept: ["not older than expireAfter"]) }
            if let minCount, index < minCount { return .init(kept: ["\(index + 1) of minCount \(minCount)"]) }
            return .init(kept: [], removed: [.olderThanExpireAfter])
        }
    }

    /// restic's rules: a backup stays if any of them keeps it.
    private func keeping(_ times: [Instant], zone: Zone) -> [Judgement] {
        let locals = times.map { zone.local($0) }
        var verdicts = times.map { _ in Judgement(kept: []) }
        if let keepLast {
            for index in times.indices.prefix(keepLast) {
                verdicts[index].kept.append("last \(count(index + 1, of: keepLast))")
            }
        }
        for period in Period.allCases {
            guard let wanted = keep[period] else { continue }
            walk(locals, by: period, in: times.indices, wanted: wanted) { index, number, isOldest in
                let words = "\(period.rawValue) \(count(number, of: wanted))"
                verdicts[index].kept.append(isOldest ? "oldest, \(words)" : words)
            }
        }
        guard let newest = times.first else { return verdicts }
        if let keepWithin {
            let start = zone.instant(keepWithin, before: newest)
            for index in times.indices where times[index] > start {
                verdicts[index].kept.append("within \(keepWithin)")
            }
        }
        for period in Period.allCases {
            guard let within = keepWithinPeriods[period] else { continue }
            let start = zone.instant(within, before: newest)
            let recent = times.indices.prefix { times[$0] > start }
            walk(locals, by: period, in: recent, wanted: .max) { index, number, isOldest in
                let words = "\(period.rawValue) \(number) within \(within)"
                verdicts[index].kept.append(isOldest ? "oldest, \(words)" : words)
            }
        }
        return verdicts
    }

    /// Visits the newest of each period, and the oldest of all while something is left of what is wanted.
    private func walk(
        _ locals: [LocalTime], by period: Period, in indices: some Sequence<Int>, wanted: Int,
        keep: (_ index: Int, _ number: Int, _ isOldest: Bool) -> Void
    ) {
        var (number, lastBucket) = (0, nil as Int?)
        for index in indices {
            guard number < wanted else { return }
            let bucket = period.bucket(locals[index])
            let isOldest = bucket == lastBucket
            guard !isOldest || index == locals.count - 1 else { continue }
            number += 1
            lastBucket = bucket
            keep(index, number, isOldest)
        }
    }

    private func count(_ number: Int, of wanted: Int) -> String {
        wanted == .max ? "\(number) of all" : "\(number) of \(wanted)"
    }
}

extension RetentionPolicy.Period {
    /// Times of equal buckets fall into the same period.
    fileprivate func bucket(_ local: LocalTime) -> Int {
        switch self {
        case .hourly: return local.date.daysSinceEpoch * 24 + local.hour
        case .daily: return local.date.daysSinceEpoch
        case .weekly:
            let week = local.date.isoWeek
            return week.year * 100 + week.week
        case .monthly: return local.date.year * 12 + local.date.month
        case .yearly: return local.date.year
        }
    }
}

extension Zone {
    /// The moment so long before another: months and days by the calendar of the zone, the rest by the clock.
    fileprivate func instant(_ duration: CalendarDuration, before instant: Instant) -> Instant {
        let local = local(instant)
        let date = local.date.adding(months: -duration.months).adding(days: -duration.days)
        let wall = LocalTime(date: date, secondOfDay: local.secondOfDay).secondsSinceEpoch
        let guess = wall - Int64(offset(at: instant))
        let fraction = instant - Instant(secondsSinceEpoch: instant.secondsSinceEpoch)
        return Instant(secondsSinceEpoch: wall - Int64(offset(at: guess)) - Int64(duration.seconds)) + fraction
    }
}
