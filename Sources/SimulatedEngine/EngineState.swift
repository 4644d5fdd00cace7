package import Engines
internal import JSON
internal import Time

/// An engine in memory: its indices, its repositories, and the snapshots in them.
///
/// A value that time is told to; nothing in it waits, and equal histories make equal values.
package struct EngineState: Sendable {
    package private(set) var kind: EngineKind
    package private(set) var clusterUUID: String
    package var indices: [String: Index] = [:]
    package var repositories: [String: Repository] = [:]
    /// How long the next snapshot takes, and how it ends.
    package var nextSnapshot: (duration: Duration, outcome: Outcome) = (.milliseconds(50), .success)
    /// How long the next restore takes that nobody waits for.
    package var nextRestore = Duration.milliseconds(50)
    /// Of its only node's disk.
    package var disk: (totalBytes: Int64, availableBytes: Int64) = (1 << 40, 1 << 39)
    package var maximumShardsPerNode: Int64 = 1_000
    /// So many of the next listings with a wildcard are answered as if the repository held nothing.
    package var emptyListings = 0
    /// By how much the engine's clock is ahead of the time that it is told.
    package var clockOffset: Duration = .zero
    /// What the program's user may not see: left out where indices are read or listed, but not of the cluster's own view.
    package var hiddenIndices: Set<String> = []
    /// What the program's user has no right to, such as `cluster:monitor/health`.
    package var deniedActions: Set<String> = []
    /// So many snapshots a circuit breaker lets be read at a time; nil for any number.
    package var mostSnapshotsRead: Int?
    /// So many shards a `_status` may have, on engines that cap them.
    package var mostShardsOfProgress = 200_000
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

    /// The cluster is lost, and another comes in its place: with the same indices, and the same repository registered.
    package mutating func rebuild(as clusterUUID: String) {
        restart()
        self.clusterUUID = clusterUUID
    }

    /// Its nodes are upgraded one after the other, or go back: the cluster, what stands in it, and what runs, stay.
    package mutating func upgrade(to kind: EngineKind) {
        self.kind = kind
    }

    mutating func nextUUID() -> String {
        snapshotCount += 1
        return "simulated-snapshot-\(snapshotCount)"
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
