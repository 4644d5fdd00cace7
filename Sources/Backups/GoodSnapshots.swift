internal import ElasticsearchClient

/// The snapshots of good backups that the last listing had: were all of them gone, no deletion could explain it.
struct GoodSnapshots: Sendable {
    /// The uuids, less what this program was about to delete.
    private var uuids: [SnapshotUUID] = []
    /// What was listed when all that was good had gone.
    private var leftByLoss: Set<SnapshotUUID>?

    var count: Int { uuids.count }

    /// Remembers which backups are good.
    mutating func record(_ backups: [Backup]) {
        uuids = []
        uuids.reserveCapacity(backups.reduce(0) { $0 + $1.countingParts.count })
        for backup in backups where backup.state == .completed { uuids += backup.countingParts.map(\.uuid) }
    }

    /// Whether nothing of what was good is listed any more, and nothing tells that somebody has only deleted it.
    ///
    /// What stood beside it and still stands does, and what has come since: then it is the same repository, and somebody uses it.
    ///
    /// - Parameter last: the uuids of the listing before.
    func areLost(in listing: [SnapshotEntry], after last: @autoclosure () -> [SnapshotUUID]) -> Bool {
        let listed = Set(listing.map(\.uuid))
        guard !uuids.isEmpty, !uuids.contains(where: listed.contains), !last().contains(where: listed.contains)
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
    mutating func keep(_ listed: Set<SnapshotUUID>) { uuids.removeAll { !listed.contains($0) } }

    /// This program is about to delete those: their absence needs no explanation.
    mutating func forget(_ uuids: [SnapshotUUID]) { self.uuids.removeAll(where: uuids.contains) }
}
