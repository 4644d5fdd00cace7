internal import ElasticsearchClient
internal import Time

/// The state of a backup, in Optimize's words.
package enum BackupState: String, Sendable, CaseIterable {
    case inProgress = "IN_PROGRESS"
    /// It can be restored.
    case completed = "COMPLETED"
    case failed = "FAILED"
    /// The engine is of a version that can't restore it.
    case incompatible = "INCOMPATIBLE"
    /// A part is missing, and will not come any more.
    case incomplete = "INCOMPLETE"
}

extension BackupState {
    /// Derives the state from the snapshots of one backup.
    ///
    /// Optimize's own cascade, with its faults repaired: only the parts of one version make a whole, a partial snapshot fails
    /// it, a state that nobody knows never counts as good, and while part 2 may still follow the backup is in progress.
    ///
    /// - Parameters:
    ///   - snapshots: all that carry the backup's id, at least one.
    ///   - takeUpWithin: how long after part 1 ended a part 2 may follow.
    init(of snapshots: [Part], now: Instant, takeUpWithin: Duration) {
        let states = snapshots.map(\.state)
        self =
            if Part.wholeSet(of: snapshots) != nil {
                .completed
            } else if states.contains(where: \.isFailure) {
                .failed
            } else if states.contains(.incompatible) {
                .incompatible
            } else if states.contains(.inProgress) || secondPartMayFollow(snapshots, now, takeUpWithin) {
                .inProgress
            } else {
                .incomplete
            }
    }
}

extension Snapshot.State {
    /// Whether a snapshot in this state has ended without being of use.
    var isFailure: Bool {
        switch self {
        case .partial, .failed, .unreadable, .unknown: true
        case .success, .inProgress, .incompatible: false
        }
    }
}

private func secondPartMayFollow(_ snapshots: [Part], _ now: Instant, _ takeUpWithin: Duration) -> Bool {
    guard snapshots.count == 1, let part = snapshots.first, part.name.part == 1, part.name.partCount == 2,
        let end = part.endTime
    else { return false }
    return now - end <= takeUpWithin
}
