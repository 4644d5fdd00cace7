package import Retention
internal import Time
internal import YAML

/// `retention` and `jobs.NAME.retention`: which backups stay; without a rule, all.
extension RetentionPolicy: ConfiguredSection {
    static let unset = RetentionPolicy()

    static let keys: [Key<RetentionPolicy>] =
        [Key("keepLast", \.keepLast, .count, "The newest so many stay.")]
        + Period.allCases.map { period in
            Key(
                "keep\(period.rawValue.capitalizedFirst)", \.keep[period], .count,
                "The newest one of each of the last so many \(period.noun)s that have one stays.")
        } + [
            Key(
                "keepWithin", \.keepWithin, .calendarDuration, "All within so long before the newest one stay.")
        ]
        + Period.allCases.map { period in
            Key(
                "keepWithin\(period.rawValue.capitalizedFirst)", \.keepWithinPeriods[period], .calendarDuration,
                "The newest one of each \(period.noun) within so long before the newest one stays.")
        } + [
            Key("expireAfter", \.expireAfter, .duration(.seconds(1)...(.days(36_600))), "Older ones go."),
            Key("minCount", \.minCount, .number(1...1_000_000), "So many stay even if they are older."),
            Key("maxCount", \.maxCount, .number(1...1_000_000), "No more than so many stay."),
        ]

    func check(_ section: Section) {
        if hasKeepRules, hasExpiryRules {
            section.complainOfItself(
                "mixes rules that keep (keep…) with rules that let expire (expireAfter, minCount, maxCount); choose one kind"
            )
        }
        if let minCount, expireAfter == nil {
            section.complain(
                "minCount", "'\(minCount)' says how many stay although they have expired: give expireAfter too")
        }
        if let minCount, let maxCount, minCount > maxCount {
            section.complain("minCount", "'\(minCount)' is more than maxCount, which is \(maxCount)")
        }
    }

    /// Reads a policy that stands alone, such as one on the command line.
    ///
    /// - Throws: `ConfigurationError` with everything that is wrong.
    package static func read(_ text: [UInt8], name: String) throws(ConfigurationError) -> RetentionPolicy {
        let reading = Reading(Inputs(name: name, text: text))
        let document: YAMLDocument
        do {
            document = try YAMLDocument(text)
        } catch {
            throw ConfigurationError(
                problems: [Problem(place: reading.place(error.mark), path: "", message: error.message)])
        }
        for problem in document.duplicateKeys { reading.complain(reading.place(problem.mark), "", problem.message) }
        var policy = unset
        Section(root: document.root, reading: reading).read(into: &policy)
        guard reading.problems.isEmpty else { throw ConfigurationError(problems: reading.problems.sorted()) }
        return policy
    }
}

extension RetentionPolicy.Period {
    fileprivate var noun: String {
        switch self {
        case .hourly: "hour"
        case .daily: "day"
        case .weekly: "week"
        case .monthly: "month"
        case .yearly: "year"
        }
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
