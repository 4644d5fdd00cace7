package import ElasticsearchClient
internal import JSON
package import Time

/// A note in the repository: a snapshot of no index, whose name says something about a backup or a job.
///
/// It counts as soon as it is listed, whether or not it can be read, and whichever version of this program wrote it.
package struct Marker: Sendable, Equatable {
    package let name: MarkerName
    /// Tells it from another one of that name.
    package let uuid: SnapshotUUID
    package let reason: String
    /// Who wrote it.
    package let by: String
    /// Of a failure, its code; nil where a marker tells none.
    let failure: BackupError.Code?
    /// Of a restore and its report, what else it says.
    package let note: RestoreNote?
    /// Of a verification and its report, what else it says.
    package let verification: VerificationNote?
    /// When the engine took it on; nil where it can't be read.
    package let time: Instant?
    /// The same, or else what its number tells, which may be some seconds ahead of it.
    package var date: Instant { time ?? Instant(secondsSinceEpoch: name.number) }
    /// Whether the engine has not finished with it: while other snapshots run, it waits for them, and counts all the same.
    package let isPending: Bool
    /// Whether its metadata could be read; what it means stands in its name.
    package let isReadable: Bool
    /// It counts until then; nil for ever.
    package let expiry: Instant?

    package var kind: MarkerName.Kind { name.kind }
    package var subject: String { name.subject }

    /// Reads what is listed; nil for another Optimize's, and for one of no known form.
    ///
    /// - Parameter snapshot: its details; nil if they can't be read, or have not been yet.
    init?(_ entry: SnapshotEntry, _ snapshot: Snapshot?, of owner: BackupOwner) {
        guard let name = MarkerName(entry.name) else { return nil }
        let metadata = snapshot?.metadata
        if let hash = name.owner {
            guard hash == owner.hash else { return nil }
        } else if snapshot != nil {
            // What nobody can read stands; what says that it is another's, or says nothing of this kind, does not.
            guard metadata?["cluster"]?.string == owner.cluster, metadata?["prefix"]?.string == owner.prefix else {
                return nil
            }
        }
        self.name = name
        uuid = entry.uuid
        reason = metadata?["reason"]?.string ?? ""
        by = metadata?["by"]?.string ?? ""
        note = [.restore, .restored].contains(name.kind) ? metadata.flatMap(RestoreNote.init) : nil
        verification = name.kind == .verify ? metadata.flatMap(VerificationNote.init) : nil
        failure = metadata?["error"]?.string.flatMap(BackupError.Code.init)
        time = snapshot?.startTime
        isPending = entry.state == .inProgress
        isReadable = snapshot != nil
        expiry =
            name.owner == nil ? metadata?["until"]?.string.flatMap { try? Instant(rfc3339: $0) } : name.expiry
    }

    /// Who wrote it and why, for a sentence such as "… is held by root@host: audit"; empty where that can't be told.
    package var byAndReason: String {
        (by.isEmpty ? "" : " by \(by)") + (reason.isEmpty ? "" : ": \(reason)")
    }

    /// Whether it still counts.
    ///
    /// - Parameter now: nil while clocks disagree; then nothing expires.
    func counts(at now: Instant?) -> Bool {
        guard let now, let expiry else { return true }
        return expiry > now
    }
}
