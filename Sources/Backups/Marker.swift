internal import ElasticsearchClient
internal import JSON
package import Time

/// A note in the repository: a snapshot of no index, whose name and metadata say something about a backup or a job.
package struct Marker: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A backup is never pruned, nor deleted.
        case hold
        /// A job takes no backups.
        case pause
        /// The backup of a fire time was cancelled: nobody takes it again.
        case cancel
        /// A restore is under way: no backup is taken, and none is pruned.
        case restore
    }

    package let kind: Kind
    /// A backup's id, or a job's name; of a cancelled fire time the id that a first attempt has.
    package let subject: String
    /// Tells markers of one subject apart.
    package let number: Int
    package var owner: BackupOwner
    package var reason: String
    /// It counts until then; nil for ever.
    package var until: Instant?
    /// Who wrote it.
    package var by: String
    /// When it was written, by the engine's clock.
    package let time: Instant?
    /// Whether the engine has not finished with it: while other snapshots run, it waits for them, and counts all the same.
    package let isPending: Bool

    /// `optimize-backup_{kind}_{subject}_{n}`.
    package var name: String { Self.name(kind, subject, number) }

    static let prefix = "optimize-backup_"

    static func name(_ kind: Kind, _ subject: String, _ number: Int) -> String {
        "\(prefix)\(kind.rawValue)_\(subject)_\(number)"
    }

    /// Reads a snapshot; nil for one that is no marker, or a newer program's.
    init?(_ snapshot: Snapshot) {
        guard snapshot.name.hasPrefix(Self.prefix) else { return nil }
        let fields = snapshot.name.dropFirst(Self.prefix.count).split(separator: "_", omittingEmptySubsequences: false)
        guard fields.count >= 3, let kind = Kind(rawValue: String(fields[0])),
            let number = Int(fields[fields.count - 1]), number > 0,
            let metadata = snapshot.metadata, let format = metadata["format"]?.integer,
            format <= Int64(BackupMetadata.currentFormat), let cluster = metadata["cluster"]?.string,
            let prefix = metadata["prefix"]?.string
        else { return nil }
        let subject = fields[1..<(fields.count - 1)].joined(separator: "_")
        guard !subject.isEmpty else { return nil }
        self.kind = kind
        self.subject = subject
        self.number = number
        owner = BackupOwner(cluster: cluster, prefix: prefix)
        reason = metadata["reason"]?.string ?? ""
        until = metadata["until"]?.string.flatMap { try? Instant(rfc3339: $0) }
        by = metadata["by"]?.string ?? ""
        time = snapshot.startTime
        isPending = snapshot.state == .inProgress
    }

    /// Whether it says that the backup of that fire time was cancelled.
    package func cancels(_ time: Instant) -> Bool {
        kind == .cancel && subject == BackupID(fireTime: time).description
    }

    /// Whether it has not expired.
    func counts(at now: Instant) -> Bool {
        if kind == .restore, let time, now - time > .seconds(86_400) { return false }
        return until.map { $0 > now } ?? true
    }
}
