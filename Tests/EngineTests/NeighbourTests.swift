import Glibc
import HTTP
import JSON
import TestSupport
import Testing
import Time

/// Several clusters and one repository: what a disaster leaves, and what two that live do to each other.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct NeighbourTests {
    private static let needsLauncher = ConditionTrait.enabled(
        if: PrivateEngine.launcher != nil, "needs OPTIMIZE_BACKUP_TEST_LAUNCHER, the script that starts an engine")

    /// The repository comes to a new cluster: each command and endpoint, before and after the line is in the configuration.
    @Test(needsLauncher, arguments: Engine.all)
    func aNewClusterTakesOver(engine: Engine) throws {
        try withScene(engine) { old throws in
            for id in ["1", "2"] { #expect(try old.run("create", id).status == 0) }
            #expect(try old.run("hold", "1", "--reason", "audit").status == 0)
            try withCluster(besides: old) { new, node throws in
                try copyRepository(of: old, to: new, as: "\(old.name)-copy")
                try expectStrangers(of: old, in: new)
                let uuid = try old.uuid
                let nightly = "jobs: {nightly: {schedule: 0 2 * * *, retention: {keepLast: 1}}}"
                try withLine([uuid], nightly) { line throws in
                    try expectOurs(uuid, in: new, line)
                }
                let often =
                    "jobs: {often: {schedule: '*/4 * * * * *', retention: {keepLast: 1}}}\nretention: {keepLast: 1}"
                try withLine([uuid], often) { line throws in
                    try expectScheduledRun(in: new, line, uuid)
                }
                // Nothing has gone of what the old cluster took.
                let names = try new.engine.snapshots(new.name).keys.filter { $0.hasPrefix("camunda_optimize_1_") }
                #expect(names.count == 2)
                try expectRivalry(between: old, and: new)
            }
        }
    }

    /// Before the line: everything says that they are there, nothing touches them.
    private func expectStrangers(of old: Scene, in new: Scene) throws {
        let uuid = try old.uuid
        let list = try new.run("list")
        #expect(list.status == 0 && list.output == "no backups\n", "\(list.output)")
        #expect(list.errors.contains("2 backups of the cluster \(uuid)"), "\(list.errors)")
        let all = try JSONValue(text: try new.run("-o", "json", "list", "--all").output).array ?? []
        #expect(all.map { $0["cluster"]?.string } == [uuid, uuid])
        let missing = try new.run("show", "1")
        #expect(missing.status == 4 && missing.errors.contains("show 1 --cluster \(uuid)"), "\(missing.errors)")
        let shown = try JSONValue(text: try new.run("-o", "json", "show", "1", "--cluster", uuid).output)
        #expect(shown["state"] == "COMPLETED" && shown["held"] == true && shown["cluster"]?.string == uuid, "\(shown)")
        let taken = try new.run("create", "1")
        #expect(taken.status == 5 && taken.errors.contains("of the cluster \(uuid)"), "\(taken.errors)")
        for command in [["hold", "1"], ["delete", "1", "--yes"], ["cancel", "1"]] {
            let ending = try new.run(command)
            #expect(ending.status == 4, "\(command): \(ending.status) \(ending.errors)")
        }
        let check = try new.run("check")
        #expect(check.status == 0, "\(check.output)")
        #expect(check.output.contains("formerClusters: [\(uuid)]") && check.output.contains("may still be alive"))
        try withDaemon(new) { daemon throws in
            #expect(try daemon.send(.get, "/actuator/backups").json == [])
            #expect(try daemon.send(.get, "/actuator/backups/1").status == 404)
            let health = try daemon.send(.get, "/actuator/health")
            #expect(health.status == 200 && health.text.contains("2 backups of the cluster \(uuid)"), "\(health.text)")
            #expect(daemon.process.errors.contains("2 backups of the cluster \(uuid)"))
        }
    }

    /// After the line: they are ours to list, to hold and to delete, and nothing of them goes by itself.
    private func expectOurs(_ uuid: String, in new: Scene, _ line: [String: String]) throws {
        let list = try JSONValue(text: try new.run("-o", "json", "list", changing: line).output).array ?? []
        #expect(list.map { $0["backupId"]?.integer } == [2, 1] && list.allSatisfy { $0["cluster"]?.string == uuid })
        let held = try new.run("delete", "1", "--yes", changing: line)
        #expect(held.status == 5 && held.errors.contains("holds the backup 1 (audit)"), "\(held.errors)")
        #expect(try new.run("markers", changing: line).output.contains("audit"))
        #expect(try new.run("release", "1", changing: line).status == 0)
        #expect(try new.run("hold", "2", changing: line).status == 0)
        let plan = try new.run("prune", "--dry-run", changing: line).output
        #expect(plan.split(separator: "\n").count { $0.contains("of the former cluster \(uuid)") } == 2, "\(plan)")
        let check = try new.run("check", changing: line)
        #expect(check.status == 0 && check.output.contains("was ours, as configured"), "\(check.output)")
        try withDaemon(new, changing: line) { daemon throws in
            let listed = try daemon.send(.get, "/actuator/backups").json.array ?? []
            #expect(listed.map { $0["backupId"]?.integer } == [2, 1], "\(listed)")
            let shown = try daemon.send(.get, "/actuator/backups/2").json
            #expect(shown["cluster"]?.string == uuid && shown["held"] == true, "\(shown)")
            #expect(try daemon.send(.delete, "/actuator/backups/2").status == 409)
            #expect(try daemon.send(.post, "/actuator/backups/2/release").status == 204)
            #expect(try daemon.send(.post, "/actuator/backups", #"{"backupId":2}"#).status == 409)
            let metrics = try daemon.send(.get, "/metrics").text
            #expect(metrics.contains(#"optimize_backup_backups{state="COMPLETED"} 0"#), "\(metrics)")
        }
    }

    /// A scheduled run there counts as the new cluster's, misses nothing of before, and prunes nothing of the old one's.
    private func expectScheduledRun(in new: Scene, _ line: [String: String], _ uuid: String) throws {
        try withDaemon(new, changing: line) { daemon throws in
            try daemon.process.wait { _ in ((try? daemon.outcomes(of: "often")["success"] ?? 0) ?? 0) > 2 }
            #expect(try daemon.outcomes(of: "often").keys.sorted() == ["success"])
            let listed = try daemon.send(.get, "/actuator/backups").json.array ?? []
            #expect(listed.suffix(2).map { $0["cluster"]?.string } == [uuid, uuid], "\(listed)")
            #expect(listed.dropLast(2).allSatisfy { $0["cluster"] == .null && $0["jobs"] == ["often"] }, "\(listed)")
            #expect((3...5).contains(listed.count), "\(listed)")
        }
    }

    /// Two clusters write one repository: whoever looks says so, and neither prunes what is the other's.
    private func expectRivalry(between old: Scene, and new: Scene) throws {
        try registerAnew(new)
        #expect(try new.run("create", "3").status == 0)
        try registerAnew(old)
        let words = "the cluster \(try new.uuid) writes this repository (last at "
        let check = try old.run("check")
        #expect(check.status == 1 && check.output.contains(words), "\(check.output)")
        let policy =
            "jobs: {often: {schedule: '*/2 * * * * *', retention: {keepLast: 1}, retry: {attempts: 1}}}"
        try withDaemon(old, jobs: policy) { one throws in
            let health = try one.send(.get, "/actuator/health")
            #expect(health.status == 503 && health.text.contains(words), "\(health.text)")
            try one.process.wait { $0.errors.contains(words) }
            try withDaemon(new, jobs: policy) { both throws in
                // An engine that notices takes no more orders; the other's daemon goes on.
                try both.process.wait { _ in
                    [one, both].contains { (try? $0.outcomes(of: "often")["success"] ?? 0) ?? 0 >= 2 }
                }
                #expect(both.stop() == 0)
            }
            #expect(one.stop() == 0)
        }
        // Each has its own newest good one, and those that were taken by hand.
        for scene in [old, new] {
            try registerAnew(scene)
            let list = try JSONValue(text: try scene.run("-o", "json", "list", "--all").output).array ?? []
            let good = list.filter { $0["state"] == "COMPLETED" }
            #expect(Set(good.map { $0["cluster"]?.string ?? "own" }).count == 2, "\(list)")
            let ids = good.compactMap { $0["backupId"]?.integer }
            #expect(Set(ids).isSuperset(of: [1, 2, 3]), "\(list)")
        }
    }

    /// What a cluster left that is gone for good: a person prunes it, but for the newest good one.
    @Test(arguments: Engine.all)
    func aPersonPrunesWhatAFormerClusterLeft(engine: Engine) throws {
        try withScene(engine) { scene throws in
            let time = try Instant(rfc3339: "2025-01-15T02:00:00Z")
            for number in 0..<4 { try scene.addBackup(of: "gone", dueAt: time + .seconds(number)) }
            #expect(try scene.run("create", "1").status == 0)
            // The intervals of that cluster were of a second.
            sleep(2)
            let jobs = "jobs: {nightly: {schedule: 0 2 * * *, retention: {keepLast: 1}}}"
            try withLine(["gone"], jobs) { line throws in
                try withDaemon(scene, changing: line) { daemon throws in
                    #expect(try daemon.send(.post, "/actuator/jobs/nightly/run").status == 202)
                    try daemon.process.wait { _ in
                        (try? daemon.send(.get, "/metrics").text.contains("retention_last_run_timestamp_seconds{"))
                            ?? false
                    }
                    #expect(try daemon.send(.get, "/actuator/backups").json.array?.count == 6)
                }
                #expect(try scene.run("prune", "--yes", changing: line).status == 0)
                let left = try JSONValue(text: try scene.run("-o", "json", "list", changing: line).output).array ?? []
                #expect(left.count == 3, "\(left)")
                let former = left.filter { $0["cluster"] == "gone" }
                #expect(former.map { $0["dueTime"]?.string } == [(time + .seconds(3)).rfc3339], "\(left)")
            }
            // Without the line nobody sees it, and nobody prunes it.
            #expect(try scene.run("prune", "--yes").status == 0)
            #expect(try engine.snapshots(scene.name).keys.count { $0.contains("20250115") } == 2)
        }
    }

    /// An index that somebody deleted is told of, and the backup that has it stays.
    @Test(arguments: Engine.all)
    func anIndexThatVanishesIsToldOf(engine: Engine) throws {
        try withScene(engine) { scene throws in
            let gone = ["external-process-variable_v2-000001", "process-instance-a_v8"].map { "\(scene.name)-\($0)" }
            try withPolicy(scene) { policy throws in
                #expect(try scene.run("create", "1", changing: policy).status == 0)
                for index in gone { try engine.send(.delete, "/\(index)") }
                let check = try scene.run("check", changing: policy)
                #expect(check.status == 1, "\(check.output)")
                #expect(
                    check.output.contains("wrong    gone from Optimize: the index external-process-variable, since"))
                #expect(check.output.contains("ok       gone from Optimize: the index process-instance-a, since"))
                #expect(try scene.run("create", "2", changing: policy).status == 0)
                #expect(try scene.run("create", "3", changing: policy).status == 0)
                try withDaemon(scene, changing: policy) { daemon throws in
                    try daemon.process.wait { _ in (try? daemon.send(.get, "/actuator/health").status) == 503 }
                    let health = try daemon.send(.get, "/actuator/health").text
                    #expect(health.contains("external-process-variable") && !health.contains("process-instance-a"))
                    #expect(try daemon.send(.get, "/metrics").text.contains("optimize_backup_vanished_indices 1\n"))
                    #expect(daemon.process.errors.contains("gone from Optimize: the index external-process-variable"))
                }
                #expect(try scene.run("prune", "--yes", changing: policy).status == 0)
                let plan = try scene.run("prune", "--dry-run", changing: policy).output
                #expect(plan.contains("the last with external-process-variable, process-instance-a"), "\(plan)")
                let ids = try JSONValue(text: try scene.run("-o", "json", "list", changing: policy).output).array ?? []
                #expect(ids.map { $0["backupId"]?.integer } == [3, 1], "\(plan)")
                // Without the index that tells the version nobody may think of an upgrade.
                try engine.send(.delete, "/\(scene.name)-metadata_v3")
                let late = try scene.run("check", changing: policy).output
                for index in ["external-process-variable", "metadata"] {
                    #expect(late.contains("wrong    gone from Optimize: the index \(index), since"), "\(late)")
                }
            }
        }
    }

    /// A careful beginning: what would go is told, and stays, whoever asks.
    @Test(arguments: Engine.all)
    func aReportDeletesNothing(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withPolicy(scene) { policy throws in
                let report = policy.merging(["OPTIMIZE_BACKUP_RETENTION_DEFAULTS_MODE": "report"]) { $1 }
                for id in ["1", "2", "3"] { #expect(try scene.run("create", id, changing: report).status == 0) }
                let prune = try scene.run("prune", "--yes", changing: report)
                #expect(prune.status == 0 && prune.errors.contains("nothing is deleted"), "\(prune.errors)")
                try withDaemon(scene, changing: report) { daemon throws in
                    #expect(try daemon.send(.post, "/actuator/backups", #"{"backupId":4}"#).status == 202)
                    try daemon.process.wait {
                        $0.errors.contains("retention: 3 would be deleted, and none is: 1, 2, 3")
                    }
                    let health = try daemon.send(.get, "/actuator/health").text
                    #expect(health.contains("would delete 3 taken by hand"), "\(health)")
                }
                #expect(try engine.snapshots(scene.name).count == 8)
                #expect(try scene.run("prune", "--yes", changing: policy).status == 0)
                #expect(try engine.snapshots(scene.name).count == 2)
            }
        }
    }
}

/// Another cluster that may reach the same files, with an Optimize of the same prefix.
private func withCluster(besides old: Scene, _ body: (Scene, PrivateEngine) throws -> Void) throws {
    try withTemporaryFolder { folder throws in
        let port = freePort()
        let files = try repositories(of: old)
        let node = try PrivateEngine.start(port: port, folder: folder, arguments: ["path.repo=\(files)"])
        defer { node.kill() }
        let new = Scene(engine: Engine(url: "http://127.0.0.1:\(port)"), name: old.name)
        for index in new.firstPart + new.secondPart { try new.engine.addIndex(index) }
        try body(new, node)
    }
}

/// The folder in which the engine's repositories lie.
private func repositories(of scene: Scene) throws -> String {
    String(try folder(of: scene).dropLast(scene.name.count + 1))
}

private func copyRepository(of old: Scene, to new: Scene, as name: String) throws {
    let files = try repositories(of: old)
    #expect(try run("cp", "-a", "\(files)/\(old.name)", "\(files)/\(name)").status == 0)
    try new.engine.send(.put, "/_snapshot/\(new.name)", #"{"type":"fs","settings":{"location":"\#(name)"}}"#)
}

/// What an engine remembers of a repository is not so any more once another has written it.
private func registerAnew(_ scene: Scene) throws {
    // What a daemon had ordered when it was told to stop may still run.
    try scene.engine.wait { try scene.engine.send(.delete, "/_snapshot/\(scene.name)", expecting: nil).status == 200 }
    try scene.engine.addRepository(scene.name)
}

/// A configuration that says which clusters were ours.
private func withLine(_ clusters: [String], _ jobs: String, _ body: ([String: String]) throws -> Void) throws {
    try withTemporaryFolder { folder throws in
        let line = "backup: {formerClusters: [\(clusters.joined(separator: ", "))]}"
        try write("server: {port: 0}\n\(line)\n\(jobs)\n", toFile: "\(folder)/config.yaml")
        try body(["OPTIMIZE_BACKUP_CONFIG": "\(folder)/config.yaml"])
    }
}

extension Scene {
    fileprivate var uuid: String {
        get throws { try engine.send(.get, "/").json["cluster_uuid"]?.string ?? "" }
    }

    /// A backup for a fire time of `nightly` that another cluster took.
    fileprivate func addBackup(of cluster: String, dueAt time: Instant) throws {
        guard case .object(var members) = try metadata("nightly", dueAt: time) else { return }
        members["cluster"] = .string(cluster)
        for part in 1...2 {
            try addSnapshot(
                "camunda_optimize_\(time.compactUTC)_8.6.0_part_\(part)_of_2", .object(members),
                of: part == 1 ? firstPart : secondPart)
        }
    }
}
