/// Which of the engine's indices belong to this Optimize, and to which part of its backup.
package struct IndexSelection: Sendable, Equatable {
    /// Import positions and the job registry.
    ///
    /// They are taken first: data newer than the position is imported once more and stays as it is, whereas data older than
    /// the position would be lost.
    package private(set) var firstPart: [String] = []
    package private(set) var secondPart: [String] = []
    /// Longer prefixes, each of another Optimize, whose indices are left alone.
    package private(set) var neighbours: [String] = []
    /// Indices that begin with our prefix but are named as none of Optimize's, and so are in no part.
    package private(set) var uncovered: [String] = []

    /// Indices of ours that the master knows of and the engine's user does not see.
    package private(set) var hidden: [String] = []
    /// Indices of ours that have no primary shard somewhere, by the master's list.
    package private(set) var red: [String] = []
    /// Whether the master's own list, which no role narrows, has confirmed it.
    package let isConfirmed: Bool
    private let prefix: String
    private let firstPartBases: [String]

    /// Sorts names into parts.
    ///
    /// - Parameters:
    ///   - names: of physical indices, without repetition.
    ///   - firstPartBases: base names of part 1, such as `import-index`.
    ///   - states: the master's own list, with the state of each; nil if it may not be asked.
    package init(of names: [String], prefix: String, firstPartBases: [String], states: [String: String]? = nil) {
        (isConfirmed, self.prefix, self.firstPartBases) = (states != nil, prefix, firstPartBases)
        let own = names.filter { $0.hasPrefix("\(prefix)-") }.sorted()
        let bases = own.map { base(of: $0, prefix: prefix) }
        // Our user may not see what tells a neighbour.
        let known = Set((bases + (states ?? [:]).keys.map { base(of: $0, prefix: prefix) }).compactMap { $0 })
        neighbours = known.compactMap { stem(of: $0, before: "-metadata") }
            .filter { known.contains("\($0)-timestamp-based-import-index") }
            .map { "\(prefix)-\($0)" }.sorted()
        for (name, state) in (states ?? [:]).sorted(by: { $0.key < $1.key })
        where Self.isNamed(name, as: prefix) && !isNeighbours(name) {
            if !own.contains(name) { hidden.append(name) }
            if state == "red" { red.append(name) }
        }
        for name in own where !isNeighbours(name) {
            switch part(of: name) {
            case 1: firstPart.append(name)
            case 2: secondPart.append(name)
            default: uncovered.append(name)
            }
        }
    }

    /// The base names of all that is in a part.
    package var contents: [String] { (firstPart + secondPart).compactMap { base(of: $0, prefix: prefix) } }

    /// The part to which an index of that name belongs; nil if it is none of this Optimize's.
    func part(of name: String) -> Int? {
        guard name.hasPrefix("\(prefix)-"), !isNeighbours(name), let base = base(of: name, prefix: prefix) else {
            return nil
        }
        return firstPartBases.contains(base) ? 1 : 2
    }

    private func isNeighbours(_ name: String) -> Bool { neighbours.contains { name.hasPrefix("\($0)-") } }

    /// The `{base}` of an index of that prefix; nil for a name that is none.
    package static func baseName(of name: String, prefix: String) -> String? {
        name.hasPrefix("\(prefix)-") ? base(of: name, prefix: prefix) : nil
    }

    /// Whether an index of that base name holds what one process, or one decision, has brought: it comes and goes with that.
    package static func isOfOneDefinition(_ base: String) -> Bool {
        basesOfDefinitions.contains { base.hasPrefix($0) && base.utf8.count > $0.utf8.count }
    }

    /// Whether an index is named as an Optimize of that prefix names its own.
    static func isNamed(_ name: String, as prefix: String) -> Bool {
        name.hasPrefix("\(prefix)-") && base(of: name, prefix: prefix) != nil
    }
}

/// What stands before the key of a process or a decision, in all versions of Optimize.
private let basesOfDefinitions = [
    "process-instance-", "decision-instance-", "event-process-instance-", "camunda-activity-event-",
    "event-sequence-count-", "event-trace-state-",
]

/// The `{base}` of `{prefix}-{base}_v{N}` and `{prefix}-{base}_v{N}-{NNNNNN}`; nil for any other name.
private func base(of name: String, prefix: String) -> String? {
    var rest = name.dropFirst(prefix.count + 1)
    if let dash = rest.lastIndex(of: "-"), isNumber(rest[rest.index(after: dash)...], digits: 6...6),
        isVersioned(rest[..<dash])
    {
        rest = rest[..<dash]
    }
    guard isVersioned(rest), let mark = rest.lastIndex(of: "_") else { return nil }
    return String(rest[..<mark])
}

/// Whether a name ends in `_v{N}` behind something.
private func isVersioned(_ name: Substring) -> Bool {
    guard let mark = name.lastIndex(of: "_"), mark > name.startIndex, name[mark...].hasPrefix("_v") else {
        return false
    }
    return isNumber(name[mark...].dropFirst(2), digits: 1...9)
}

private func isNumber(_ text: Substring, digits: ClosedRange<Int>) -> Bool {
    digits.contains(text.utf8.count) && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
}

private func stem(of base: String, before suffix: String) -> String? {
    base.hasSuffix(suffix) && base.count > suffix.count ? String(base.dropLast(suffix.count)) : nil
}
