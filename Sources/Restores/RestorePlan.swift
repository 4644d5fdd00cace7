package import Backups
package import ElasticsearchClient
internal import Engines
internal import Text
package import Time

/// What a restore will do, and all that is in its way; what it says is what is done, and nothing else.
package struct RestorePlan: Sendable, Equatable {
    /// A snapshot that comes back.
    package struct Part: Sendable, Equatable {
        package let snapshot: String
        package let uuid: String
        /// As they stand in the snapshot.
        package let indices: [String]
        /// Primary ones; nil where that could not be read.
        package let shards: Int?
        package let bytes: Int64?
    }

    package let id: BackupID
    /// Of Optimize, which has to be of this very version afterwards.
    package let version: String
    /// When the backup was begun.
    package let time: Instant?
    /// The uuid of the cluster that the backup is of; nil for the engine's own.
    package let cluster: String?
    package let renaming: IndexRenaming?
    package let isDrill: Bool
    package let parts: [Part]
    /// Indices that are deleted first, each by its name.
    package internal(set) var deleted: [String] = []
    /// How far writing had come in them.
    package internal(set) var writeState = WriteState()
    /// Whether what stands is backed up before any of it is deleted.
    package internal(set) var takesSafetyBackup = false
    /// The backup that has been taken for that already, and has all that stands.
    package internal(set) var safetyBackup: BackupID?
    /// The one that an interrupted run had begun for that, and that can still be gone on with.
    package internal(set) var openSafetyBackup: BackupID?
    /// Backups that are held for a while, the one that is restored first.
    package internal(set) var held: [BackupID] = []
    /// The marker of an interrupted run that this one goes on with.
    package internal(set) var continued: Marker?
    /// All markers that interrupted runs of it have left.
    package internal(set) var interrupted: [MarkerName] = []
    package internal(set) var writesMarker = true
    package internal(set) var obstacles: [RestoreObstacle] = []
    package internal(set) var warnings: [String] = []

    /// How far an interrupted run had come.
    package var phase: RestoreNote.Phase { continued?.note?.phase ?? .preparing }

    /// When an interrupted run was begun: what is newer neither stood before it, nor was backed up by another.
    ///
    /// Nil where something was written since, and nothing brought back: all of it is begun anew then.
    package var begun: Instant? {
        guard let note = continued?.note, phase == .restoring || note.writeState == writeState.summary else {
            return nil
        }
        return note.begun
    }

    /// The names under which indices come back.
    package var targets: [String] { parts.flatMap(targets) }

    package func targets(of part: Part) -> [String] {
        part.indices.map { renaming?.newName(of: $0) ?? $0 }
    }

    package init(_ request: RestoreRequest, _ findings: RestoreFindings) {
        var preflight = RestorePreflight(
            request, findings, plan: RestorePlan(of: findings, request))
        self = preflight.judged()
    }

    /// What comes back, whatever is in the way.
    private init(of findings: RestoreFindings, _ request: RestoreRequest) {
        let backup = findings.backup
        (id, version, time, cluster) = (backup.id, backup.version, backup.startTime, backup.cluster)
        isDrill = request.drill != nil
        renaming = request.newPrefix.map { IndexRenaming(from: findings.prefix, to: $0) }
        parts = backup.countingParts.sorted { $0.name.part < $1.name.part }.map { part in
            let name = part.name.description
            var contents: SnapshotContents?
            if case .read(let read) = findings.contents[name] { contents = read }
            return Part(
                snapshot: name, uuid: part.uuid.description, indices: part.indices.sorted(),
                shards: contents.map { $0.shards.values.reduce(0, +) }, bytes: contents.flatMap(\.bytes))
        }
    }
}
