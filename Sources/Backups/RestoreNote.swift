package import JSON
package import Time

/// What a restore writes into its marker, so that whoever finds it standing can go on; and into its report.
package struct RestoreNote: Sendable, Equatable {
    /// How far it has come: what was so is known of every later step.
    package enum Phase: String, Sendable {
        /// Nothing was deleted, and nothing brought back.
        case preparing
        /// Indices that were in the way are being deleted.
        case clearing
        /// All of them are deleted: what stands under a name of the backup has come out of it.
        case restoring
    }

    package enum Outcome: String, Sendable, CaseIterable {
        case success
        case failed
    }

    /// Of the snapshots that are restored, in their order.
    package var parts: [String]
    package var phase: Phase
    /// How far writing had come in what is to be deleted, before it was backed up.
    package var writeState: String?
    /// The backup of what stood before; nil while there is none.
    package var safetyBackup: BackupID?
    /// Whether its process has made sure that no other was first: whoever comes later gives way to it, however often it is renewed.
    package var isClaimed = false
    /// Which process does it, as its host tells processes apart.
    package var process: String
    /// When it was begun, by whichever run came first.
    package var begun: Instant?
    /// Of a report alone.
    package var outcome: Outcome?
    package var duration: Duration?

    package init(
        parts: [String], phase: Phase = .preparing, writeState: String? = nil, safetyBackup: BackupID? = nil,
        process: String, begun: Instant?, outcome: Outcome? = nil, duration: Duration? = nil
    ) {
        self.parts = parts
        self.phase = phase
        self.writeState = writeState
        self.safetyBackup = safetyBackup
        self.process = process
        self.begun = begun
        self.outcome = outcome
        self.duration = duration
    }

    /// Reads it from a marker's metadata; what it does not say is as it is at the beginning.
    init(_ metadata: JSONValue) {
        parts = metadata["parts"]?.strings ?? []
        phase = metadata["phase"]?.string.flatMap(Phase.init) ?? .preparing
        writeState = metadata["writeState"]?.string
        safetyBackup = metadata["safetyBackup"]?.string.map(BackupID.init(unchecked:))
        isClaimed = metadata["claimed"]?.boolean ?? false
        process = metadata["process"]?.string ?? ""
        begun = metadata["begun"]?.string.flatMap { try? Instant(rfc3339: $0) }
        outcome = metadata["outcome"]?.string.flatMap(Outcome.init)
        duration = metadata["durationSeconds"]?.integer.map { .seconds($0) }
    }

    package var members: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "parts": parts.json, "phase": phase.rawValue.json, "process": process.json,
        ]
        members["writeState"] = writeState?.json
        members["safetyBackup"] = safetyBackup.map { $0.description.json }
        if isClaimed { members["claimed"] = true }
        members["begun"] = begun.map { $0.rfc3339.json }
        members["outcome"] = outcome.map { $0.rawValue.json }
        members["durationSeconds"] = duration.map { .integer(Int64($0 / .seconds(1))) }
        return members
    }
}
