internal import ElasticsearchClient

/// The snapshots of good backups that the last listing had: were all of them gone, no deletion could explain it.
struct GoodSnapshots: Sendable {
    /// The uuids, less what this program was about to delete.
    private var uuids: Set<String> = []
    /// What was listed when all that was good had gone.
    private var leftByLoss: Set<String>?

    var count: Int { uuids.count }

    /// Remembers which backups are good.
    mutating func record(_ backups: [Backup]) {
        uuids = Set(backups.filter { $0.state == .completed }.flatMap { $0.countingParts.map(\.snapshot.uuid) })
    }

    /// Whether nothing of what was good is listed any more, and nothing tells that somebody has only deleted it.
    ///
    /// What stood beside it and still stands does, and what has come since: then it is the same repository, and somebody uses it.
    ///
    /// - Parameter last: the listing before.
    func areLost(in listing: [SnapshotEntry], after last: [SnapshotEntry]) -> Bool {
        guard listing != last else { return false }
        let listed = Set(listing.map(\.uuid))
        guard !uuids.isEmpty, uuids.isDisjoint(with: listed), !last.contains(where: { listed.contains($0.uuid) })
        else {
            return false
        }
        return leftByLoss.map { listed.isSubset(of: $0) } ?? true
    }

    /// All that was good is gone; what is listed now was there by then.
    mutating func record(lossIn listing: [SnapshotEntry]) { leftByLoss = leftByLoss ?? Set(listing.map(\.uuid)) }

    /// The last listing is believed, whatever was missing from it.
    mutating func endLoss() { leftByLoss = nil }

    /// Those that are no longer listed were deleted.
    mutating func keep(_ listed: Set<String>) { uuids.formIntersection(listed) }

    /// This program is about to delete those: their absence needs no explanation.
    mutating func forget(_ uuids: [String]) { self.uuids.subtract(uuids) }
}
