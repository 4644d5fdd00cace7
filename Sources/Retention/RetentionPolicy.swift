package import Time

/// Which of a job's backups stay: restic's keep rules, or Elasticsearch's expiry rules; without a rule, all.
package struct RetentionPolicy: Sendable, Hashable {
    /// A stretch of the calendar, of which the newest backup stays.
    package enum Period: String, Sendable, CaseIterable {
        case hourly
        case daily
        /// ISO 8601's weeks, from Monday on.
        case weekly
        case monthly
        case yearly
    }

    /// The newest so many; `Int.max` for all.
    package var keepLast: Int?
    /// The newest one of each of the last so many periods that have one; `Int.max` for all.
    package var keep: [Period: Int] = [:]
    /// All within so long before the newest one.
    package var keepWithin: CalendarDuration?
    /// The newest one of each period within so long before the newest one.
    package var keepWithinPeriods: [Period: CalendarDuration] = [:]
    /// Those older than this go.
    package var expireAfter: Duration?
    /// So many stay even if they are older.
    package var minCount: Int?
    /// More than so many do not stay even if they are younger.
    package var maxCount: Int?

    package init(keepLast: Int? = nil, keep: [Period: Int] = [:]) {
        self.keepLast = keepLast
        self.keep = keep
    }

    package var hasKeepRules: Bool {
        keepLast != nil || !keep.isEmpty || keepWithin != nil || !keepWithinPeriods.isEmpty
    }

    package var hasExpiryRules: Bool { expireAfter != nil || minCount != nil || maxCount != nil }

    /// Whether it has no rule: then everything stays.
    package var isEmpty: Bool { !hasKeepRules && !hasExpiryRules }
}
