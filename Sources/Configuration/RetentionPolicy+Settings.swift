package import Retention
internal import Time
internal import YAML

private enum Keys {
    static let keepLast = Key<Int>(count: "keepLast", "The newest so many stay.")
    static let keepWithin = Key(
        calendarDuration: "keepWithin", "All within so long before the newest one stay.")
    static let expireAfter = Key(
        duration: "expireAfter", .seconds(1)...(.seconds(36_600 * 86_400)), "Older ones go.")
    static let minCount = Key("minCount", 1...1_000_000, "So many stay even if they are older.")
    static let maxCount = Key("maxCount", 1...1_000_000, "No more than so many stay.")

    static func keepKey(_ period: RetentionPolicy.Period) -> Key<Int> {
        Key(
            count: "keep\(period.rawValue.capitalizedFirst)",
            "The newest one of each of the last so many \(period.noun)s that have one stays.")
    }

    static func keepWithinKey(_ period: RetentionPolicy.Period) -> Key<CalendarDuration> {
        Key(
            calendarDuration: "keepWithin\(period.rawValue.capitalizedFirst)",
            "The newest one of each \(period.noun) within so long before the newest one stays.")
    }
}

/// `retention` and `jobs.NAME.retention`: which backups stay; without a rule, all.
extension RetentionPolicy {
    init(_ section: inout Section) {
        self.init(keepLast: section.read(Keys.keepLast)?.value)
        for period in Period.allCases { keep[period] = section.read(Keys.keepKey(period))?.value }
        keepWithin = section.read(Keys.keepWithin)?.value
        for period in Period.allCases { keepWithinPeriods[period] = section.read(Keys.keepWithinKey(period))?.value }
        expireAfter = section.read(Keys.expireAfter)?.value
        minCount = section.read(Keys.minCount)?.value
        maxCount = section.read(Keys.maxCount)?.value
        section.finish()
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
        var section = Section(root: document.root, reading: reading)
        let policy = RetentionPolicy(&section)
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
