/// `retention` and `jobs.NAME.retention`: which backups stay; without a rule, all.
package struct RetentionSettings: Sendable, Equatable {
    package var keepLast: Int?
    package var keepDaily: Int?

    package init(keepLast: Int? = nil, keepDaily: Int? = nil) {
        self.keepLast = keepLast
        self.keepDaily = keepDaily
    }
}

extension RetentionSettings {
    private static let keepLast = Key<Int>(count: "keepLast", "The newest so many stay.")
    private static let keepDaily = Key<Int>(
        count: "keepDaily", "The newest of each of the last so many days that have one stays.")

    init(_ section: inout Section) {
        keepLast = section.read(Self.keepLast)?.value
        keepDaily = section.read(Self.keepDaily)?.value
        section.finish()
    }
}

/// `retentionDefaults.*`: what all jobs have in common.
package struct RetentionDefaults: Sendable, Equatable {
    /// How long a backup that failed stays.
    package var removeFailedAfter = Duration.seconds(7 * 86_400)

    package init() {}
}

extension RetentionDefaults {
    private static let removeFailedAfter = Key(
        duration: "removeFailedAfter", .seconds(0)...(.seconds(3_660 * 86_400)), "How long a backup that failed stays.")

    init(_ section: inout Section) {
        if let (duration, _) = section.read(Self.removeFailedAfter) { removeFailedAfter = duration }
        section.finish()
    }
}

extension Key where Value == Int {
    /// A count, or `all`.
    init(count name: String, _ documentation: String) {
        self.init(name, allowed: "a whole number from 1 to 1000000, or all", documentation) { (text) throws(Refusal) in
            if text == "all" { return .max }
            guard let count = Int(text), (1...1_000_000).contains(count),
                text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else {
                throw Refusal()
            }
            return count
        }
    }

    init(_ name: String, _ range: ClosedRange<Int>, _ documentation: String) {
        self.init(name, allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)", documentation) {
            (text) throws(Refusal) in
            guard let number = Int(text), range.contains(number) else { throw Refusal() }
            return number
        }
    }
}
