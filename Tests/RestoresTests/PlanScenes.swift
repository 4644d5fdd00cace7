import Engines
import JSON
import Testing
import Time

@testable import Backups
@testable import ElasticsearchClient
@testable import Restores

/// Something that is found, or asked for, and what it is called.
struct PlanScene: Sendable, CustomTestStringConvertible {
    let name: String
    /// The kinds of what is in the way then.
    let kinds: [RestoreObstacle.Kind]
    let change: @Sendable (inout RestoreRequest, inout RestoreFindings) -> Void

    var testDescription: String { name }

    init(
        _ name: String, _ kinds: [RestoreObstacle.Kind],
        _ change: @escaping @Sendable (inout RestoreRequest, inout RestoreFindings) -> Void
    ) {
        self.name = name
        self.kinds = kinds
        self.change = change
    }

    /// The backup 7 of six indices, and an engine without any of them that has room.
    static var request: RestoreRequest { RestoreRequest(BackupID(unchecked: "7")) }

    static let noon = Instant(secondsSinceEpoch: 1_800_000_000)
    static let firstPart = ["import-index_v3", "timestamp-based-import-index_v5"].map { "optimize-\($0)" }
    static let secondPart = ["dashboard_v4", "external-variable_v2-000001", "metadata_v3"].map { "optimize-\($0)" }

    static func part(_ number: Int, _ state: Snapshot.State = .success, failures: [String] = []) -> Part? {
        let name = SnapshotName(id: BackupID(unchecked: "7"), version: "8.6.0", part: number)
        return Part(
            Snapshot(
                name: name.description, uuid: SnapshotUUID("uuid-of-part-\(number)"), state: state,
                indices: number == 1 ? firstPart : secondPart, startTime: noon, endTime: noon + .seconds(60),
                failures: failures))
    }

    /// A backup of which part 2 may still follow.
    static func open(_ id: String) -> Backup {
        let name = SnapshotName(id: BackupID(unchecked: id), version: "8.6.0", part: 1)
        let snapshot = Snapshot(
            name: name.description, state: .success, indices: firstPart, startTime: noon + .seconds(7_000),
            endTime: noon + .seconds(7_060))
        return Backup(
            id: name.id, parts: [Part(snapshot)].compactMap { $0 }, now: noon + .seconds(7_200),
            takeUpWithin: .seconds(3_600))
    }

    static func backup(_ parts: [Part?]) -> Backup {
        var backup = Backup(
            id: BackupID(unchecked: "7"), parts: parts.compactMap { $0 }, now: noon + .seconds(7_200),
            takeUpWithin: .seconds(3_600))
        backup.restorability = .restorable
        return backup
    }

    static var findings: RestoreFindings {
        let engine = EngineDescription(
            distribution: .elasticsearch, version: "8.19.21", clusterName: "c", clusterUUID: "u")
        let parts = [part(1), part(2)].compactMap { $0 }
        let contents = Dictionary(
            uniqueKeysWithValues: parts.map { part in
                let shards = Dictionary(uniqueKeysWithValues: part.indices.map { ($0, 1) })
                return (
                    part.name.description,
                    RestoreFindings.Contents.read(
                        SnapshotContents(
                            shards: shards,
                            sizes: shards.mapValues { _ in 5_000_000_000 / Int64(shards.count) }))
                )
            })
        var findings = RestoreFindings(
            backup: backup(parts), contents: contents, engine: engine, prefix: "optimize",
            standing: IndexSelection(of: [], prefix: "optimize", firstPartBases: ["import-index"], states: [:]),
            aliases: [:], markers: Markers())
        findings.capacity = EngineCapacity(
            nodes: [1, 2, 3].map { .init(name: "node-\($0)", totalBytes: 100 << 30, availableBytes: 60 << 30) },
            shards: 40, maximumShardsPerNode: 1_000, watermark: DiskWatermark("85%", headroom: "200GB"))
        return findings
    }

    /// What stands, each index with its alias.
    static func stand(_ names: [String], in findings: inout RestoreFindings, states: [String: String]? = nil) {
        let states = states ?? Dictionary(uniqueKeysWithValues: names.map { ($0, "green") })
        findings.standing = IndexSelection(
            of: names, prefix: "optimize", firstPartBases: ["import-index", "timestamp-based-import-index"],
            states: states)
        for name in names { findings.aliases[name] = [String(name.prefix { $0 != "_" })] }
        for name in names {
            findings.statistics[name] = IndexStatistics(documents: 5, bytes: 1_000_000, sequenceNumbers: [4])
        }
    }

    static func standing(in findings: RestoreFindings) -> [String] {
        (findings.standing.firstPart + findings.standing.secondPart + findings.standing.uncovered).sorted()
    }

    static func marker(
        _ subject: String, _ note: RestoreNote?, by: String = "ann@host-a", number: Int64 = 1_800_000_100
    ) -> Marker? {
        let owner = BackupOwner(cluster: "u", prefix: "optimize")
        let name = MarkerName(.restore, subject, owner: owner.hash, expiry: noon + .seconds(90_000), number: number)
        var metadata: [String: JSONValue] = ["by": .string(by), "reason": .string("restore of \(subject)")]
        metadata.merge(note?.members ?? [:]) { $1 }
        let entry = SnapshotEntry(name: name.description, uuid: SnapshotUUID("m\(number)"), state: .success)
        let snapshot = Snapshot(name: entry.name, uuid: entry.uuid, state: .success, metadata: .object(metadata))
        return Marker(entry, snapshot, of: owner)
    }

    /// Of an interrupted run of this very request.
    static func note(_ phase: RestoreNote.Phase) -> RestoreNote {
        RestoreNote(
            parts: ["uuid-of-part-1", "uuid-of-part-2"], phase: phase,
            safetyBackup: BackupID(unchecked: "20270115080000"),
            process: "host-a 1 2 3", begun: noon + .seconds(100))
    }

    /// Each obstacle alone.
    static let obstacles: [PlanScene] = [
        PlanScene("part-missing", [.partMissing]) { $1.backup = backup([part(1)]) },
        PlanScene("part-not-successful", [.partNotSuccessful]) {
            $1.backup = backup([part(1), part(2, .partial, failures: ["[optimize-metadata_v3][0] node left"])])
        },
        PlanScene("part-listed-but-unreadable", [.partUnreadable]) {
            $1.backup = backup([part(1, .unreadable), part(2)])
        },
        PlanScene("part-unreadable", [.partUnreadable]) {
            $1.contents["camunda_optimize_7_8.6.0_part_2_of_2"] = .unreadable("[snap-x.dat] is missing")
        },
        PlanScene("engine-version", [.engineVersion]) {
            $1.backup.restorability = Restorability(
                written: IndexVersion(.elasticsearch, 9, minor: 1), oldest: nil, by: $1.engine.kind,
                version: $1.engine.version, readable: $1.engine.oldestReadable)
        },
        PlanScene("optimize-version", [.optimizeVersion]) { $1.optimizeVersion = "8.6.1" },
        PlanScene("indices-in-the-way", [.indicesInTheWay]) {
            // Another version of an index is in the way as well: both would answer by one alias.
            stand(["optimize-metadata_v3", "optimize-dashboard_v5"], in: &$1)
        },
        PlanScene("other-indices", [.otherIndices]) {
            $0.replacesExisting = true
            stand(["optimize-import-index_v3", "optimize-process-instance-new_v8", "optimize-mine"], in: &$1)
        },
        PlanScene("indices-hidden", [.indicesHidden]) {
            stand([], in: &$1, states: ["optimize-dashboard_v4": "green"])
        },
        PlanScene("made-since", [.indicesMadeSince]) {
            stand(["optimize-import-index_v3", "optimize-metadata_v3"], in: &$1)
            $1.markers = Markers([marker("7", note(.restoring))].compactMap { $0 })
            $1.isInterrupted = true
            $1.creationDates = [
                "optimize-import-index_v3": noon - .seconds(9), "optimize-metadata_v3": noon + .seconds(200),
            ]
        },
        PlanScene("optimize-writes", [.optimizeWrites]) {
            $0.replacesExisting = true
            stand(["optimize-import-index_v3"], in: &$1)
            $1.written = ["optimize-import-index_v3"]
        },
        PlanScene("aliases", [.aliases]) {
            $1.aliases = ["optimize-dashboard": [], "reports": ["optimize-metadata", "optimize-import-index_v3"]]
        },
        PlanScene("no-nodes", [.nodes]) { $1.capacity?.nodes = [] },
        PlanScene("disk", [.disk]) {
            $1.capacity?.nodes = [1, 2].map {
                .init(name: "node-\($0)", totalBytes: 100 << 30, availableBytes: 19 << 30)
            }
        },
        PlanScene("shards", [.shards]) { $1.capacity?.shards = 2_995 },
        PlanScene("snapshot-running", [.snapshotRunning]) { $1.snapshotsUnderWay = ["elsewhere/nightly-1"] },
        PlanScene("backup-running", [.snapshotRunning]) { $1.backupsUnderWay = [open("8")] },
        PlanScene("other-restore", [.restoreRunning]) {
            $1.markers = Markers([marker("6", nil)].compactMap { $0 })
        },
        PlanScene("same-restore", [.restoreRunning]) {
            $1.markers = Markers([marker("7", note(.clearing))].compactMap { $0 })
        },
        PlanScene("recovery", [.restoreRunning]) { $1.recovering = ["optimize-dashboard_v4"] },
        PlanScene("marker", [.marker]) { $1.whyNoMarker = "the repository r is registered read-only" },
        PlanScene("rights", [.rights]) { $1.missingRights = ["indices:admin/delete"] },
        PlanScene("index-missing", [.indexMissing]) {
            $1.contents["camunda_optimize_7_8.6.0_part_2_of_2"] = .read(
                SnapshotContents(shards: [secondPart[0]: 1, secondPart[1]: 1], sizes: [:]))
        },
        drill("drill-too-large", [.size]) { request, _ in request.drill?.maximumSize = 9 << 30 },
        drill("drill-of-unknown-size", [.partUnreadable, .size]) {
            $1.contents["camunda_optimize_7_8.6.0_part_2_of_2"] = .unreadable("[snap-x.dat] is missing")
        },
        drill("drill-too-slow", [.time]) {
            $1.capacity?.recoveryRate = 2_000_000
            $1.restoreRate = 400_000
        },
        drill("drill-without-room", [.disk]) {
            // There is room for a restore; but one node would take its share and the largest index beside it.
            $1.capacity?.nodes[1] = .init(name: "node-2", totalBytes: 100 << 30, availableBytes: 20 << 30)
        },
        drill("drill-without-shards", [.shards]) { $1.capacity?.shards = 2_696 },
        drill("drill-that-nobody-may-plan", [.rights]) {
            $1.capacity = nil
            $1.missingRights = ["cluster:monitor/nodes/stats"]
        },
        drill("drill-into-the-unknown", [.size]) { $1.capacity = nil },
    ]

    /// The same for a drill, under names of its own.
    private static func drill(
        _ name: String, _ kinds: [RestoreObstacle.Kind],
        _ change: @escaping @Sendable (inout RestoreRequest, inout RestoreFindings) -> Void
    ) -> PlanScene {
        PlanScene(name, kinds) {
            $0.newPrefix = "drill-0123456789abcdef"
            $0.drill = DrillLimits()
            change(&$0, &$1)
        }
    }

    /// All that can be at once.
    static let everything = PlanScene(
        "everything",
        [
            .restoreRunning, .marker, .partUnreadable, .engineVersion, .optimizeVersion, .indicesHidden, .otherIndices,
            .indicesInTheWay, .aliases, .optimizeWrites, .snapshotRunning, .snapshotRunning, .restoreRunning, .disk,
            .shards, .rights,
        ]
    ) { request, findings in
        stand(
            ["optimize-metadata_v3", "optimize-import-index_v3", "optimize-process-instance-new_v8"], in: &findings,
            states: ["optimize-dashboard_v4": "green"])
        let alone = obstacles.filter {
            [
                "part-unreadable", "engine-version", "optimize-version", "shards", "disk", "snapshot-running",
                "backup-running", "other-restore", "recovery", "marker", "rights",
            ].contains($0.name)
        }
        for scene in alone { scene.change(&request, &findings) }
        findings.capacity?.shards = 2_995
        findings.written = ["optimize-import-index_v3"]
        findings.aliases["reports"] = ["optimize-dashboard"]
    }
}
