import Glibc
import HTTP
import JSON
import TestSupport
import Testing

/// Repositories that are damaged, on real engines: what is said, what still works, and that nothing is lost by it.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct DamageTests {
    @Test(arguments: Engine.all)
    func aDamagedPartIsShownAndKeptAndStopsNothing(engine: Engine) throws {
        try withScene(engine) { scene throws in
            for id in ["b1", "b2"] { #expect(try scene.run("create", id).status == 0) }
            let part = "camunda_optimize_b1_8.6.0_part_1_of_2"
            let blob = try blob(of: part, in: scene)
            for (number, damage) in Damage.allCases.enumerated() {
                try inflict(damage, on: blob)
                try expectUnreadable(part, in: scene)
                #expect(try scene.run("create", "b\(3 + number)").status == 0)
                try withPolicy(scene) { configured throws in
                    let plan = try scene.run("prune", "--dry-run", changing: configured)
                    #expect(plan.status == 0 && plan.output.contains("unreadable"), "\(plan.output)")
                    let pruned = try scene.run("prune", "--yes", changing: configured)
                    #expect(pruned.status == 0, "\(pruned.errors)")
                    // A storage that denies a blob for an evening costs nothing.
                    #expect(try ids(scene) == ["b1", "b\(3 + number)"], "\(plan.output) \(pruned.output)")
                }
                try heal(blob)
                #expect(try JSONValue(text: scene.run("show", "b1", "-o", "json").output)["state"] == "COMPLETED")
            }
            try inflict(.truncated, on: blob)
            let deleted = try scene.run("delete", "b1", "--yes")
            #expect(deleted.status == 0, "\(deleted.errors)")
            #expect(try ids(scene) == ["b5"])
        }
    }

    /// What is said of b1, a part of which can't be read, beside one other backup.
    private func expectUnreadable(_ part: String, in scene: Scene) throws {
        let shown = try JSONValue(text: scene.run("show", "b1", "-o", "json").output)
        #expect(shown["state"] == "FAILED" && shown["details"]?.array?.first?["state"] == "UNREADABLE", "\(shown)")
        #expect(shown["failureReason"]?.string?.contains("delete the backup by hand") == true)
        let listed = try JSONValue(text: scene.run("list", "-o", "json").output).array ?? []
        #expect(listed.map { $0["state"] } == ["COMPLETED", "FAILED"])
        let check = try scene.run("check")
        #expect(check.status == 1 && check.output.contains("\(part) is listed, but can't be read"), "\(check.output)")
    }

    /// Nobody can tell whose a backup is of which nothing could ever be read.
    @Test(arguments: Engine.all)
    func aBackupOfUnknownOwnerWantsMoreThanYes(engine: Engine) throws {
        try withScene(engine) { scene throws in
            for id in ["b1", "b2"] { #expect(try scene.run("create", id).status == 0) }
            for part in 1...2 {
                try inflict(.missing, on: try blob(of: "camunda_optimize_b1_8.6.0_part_\(part)_of_2", in: scene))
            }
            let refused = try scene.run("delete", "b1", "--yes")
            #expect(refused.status == 1 && refused.errors.contains("--unreadable"), "\(refused.errors)")
            // While nothing else can be read either, it is the storage that is to be mended.
            let others = try (1...2).map { try blob(of: "camunda_optimize_b2_8.6.0_part_\($0)_of_2", in: scene) }
            for other in others { try inflict(.missing, on: other) }
            let list = try scene.run("list")
            #expect(list.status == 1 && list.errors.contains("can't be read: the storage refuses"), "\(list.errors)")
            #expect(try scene.run("delete", "b1", "--yes", "--unreadable").status == 1)
            for other in others { try heal(other) }
            #expect(try scene.run("delete", "b1", "--yes", "--unreadable").status == 0)
            #expect(try ids(scene) == ["b2"])
        }
    }

    /// Other programs' snapshots are none of ours, whole or not; one that looks like ours is nobody's when it can't be read.
    @Test(arguments: Engine.all)
    func damagedForeignSnapshotsStopNothing(engine: Engine) throws {
        try withScene(engine) { scene throws in
            for id in ["b1", "b2"] { #expect(try scene.run("create", id).status == 0) }
            try engine.addIndex("\(scene.name)elses-a_v1")
            for (number, damage) in Damage.allCases.enumerated() {
                for name in ["nightly-\(number)", "camunda_optimize_theirs\(number)_8.6.0_part_1_of_2"] {
                    try engine.send(
                        .put, "/_snapshot/\(scene.name)/\(name)?wait_for_completion=true",
                        #"{"indices":"\#(scene.name)elses-a_v1","include_global_state":false}"#)
                    try inflict(damage, on: try blob(of: name, in: scene))
                }
            }
            #expect(try ids(scene) == ["b1", "b2", "theirs0", "theirs1", "theirs2"])
            let check = try scene.run("check")
            #expect(check.status == 1 && !check.output.contains("nightly-"), "\(check.output)")
            try withPolicy(scene) { configured throws in
                #expect(try scene.run("prune", "--yes", changing: configured).status == 0)
            }
            #expect(try ids(scene) == ["b2", "theirs0", "theirs1", "theirs2"])
            #expect(try scene.run("delete", "theirs0", "--yes").status == 1)
            #expect(try scene.run("create", "b3").status == 0)
            #expect(try engine.send(.get, "/_snapshot/\(scene.name)/nightly-1?verbose=false").status == 200)
        }
    }

    /// Without the newest `index-N` the engine reads from memory, and writes nothing until the repository is registered anew.
    @Test(arguments: Engine.all)
    func aRepositoryWithoutItsIndexIsReadAndLosesNothing(engine: Engine) throws {
        try withScene(engine) { scene throws in
            for id in ["1", "2"] { #expect(try scene.run("create", id).status == 0) }
            let find = try run("sh", "-c", "ls '\(folder(of: scene))'/index-* | sort -V | tail -1")
            let index = find.output.split(separator: "\n").first.map(String.init) ?? ""
            try withDaemon(scene, jobs: "retention: {keepLast: 1}") { daemon throws in
                try #require(rename(index, "\(index).kept") == 0)
                #expect(try daemon.send(.get, "/actuator/backups").json.array?.count == 2)
                // The first write shows it; from then on the engine doesn't even list.
                try withPolicy(scene) { configured throws in
                    try withTemporaryFolder { folder throws in
                        // Where it was accepted, it is asked for until backup.timeout, or until somebody ends that.
                        let create = try scene.start(["create", "3"], changing: configured, in: folder)
                        try create.wait { $0.errors.contains("repository_exception") }
                        create.signal(SIGINT)
                        #expect([1, 130].contains(create.wait().status), "\(create.errors)")
                    }
                    for arguments in [["list"], ["prune", "--yes"]] {
                        let failed = try scene.run(arguments, changing: configured)
                        #expect(failed.status == 1 && failed.errors.contains("repository_exception"), "\(failed)")
                    }
                }
                #expect(try daemon.send(.get, "/actuator/backups").status == 500)
                let health = try daemon.send(.get, "/actuator/health")
                #expect(health.status == 503 && health.text.contains("repository_exception"), "\(health.text)")
                try #require(rename("\(index).kept", index) == 0)
                try engine.addRepository(scene.name, settings: #","compress":false"#)
                #expect(try ids(scene) == ["1", "2"])
                #expect(try daemon.send(.get, "/actuator/backups").json.array?.count == 2)
                #expect(try daemon.send(.get, "/actuator/health").status == 200)
                #expect(try daemon.send(.post, "/actuator/backups", #"{"backupId":5}"#).status == 202)
                try daemon.wait(for: "/actuator/backups/5", state: "COMPLETED")
            }
        }
    }

    /// The names are the engine's memory: with the folder gone they are all there.
    @Test(arguments: Engine.all)
    func aFolderThatIsGoneIsToldAtOnce(engine: Engine) throws {
        try withScene(engine) { scene throws in
            for id in ["1", "2"] { #expect(try scene.run("create", id).status == 0) }
            let folder = try folder(of: scene)
            try withDaemon(scene, jobs: "jobs: {nightly: {schedule: 0 2 * * *}}") { daemon throws in
                #expect(rename(folder, "\(folder).gone") == 0)
                #expect(try daemon.send(.get, "/actuator/backups").status == 500)
                let health = try daemon.send(.get, "/actuator/health")
                #expect(health.status == 503 && health.json["components"]?["repository"]?["status"] == "DOWN")
                #expect(try daemon.send(.get, "/metrics").text.contains("optimize_backup_repository_up 0"))
                let check = try scene.run("check")
                #expect(check.status == 1 && check.output.contains("the storage refuses"), "\(check.output)")
                #expect(rename("\(folder).gone", folder) == 0)
                #expect(try daemon.send(.get, "/actuator/backups").json.array?.count == 2)
                #expect(try daemon.send(.get, "/actuator/health").status == 200)
            }
        }
    }

    /// Another location under the same name: whatever stood there is gone from the list, and nothing is done before it is back.
    @Test(arguments: Engine.all)
    func namesThatVanishedStopEverything(engine: Engine) throws {
        try withScene(engine) { scene throws in
            for id in ["1", "2"] { #expect(try scene.run("create", id).status == 0) }
            try withDaemon(scene) { daemon throws in
                try engine.send(
                    .put, "/_snapshot/\(scene.name)", #"{"type":"fs","settings":{"location":"\#(scene.name)-other"}}"#)
                let list = try daemon.send(.get, "/actuator/backups")
                #expect(list.status == 500 && list.text.contains("are gone"), "\(list.text)")
                #expect(try daemon.send(.get, "/actuator/health").status == 503)
                #expect(try daemon.send(.post, "/actuator/backups", #"{"backupId":3}"#).status == 500)
                #expect(try engine.send(.get, "/_snapshot/\(scene.name)/_all").json["snapshots"]?.array == [])
                try engine.addRepository(scene.name)
                #expect(try daemon.send(.get, "/actuator/backups").json.array?.count == 2)
                #expect(try daemon.send(.post, "/actuator/backups", #"{"backupId":3}"#).status == 202)
                try daemon.wait(for: "/actuator/backups/3", state: "COMPLETED")
            }
        }
    }

    private func ids(_ scene: Scene) throws -> [String] {
        let listed = try JSONValue(text: scene.run("list", "-o", "json").output).array ?? []
        return listed.compactMap { $0["backupId"]?.string ?? $0["backupId"]?.integer.map { "\($0)" } }.sorted()
    }
}
