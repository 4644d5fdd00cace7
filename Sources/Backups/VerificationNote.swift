package import JSON
package import Time

/// What a verification writes into its marker: while it runs, that it does; afterwards, what it came to.
///
/// The marker's subject is the job, or the backup where it was asked for by hand.
package struct VerificationNote: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// The repository, and what stands in it.
        case check
        /// All of it was brought back beside what lives.
        case drill
    }

    package enum Outcome: String, Sendable, CaseIterable {
        /// Nothing was found amiss.
        case success
        /// The backup can't be relied on.
        case failed
        /// It was not begun, or came to no verdict.
        case skipped
    }

    package var kind: Kind
    package var backup: BackupID
    /// Which process does it, as its host tells processes apart.
    package var process: String
    /// When it is over, whatever has become of its process.
    package var deadline: Instant?
    /// For which time of its schedule; nil by hand.
    package var due: Instant?
    package var begun: Instant?
    /// Of a report alone.
    package var outcome: Outcome?
    package var duration: Duration?
    package var indices: Int?
    package var documents: Int64?
    /// By which the indices of a drill are known that come late, after all was removed.
    package var drill: String?

    package init(
        _ kind: Kind, of backup: BackupID, process: String, deadline: Instant? = nil, due: Instant? = nil,
        begun: Instant? = nil
    ) {
        (self.kind, self.backup, self.process) = (kind, backup, process)
        (self.deadline, self.due, self.begun) = (deadline, due, begun)
    }

    /// Reads it from a marker's metadata; nil for what says nothing of the kind.
    init?(_ metadata: JSONValue) {
        guard let kind = metadata["kind"]?.string.flatMap(Kind.init), let id = metadata["backup"]?.string else {
            return nil
        }
        func time(_ key: String) -> Instant? { metadata[key]?.string.flatMap { try? Instant(rfc3339: $0) } }
        self.init(
            kind, of: BackupID(unchecked: id), process: metadata["process"]?.string ?? "", deadline: time("deadline"),
            due: time("due"), begun: time("begun"))
        outcome = metadata["outcome"]?.string.flatMap(Outcome.init)
        duration = metadata["durationSeconds"]?.integer.map { .seconds($0) }
        indices = metadata["indices"]?.integer.map { Int($0) }
        documents = metadata["documents"]?.integer
        drill = metadata["drill"]?.string
    }

    package var members: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "kind": kind.rawValue.json, "backup": backup.description.json, "process": process.json,
        ]
        members["deadline"] = deadline.map { $0.rfc3339.json }
        members["due"] = due.map { $0.rfc3339.json }
        members["begun"] = begun.map { $0.rfc3339.json }
        members["outcome"] = outcome.map { $0.rawValue.json }
        members["durationSeconds"] = duration.map { .integer(Int64($0 / .seconds(1))) }
        members["indices"] = indices.map { .integer(Int64($0)) }
        members["documents"] = documents.map { .integer($0) }
        members["drill"] = drill?.json
        return members
    }
}
