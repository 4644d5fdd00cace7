import Glibc
import HTTP
import JSON
import TestSupport
import Testing

/// Repositories that are damaged, on real engines: what is said, what still works, and that nothing is lost by it.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct DamageTests {
    enum Damage: String, CaseIterable {
        case missing, truncated, empty
    }

    @Test(arguments: Engine.all, Damage.allCases)
    func aDamagedPartIsShownAndKeptAndStopsNothing(engine: Engine, damage: Damage) throws {
        try withScene(engine) { scene throws in
            for id in ["b1", "b2"] { #expect(try scene.run("create", id).status == 0) }
            let part = "camunda_optimize_b1_8.6.0_part_1_of_2"
            let blob = try blob(of: part, in: scene)
            try inflict(damage, on: blob)

            let shown = try JSONValue(text: scene.run("show", "b1", "-o", "json").output)
            #expect(shown["state"] == "FAILED" && shown["details"]?.array?.first?["state"] == "UNREADABLE", "\(shown)")
            #expect(shown["failureReason"]?.string?.contains("delete the backup by hand") == true)
            let listed = try JSONValue(text: scene.run("list", "-o", "json").output).array ?? []
            #expect(listed.map { $0["state"] } == ["COMPLETED", "FAILED"])
            let check = try scene.run("check")
            #expect(
                check.status == 1 && check.output.contains("\(part) is listed, but can't be read"), "\(check.output)")
            #expect(try scene.run("create", "b3").status == 0)

            try withPolicy(scene) { configured throws in
                let plan = try scene.run("prune", "--dry-run", changing: configured)
                #expect(plan.status == 0 && plan.output.contains("unreadable"), "\(plan.output)")
                let pruned = try scene.run("prune", "--yes", changing: configured)
                #expect(pruned.status == 0, "\(pruned.errors)")
                // A storage that denies a blob for an evening costs nothing.
                #expect(try ids(scene) == ["b1", "b3"], "\(plan.output) \(pruned.output) \(pruned.errors)")
            }
            try heal(blob)
            #expect(
                try JSONValue(text: scene.run("show", "b1", "-o", "json").output)["state"] == "COMPLETED")
            try inflict(damage, on: blob)
            let deleted = try scene.run("delete", "b1", "--yes")
            #expect(deleted.status == 0, "\(deleted.errors)")
            #expect(try ids(scene) == ["b3"])
        }
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

    @Test(arguments: Engine.all, Damage.allCases)
    func aMarkerThatCannotBeReadStands(engine: Engine, damage: Damage) throws {
        try withScene(engine) { scene throws in
            for id in ["b1", "b2"] {
                #expect(try scene.run("create", id).status == 0)
                #expect(try scene.run("hold", id).status == 0)
            }
            let marker = try #require(try engine.snapshots(scene.name).keys.first { $0.contains("_hold_b1_") })
            try inflict(damage, on: try blob(of: marker, in: scene))
            // Neither the one whose marker it is, nor the other.
            for id in ["b1", "b2"] { #expect(try scene.run("delete", id, "--yes").status == 5) }
            let markers = try JSONValue(text: scene.run("markers", "-o", "json").output).array ?? []
            #expect(markers.first { $0["name"]?.string == marker }?["readable"] == false, "\(markers)")
            #expect(try scene.run("markers", "remove", marker).status == 0)
            #expect(try scene.run("markers", "remove", marker).status == 4)
            #expect(try scene.run("delete", "b1", "--yes").status == 0)
            #expect(try scene.run("delete", "b2", "--yes").status == 5)
        }
    }

    @Test(arguments: Engine.all)
    func aPauseThatCannotBeReadPauses(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withDaemon(scene, jobs: "jobs: {often: {schedule: '@every 3s'}}") { daemon throws in
                #expect(try daemon.send(.post, "/actuator/jobs/often/pause").status == 204)
                // From here on none begins.
                try daemon.process.wait { $0.errors.contains("the job is paused") }
                func count(_ words: String) -> Int { daemon.process.errors.split(separator: words).count }
                let (begun, skipped) = (count("part 1 started"), count("the job is paused"))
                let listed = try engine.send(.get, "/_snapshot/\(scene.name)/_all?verbose=false").json["snapshots"]
                let names = listed?.array?.compactMap { $0["snapshot"]?.string } ?? []
                try inflict(
                    .missing, on: try blob(of: #require(names.first { $0.contains("_pause_often_") }), in: scene))
                try daemon.process.wait { _ in count("the job is paused") >= skipped + 2 }
                #expect(count("part 1 started") == begun)
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

    private func blob(of snapshot: String, in scene: Scene) throws -> String {
        let listed = try scene.engine.send(.get, "/_snapshot/\(scene.name)/\(snapshot)?verbose=false")
        let uuid = try #require(listed.json["snapshots"]?.array?.first?["uuid"]?.string)
        return "\(try folder(of: scene))/snap-\(uuid).dat"
    }

    /// The whole blob is kept beside it.
    private func inflict(_ damage: Damage, on blob: String) throws {
        try #require(rename(blob, "\(blob).kept") == 0, "\(blob)")
        switch damage {
        case .missing: break
        case .truncated: _ = try run("sh", "-c", "head -c 20 '\(blob).kept' > '\(blob)'")
        case .empty: _ = try run("sh", "-c", ": > '\(blob)'")
        }
    }

    private func heal(_ blob: String) throws { try #require(rename("\(blob).kept", blob) == 0) }
}
