package import Engines
package import JSON
package import Time

/// What this program writes into each of its snapshots; the engine allows 1024 bytes.
package struct BackupMetadata: Sendable, Hashable {
    /// Of what is written; a higher one is from a newer program, whose backups are shown but never changed.
    package static let currentFormat = 1

    package var format = Self.currentFormat
    /// Program and version, such as `optimize-backup/1.0.0`.
    package var createdBy: String
    /// The name of the host that ordered it.
    package var instance: String
    package var owner: BackupOwner
    /// Whose backup it is, sorted: the jobs due at a moment, or the one that somebody ran; none for an order of its own.
    package var jobs: [String]
    /// What only a scheduled backup has.
    package var due: Due?
    /// By which version of an engine the oldest index of this part was made; nil where that could not be had.
    package var oldestIndex: IndexVersion?

    /// For which fire time a scheduled backup was taken.
    package struct Due: Sendable, Hashable {
        package var time: Instant
        /// 1 for the first.
        package var attempt: Int
        /// Hashes of the jobs' schedules and time zones, four digits each, in the jobs' order.
        package var schedule: String

        package init(time: Instant, attempt: Int, schedule: String) {
            self.time = time
            self.attempt = attempt
            self.schedule = schedule
        }
    }

    package init(createdBy: String, instance: String, owner: BackupOwner, jobs: [String] = [], due: Due? = nil) {
        self.createdBy = createdBy
        self.instance = instance
        self.owner = owner
        self.jobs = jobs
        self.due = due
    }

    /// Notes by which version the oldest index of a part was made, if what many jobs share leaves room for it.
    mutating func remember(oldestIndex: IndexVersion?) {
        self.oldestIndex = oldestIndex
        if json.sizeInMetadata > MarkerMetadata.maximumSize { self.oldestIndex = nil }
    }

    /// What it has in common with the backups of other fire times.
    var withoutFireTime: BackupMetadata {
        var metadata = self
        metadata.due?.time = Instant(secondsSinceEpoch: 0)
        metadata.due?.attempt = 0
        return metadata
    }

    /// Whether both stand for the same backup: the same Optimize's, for the same fire time of one job at least, whoever ordered it;
    /// or, taken by hand, from the same host.
    func isSameBackup(as other: BackupMetadata) -> Bool {
        guard owner == other.owner, due?.time == other.due?.time else { return false }
        return due != nil ? serves(other.jobs) : instance == other.instance && jobs == other.jobs
    }

    /// Whether it is the backup of one of those jobs: of no other does its fire time count.
    package func serves(_ jobs: [String]) -> Bool { self.jobs.contains(where: jobs.contains) }

    /// Whether this program understands all of it, and so may change the backup.
    package var isUnderstood: Bool { format <= Self.currentFormat }
}

extension BackupMetadata {
    /// Reads a snapshot's `metadata`; nil when this program did not write it.
    package init?(_ json: JSONValue?) {
        guard let json, let format = json["format"]?.integer, let createdBy = json["createdBy"]?.string,
            createdBy.hasPrefix("optimize-backup/"), let cluster = json["cluster"]?.string,
            let prefix = json["prefix"]?.string
        else { return nil }
        self.init(
            createdBy: createdBy, instance: json["instance"]?.string ?? "",
            owner: BackupOwner(cluster: cluster, prefix: prefix),
            jobs: json["jobs"]?.array?.compactMap(\.string) ?? [], due: Due(json))
        oldestIndex = json["oldestIndex"]?.integer.flatMap(IndexVersion.init)
        self.format = Int(format)
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "format": .integer(Int64(format)), "createdBy": .string(createdBy), "instance": .string(instance),
            "cluster": .string(owner.cluster), "prefix": .string(owner.prefix),
        ]
        if let oldestIndex { members["oldestIndex"] = .integer(Int64(oldestIndex.id)) }
        if !jobs.isEmpty { members["jobs"] = .array(jobs.map { .string($0) }) }
        if let due {
            members["dueTime"] = .string(due.time.rfc3339)
            members["attempt"] = .integer(Int64(due.attempt))
            members["schedule"] = .string(due.schedule)
        }
        return .object(members)
    }
}

extension BackupMetadata.Due {
    fileprivate init?(_ json: JSONValue) {
        guard let text = json["dueTime"]?.string, let time = try? Instant(rfc3339: text) else { return nil }
        self.init(
            time: time, attempt: Int(json["attempt"]?.integer ?? 1), schedule: json["schedule"]?.string ?? "")
    }
}
