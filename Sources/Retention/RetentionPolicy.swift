internal import Time

/// Which of a job's backups stay: restic's keep rules.
package struct RetentionPolicy: Sendable, Hashable {
    /// The newest so many.
    package var keepLast: Int?
    /// The newest one of each of the last so many days that have one.
    package var keepDaily: Int?

    package init(keepLast: Int? = nil, keepDaily: Int? = nil) {
        self.keepLast = keepLast
        self.keepDaily = keepDaily
    }

    /// Whether it has no rule: then everything stays.
    package var isEmpty: Bool { keepLast == nil && keepDaily == nil }
}

extension RetentionPolicy {
    /// A rule as `plan` applies it: so many buckets, of each of which the newest backup stays.
    struct Rule {
        let name: String
        let count: Int
        /// Backups of equal buckets stand for one another.
        let bucket: (LocalTime, Int) -> Int
    }

    var rules: [Rule] {
        var rules: [Rule] = []
        if let keepLast { rules.append(Rule(name: "last", count: keepLast) { _, index in index }) }
        if let keepDaily {
            rules.append(Rule(name: "daily", count: keepDaily) { local, _ in local.date.daysSinceEpoch })
        }
        return rules
    }
}
