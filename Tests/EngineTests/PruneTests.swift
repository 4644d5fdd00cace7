import Glibc
import HTTP
import JSON
import TestSupport
import Testing
import Time

/// Retention on a real engine: many backups, squeezed into names and metadata, since snapshots of no index serve for volume.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct PruneTests {
    /// So many nights; `OPTIMIZE_BACKUP_TEST_NIGHTS` makes it more.
    private static let nights = Int(ownEnvironment()["OPTIMIZE_BACKUP_TEST_NIGHTS"] ?? "") ?? 60

    /// Without a flag a person at a terminal is shown what would go, and asked.
    @Test(arguments: Engine.all)
    func aPersonIsAsked(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withPolicy(scene) { policy throws in
                for id in ["1", "2", "3"] { #expect(try scene.run("create", id, changing: policy).status == 0) }
                func answer(
                    _ text: String, _ arguments: [String], _ more: [String: String] = [:]
                ) throws -> ChildProcess.Ending {
                    try withTemporaryFolder { folder in
                        try scene.startOnTerminal(
                            arguments, changing: policy.merging(more) { $1 }, answer: text, in: folder
                        ).wait()
                    }
                }
                func left() throws -> [JSONValue?] {
                    try JSONValue(text: scene.run("-o", "json", "list", changing: policy).output).array?.map {
                        $0["backupId"]
                    } ?? []
                }
                let refused = try answer("n\n", ["prune"])
                #expect(refused.status == 1 && refused.output.contains("Delete all 2? [y/N]"), "\(refused.output)")
                #expect(try left() == [3, 2, 1])
                // What is only reported is not asked for.
                let reported = try answer("", ["prune"], ["OPTIMIZE_BACKUP_RETENTION_DEFAULTS_MODE": "report"])
                #expect(reported.output.contains("mode is report: 2 would be") && !reported.output.contains("[y/N]"))
                #expect(try left() == [3, 2, 1])
                let agreed = try answer("y\n", ["-o", "json", "prune"])
                #expect(agreed.status == 0, "\(agreed.output)")
                // The one document is that of the result.
                #expect(agreed.output.split(separator: "\"keep\"").count == 2, "\(agreed.output)")
                #expect(try left() == [3])
                #expect(try !answer("", ["prune"]).output.contains("[y/N]"))
                // Of what is missing nothing is asked, and it is told all the same.
                let missing = try answer("", ["delete", "8", "9"])
                #expect(missing.status == 4 && !missing.output.contains("[y/N]"), "\(missing.output)")
                let inPart = try answer("y\n", ["delete", "3", "9"])
                #expect(inPart.status == 2 && inPart.output.contains("Delete it? [y/N]"), "\(inPart.output)")
            }
        }
    }

    @Test(arguments: Engine.all)
    func whatIsPrunedIsThePlan(engine: Engine) throws {
        try withScene(engine) { scene throws in
            let (ids, cluster) = (Self.ids(Self.nights), try engine.send(.get, "/").json["cluster_uuid"]?.string ?? "")
            for id in ids { try add(backup: id, to: scene) }
            let others = try addOthers(scene, like: ids[0], cluster: cluster)
            // Another program's snapshot of another version under one of our ids: all that has the id stays.
            let shared = "camunda_optimize_\(ids[1])_8.5.0_part_1_of_2"
            try scene.addSnapshot(shared, [:])
            let policy = "jobs: {nightly: {schedule: 0 2 * * *, retention: {keepLast: 2, keepDaily: 7, keepWeekly: 5}}}"
            try withTemporaryFolder { folder throws in
                try write(
                    "\(policy)\nretentionDefaults: {maximumDeletesPerRun: 1000}\n", toFile: "\(folder)/config.yaml")
                let configured = ["OPTIMIZE_BACKUP_CONFIG": "\(folder)/config.yaml"]
                // Seven nights; then the newest of each of five weeks, of which the first one or two are among the seven.
                let newest = ids.suffix(7)
                let weeks = Self.newestOfWeeks(ids).suffix(5)
                let expected = Set(newest).union(weeks)

                let preview = try scene.run("-o", "json", "prune", "--dry-run", changing: configured)
                #expect(preview.status == 0, "\(preview.errors)")
                #expect(preview.errors.contains("wait for 'optimize-backup prune --yes'"))
                let plan = try JSONValue(text: preview.output)
                let kept = Set(
                    plan["keep"]?.array?.compactMap {
                        $0["backupId"]?.string ?? $0["backupId"]?.integer.map(String.init)
                    } ?? [])
                #expect(kept.isSuperset(of: expected))
                #expect(kept.subtracting(expected) == Set([others.foreignID, others.oddID, ids[1]]), "\(kept)")
                #expect(plan["remove"]?.array?.count == ids.count - expected.count - 1)
                #expect(try engine.snapshots(scene.name).count == ids.count * 2 + others.names.count + 1)

                let done = try scene.run("-o", "json", "prune", "--yes", changing: configured)
                #expect(done.status == 0, "\(done.errors)")
                let left = Set(try engine.snapshots(scene.name).keys)
                let wanted = expected.union([ids[1]]).flatMap { id in (1...2).map { Self.name(id, $0) } }
                #expect(left == Set(wanted).union(others.names).union([shared]))
            }
        }
    }

    /// What this program did not make goes only where the configuration says so.
    @Test(arguments: Engine.all)
    func othersBackupsGoOnlyOnceAdopted(engine: Engine) throws {
        try withScene(engine) { scene throws in
            for id in ["1", "2"] {
                for (part, indices) in [(1, scene.firstPart), (2, scene.secondPart)] {
                    try scene.addSnapshot(Self.name(id, part), [:], of: indices)
                }
            }
            // One of another Optimize, and one that holds a stranger's index beside ours.
            for index in ["x-metadata_v3", "\(scene.name)-notes"] { try engine.addIndex(index) }
            defer { _ = try? engine.send(.delete, "/x-metadata_v3", expecting: nil) }
            let others = [("8", ["x-metadata_v3"]), ("9", scene.firstPart + ["\(scene.name)-notes"])]
            for (id, indices) in others {
                for part in 1...2 { try scene.addSnapshot(Self.name(id, part), [:], of: indices) }
            }
            #expect(try scene.run("create", "3").status == 0)
            try withTemporaryFolder { folder throws in
                for (adopts, left) in [(false, ["1", "2", "3", "8", "9"]), (true, ["3", "8", "9"])] {
                    try write(
                        "retention: {keepLast: 1}\nretentionDefaults: {adoptForeign: \(adopts)}\n",
                        toFile: "\(folder)/config.yaml")
                    let configured = ["OPTIMIZE_BACKUP_CONFIG": "\(folder)/config.yaml"]
                    #expect(try scene.run("prune", "--yes", changing: configured).status == 0)
                    let names = left.flatMap { id in (1...2).map { Self.name(id, $0) } }
                    #expect(try engine.snapshots(scene.name).keys.sorted() == names)
                }
            }
        }
    }

    @Test(arguments: Engine.all)
    func whatIsHeldStays(engine: Engine) throws {
        try withScene(engine) { scene throws in
            let ids = Self.ids(4)
            for id in ids { try add(backup: id, to: scene) }
            #expect(try scene.run("hold", ids[0], "--reason", "audit").status == 0)
            #expect(try scene.run("hold", "20200101000000").status == 4)
            let shown = try JSONValue(text: try scene.run("-o", "json", "show", ids[0]).output)
            #expect(shown["held"] == true && shown["holdReason"] == "audit")
            let refused = try scene.run("delete", "--yes", ids[0])
            #expect(refused.status == 5 && refused.errors.contains("audit"), "\(refused.errors)")
            try withDaemon(scene, jobs: "jobs: {nightly: {schedule: 0 2 * * *, retention: {keepLast: 1}}}") {
                daemon throws in
                #expect(try daemon.send(.delete, "/actuator/backups/\(ids[0])").status == 409)
                #expect(try daemon.send(.get, "/metrics").text.contains("optimize_backup_held 1"))
                #expect(
                    try [202, 204].contains(
                        daemon.send(.post, "/actuator/backups/\(ids[1])/hold", #"{"reason":"x"}"#).status),
                    "202: it waits behind what runs")
                // Jobs, too: a pause is a marker that the next look sees.
                #expect(
                    try [202, 204].contains(daemon.send(.post, "/actuator/jobs/nightly/pause").status),
                    "202: it waits behind what runs")
                #expect(
                    try daemon.send(.get, "/metrics").text.contains(
                        #"optimize_backup_job_paused{backup_job="nightly"} 1"#))
                #expect(try daemon.send(.post, "/actuator/jobs/nightly/resume").status == 204)
                #expect(
                    try daemon.send(.get, "/metrics").text.contains(
                        #"optimize_backup_job_paused{backup_job="nightly"} 0"#))
                #expect(try daemon.send(.post, "/actuator/jobs/nope/run").status == 404)
                #expect(try daemon.send(.post, "/actuator/jobs/nightly/run").status == 202)
                // Its success prunes: of four nights and this run the newest stays, and the two that are held.
                try daemon.process.wait { $0.errors.contains("\(ids[3]): deleted") }
                let left = try daemon.send(.get, "/actuator/backups").json.array ?? []
                #expect(left.count == 3 && left.filter { $0["held"] == true }.count == 2)
            }
            #expect(try scene.run("release", ids[0]).status == 0)
            #expect(try scene.run("release", ids[0]).status == 4)
            #expect(try scene.run("delete", "--yes", ids[0]).status == 0)
            #expect(try engine.snapshots(scene.name).keys.filter { $0.contains("_hold_\(ids[0])_") }.isEmpty)
        }
    }

    /// Nights at 02:00, oldest first, the newest one yesterday's.
    private static func ids(_ count: Int) -> [String] {
        let today = Int64(time(nil)) / 86_400 * 86_400
        return (1...count).reversed().map {
            Instant(secondsSinceEpoch: today - Int64($0) * 86_400 + 7_200).compactUTC
        }
    }

    /// Of each ISO week the newest night.
    private static func newestOfWeeks(_ ids: [String]) -> [String] {
        let weeks = ids.map { id -> Int in
            let seconds = (try? Instant(compactUTC: id))?.secondsSinceEpoch ?? 0
            return (Int(seconds / 86_400) + 3) / 7
        }
        return ids.indices.filter { $0 == ids.count - 1 || weeks[$0] != weeks[$0 + 1] }.map { ids[$0] }
    }

    private static func name(_ id: String, _ part: Int) -> String { "camunda_optimize_\(id)_8.6.0_part_\(part)_of_2" }

    private func add(backup id: String, to scene: Scene) throws {
        let metadata = try scene.metadata("nightly", dueAt: Instant(compactUTC: id))
        for part in 1...2 { try scene.addSnapshot(Self.name(id, part), metadata) }
    }

    /// Snapshots that are none of ours, or none of this program's.
    private func addOthers(
        _ scene: Scene, like id: String, cluster: String
    ) throws -> (names: [String], foreignID: String, oddID: String) {
        let other: JSONValue = [
            "format": 1, "createdBy": "optimize-backup/1.0.0", "instance": "test", "cluster": "another-cluster",
            "prefix": .string(scene.name),
        ]
        // Optimize's own, one with `_` in its id that begins as one of ours does, and three of others.
        let (foreign, odd) = ("1", "\(id)_copy")
        var names: [String] = []
        for part in 1...2 {
            for id in [foreign, odd] {
                names.append(Self.name(id, part))
                try scene.addSnapshot(Self.name(id, part), [:])
            }
            names.append(Self.name("77", part))
            try scene.addSnapshot(Self.name("77", part), other)
        }
        for name in ["camunda_webapps_\(id)_8.6.0_part_1_of_6", "somebody-elses"] {
            names.append(name)
            try scene.addSnapshot(name, [:])
        }
        return (names, foreign, odd)
    }
}
