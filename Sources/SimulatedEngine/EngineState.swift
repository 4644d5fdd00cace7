package import JSON
package import Time

/// An engine in memory: its indices, its repositories, and the snapshots in them.
///
/// A value that time is told to; nothing in it waits, and equal histories make equal values.
package struct EngineState: Sendable {
    package struct Index: Sendable, Equatable {
        package var aliases: [String] = []
        /// By id.
        package var documents: [String: JSONValue] = [:]
        /// False for an index whose primary shard has no node.
        package var isAssigned = true
        package var isOpen = true

        package init(aliases: [String] = [], isAssigned: Bool = true) {
            self.aliases = aliases
            self.isAssigned = isAssigned
        }
    }

    package struct Repository: Sendable, Equatable {
        package var type: String
        package var settings: JSONValue
        /// In the order in which they were accepted.
        package var snapshots: [Snapshot] = []

        package init(type: String = "fs", settings: JSONValue = [:], snapshots: [Snapshot] = []) {
            self.type = type
            self.settings = settings
            self.snapshots = snapshots
        }

        var isReadOnly: Bool { settings["readonly"] == "true" || settings["readonly"] == true }

        package func snapshot(_ name: String) -> Snapshot? { snapshots.first { $0.name == name } }
    }

    package struct Snapshot: Sendable, Equatable {
        package let name: String
        package let uuid: String
        package let indices: [String]
        package let metadata: JSONValue?
        package let start: Instant
        /// When it will end, or has ended.
        package internal(set) var end: Instant
        /// In which state it will end, or has ended.
        package var outcome: Outcome
        /// What the indices held.
        let contents: [String: Index]
        package var isRunning: Bool
        let includesGlobalState: Bool

        package var state: String { isRunning ? "IN_PROGRESS" : outcome.rawValue }
    }

    package enum Outcome: String, Sendable {
        case success = "SUCCESS"
        case partial = "PARTIAL"
        case failed = "FAILED"
    }

    package let kind: EngineKind
    package let clusterUUID: String
    package var indices: [String: Index] = [:]
    package var repositories: [String: Repository] = [:]
    /// How long the next snapshot takes, and how it ends.
    package var nextSnapshot: (duration: Duration, outcome: Outcome) = (.milliseconds(50), .success)
    /// Whether the repository's disk is full, so that nothing can be written to it.
    package var isDiskFull = false
    private var snapshotCount = 0
    var deletions: [Deletion] = []

    /// A request to delete that waits until what ran at its time has ended.
    struct Deletion: Sendable, Equatable {
        let repository: String
        /// As the request has them.
        let names: String
        let uuids: Set<String>
        let due: Instant
        var isDone = false
    }

    package init(_ kind: EngineKind, clusterUUID: String = "simulated-cluster-uuid") {
        self.kind = kind
        self.clusterUUID = clusterUUID
    }

    /// Ends the snapshots whose time has come.
    package mutating func advance(to now: Instant) {
        for name in repositories.keys {
            guard let snapshots = repositories[name]?.snapshots else { continue }
            for (index, snapshot) in snapshots.enumerated() where snapshot.isRunning && snapshot.end <= now {
                repositories[name]?.snapshots[index].isRunning = false
            }
        }
        carryOutDeletions(now)
    }

    /// The engine dies and comes back: running snapshots are gone, and their names are free; queued deletions are forgotten.
    package mutating func restart() {
        deletions = []
        for name in repositories.keys { repositories[name]?.snapshots.removeAll(where: \.isRunning) }
    }

    mutating func nextUUID() -> String {
        snapshotCount += 1
        return "simulated-snapshot-\(snapshotCount)"
    }

    /// The indices that a comma-separated pattern names, aliases resolved, sorted; nil in the second place or a name of one
    /// that is missing.
    func resolve(_ patterns: [String]) -> (found: [String], missing: String?) {
        var found: Set<String> = []
        for pattern in patterns {
            if pattern.hasPrefix("-") {
                found = found.filter { !matches($0, String(pattern.dropFirst())) }
                continue
            }
            let names = indices.filter { name, index in
                matches(name, pattern) || index.aliases.contains { matches($0, pattern) }
            }
            if names.isEmpty, !pattern.contains("*"), pattern != "_all" { return ([], pattern) }
            found.formUnion(pattern == "_all" ? Array(indices.keys) : Array(names.keys))
        }
        return (found.sorted(), nil)
    }
}

/// Whether a name fits a pattern in which `*` stands for anything.
func matches(_ name: String, _ pattern: String) -> Bool {
    guard pattern.utf8.contains(UInt8(ascii: "*")) else { return name == pattern }
    let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
    guard name.hasPrefix(pieces[0]) else { return false }
    if pieces.count == 2, pieces[1].isEmpty { return true }
    var rest = name.dropFirst(pieces[0].count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
        guard let range = rest.firstRange(of: piece) else { return false }
        rest = rest[range.upperBound...]
    }
    return rest.hasSuffix(pieces[pieces.count - 1])
}
