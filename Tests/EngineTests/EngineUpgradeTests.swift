import Glibc
import HTTP
import JSON
import TestSupport
import Testing

/// A cluster that is upgraded where it stands, and a repository that comes back to an older engine: what is said of its backups is what
/// `_restore` then does.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct EngineUpgradeTests {
    @Test(.besideElasticsearch9) func elasticsearchFrom7To9AndBack() throws {
        try withTemporaryFolder { folder throws in
            try withRelease("elasticsearch-7", in: folder, expectFirstBackup)
            try withRelease("elasticsearch-8", in: folder, expectMixedBackups)
            try withRelease("elasticsearch-9", in: folder, expectRefusals)
            try withRelease("elasticsearch-8", in: folder, cluster: "older") { scene throws in
                try scene.engine.addRepository(scene.name)
                try expect(scene, ["5": false, "4": true, "2": true, "1": true])
                let newest = try scene.run("show", "5", "--cluster", try cluster(of: "5", scene)).output
                #expect(
                    newest.contains(
                        "written by Elasticsearch 9; Elasticsearch 8 refuses it; Elasticsearch 9 can restore it"))
            }
        }
    }

    private func expectFirstBackup(_ scene: Scene) throws {
        try scene.engine.addRepository(scene.name)
        for index in scene.firstPart + scene.secondPart { try scene.engine.addIndex(index) }
        #expect(try scene.run("create", "1").status == 0)
        try expect(scene, ["1": true])
    }

    /// In 8: backups of what 7 made, of what 8 made, and of both.
    private func expectMixedBackups(_ scene: Scene) throws {
        try expect(scene, ["1": true])
        #expect(try scene.run("create", "2").status == 0)
        let check = try scene.run("check")
        #expect(
            check.status == 0 && check.output.contains("made by Elasticsearch 7: \(scene.firstPart[0]), "),
            "\(check.output)")
        #expect(check.output.contains("Elasticsearch 9 neither opens them nor restores a backup"), "\(check.output)")
        for index in scene.firstPart + scene.secondPart {
            try scene.engine.send(.delete, "/\(index)")
            try scene.engine.addIndex(index)
        }
        #expect(try scene.run("create", "3").status == 0)
        #expect(!(try scene.run("check").output.contains("made by")))
        // One that 7 made comes back, as by a restore of a single index, and goes again.
        let old = "\(scene.name)-process-instance-old_v8"
        let body =
            #"{"indices":"\#(scene.secondPart[2])","rename_pattern":".+","rename_replacement":"\#(old)","include_aliases":false}"#
        let snapshot = "camunda_optimize_1_8.6.0_part_2_of_2"
        try scene.engine.send(.post, "/_snapshot/\(scene.name)/\(snapshot)/_restore?wait_for_completion=true", body)
        let fourth = try scene.run("create", "4")
        #expect(fourth.status == 0, "\(fourth)")
        try scene.engine.send(.delete, "/\(old)")
        try expect(scene, ["4": true, "3": true, "2": true, "1": true])
    }

    /// In 9, which opens nothing that 7 made.
    private func expectRefusals(_ scene: Scene) throws {
        try expect(scene, ["4": false, "3": true, "2": false, "1": false])
        let list = try scene.run("list")
        #expect(list.output.split(separator: "\n").count { $0.contains(" refused ") } == 3, "\(list.output)")
        let only =
            "made by Elasticsearch 7 and only upgraded since; Elasticsearch 9 refuses it; Elasticsearch 8 can restore it"
        #expect(try scene.run("show", "2").output.contains(only))
        #expect(try scene.run("show", "1").output.contains("made by Elasticsearch 7; Elasticsearch 9 refuses it"))
        let check = try scene.run("check")
        #expect(check.status == 0 && check.output.contains("the newest that it can restore is 3"), "\(check.output)")
        try withPolicy(scene) { line throws in
            let plan = try JSONValue(text: try scene.run("-o", "json", "prune", "--dry-run", changing: line).output)
            let kept = plan["keep"]?.array ?? []
            #expect(kept.map { $0["backupId"]?.integer } == [4, 3], "\(plan)")
            #expect(kept.last?["reasons"]?.array == ["newest backup that the engine can restore"], "\(plan)")
        }
        try withDaemon(scene) { daemon throws in
            try daemon.process.wait { _ in
                ((try? daemon.send(.get, "/metrics").text) ?? "").contains("restorable_timestamp_seconds ")
            }
            let health = try daemon.send(.get, "/actuator/health")
            let repository = JSONValue(Array(health.text.utf8))?["components"]?["repository"]
            #expect(repository?["status"] == "UP", "\(health.text)")
            #expect(
                repository?["details"]?["reason"]?.string?.contains("refuses to restore 3 good backups") == true,
                "\(health.text)")
        }
        // Without that one there is none at all.
        #expect(try scene.run("delete", "3", "--yes").status == 0)
        let alarm = try scene.run("check")
        #expect(alarm.status == 1 && alarm.output.contains("there is none that it can restore"), "\(alarm.output)")
        try withDaemon(scene) { daemon throws in
            try daemon.process.wait { _ in
                (try? daemon.send(.get, "/actuator/health").text)?.contains("there is none that it can restore")
                    ?? false
            }
            #expect(try daemon.send(.get, "/actuator/health").status == 503)
        }
        #expect(try scene.run("create", "5").status == 0)
        try expect(scene, ["5": true, "4": false, "2": false, "1": false])
    }

    @Test(.besideOpenSearch3) func openSearchFrom2To3AndBack() throws {
        try withTemporaryFolder { folder throws in
            try withRelease("opensearch-2", in: folder) { scene throws in
                try expectFirstBackup(scene)
                #expect(!(try scene.run("check").output.contains("made by")))
            }
            try withRelease("opensearch-3", in: folder) { scene throws in
                try expect(scene, ["1": true])
                #expect(try scene.run("create", "2").status == 0)
                try expect(scene, ["2": true, "1": true])
            }
            try withRelease("opensearch-2", in: folder, cluster: "older") { scene throws in
                try scene.engine.addRepository(scene.name)
                try expect(scene, ["2": false, "1": true])
                let newest = try scene.run("show", "2", "--cluster", try cluster(of: "2", scene)).output
                #expect(
                    newest.contains("written by OpenSearch 3; OpenSearch 2 refuses it; OpenSearch 3 can restore it"))
            }
        }
    }

    /// Starts a release of an engine on a cluster's data, with one folder for the repositories of all.
    private func withRelease(
        _ name: String, in folder: String, cluster: String = "cluster", _ body: (Scene) throws -> Void
    ) throws {
        let (home, port) = ("\(folder)/\(cluster)", freePort())
        for each in ["\(folder)/repositories", home] { mkdir(each, 0o755) }
        // A release has its own; what is kept are the data.
        _ = try run("rm", "-rf", "\(home)/engine/modules", "\(home)/engine/config")
        let node = try PrivateEngine.start(
            port: port, folder: home, name: name, arguments: ["path.repo=\(folder)/repositories"])
        defer { node.stop() }
        try body(Scene(engine: Engine(url: "http://127.0.0.1:\(port)"), name: "optimize"))
    }

    /// What is said of each backup, and that `_restore` does as is said.
    private func expect(_ scene: Scene, _ restorable: [String: Bool]) throws {
        let list = try JSONValue(text: try scene.run("-o", "json", "list", "--all").output).array ?? []
        let said = list.map { backup in
            ("\(backup["backupId"]?.integer ?? 0)", backup["restorable"]?.boolean)
        }
        #expect(Dictionary(said) { $1 } == restorable.mapValues { $0 }, "\(said)")
        #expect(
            list.allSatisfy {
                $0["state"] == "COMPLETED" && ($0["notRestorableReason"] == .null) == ($0["restorable"] == true)
            })
        let renaming = #"{"rename_pattern":"(.+)","rename_replacement":"again-$1","include_aliases":false}"#
        for (id, isRestorable) in restorable {
            // Either part of what is refused may be fit by itself.
            let answers = try (1...2).map { part in
                try scene.engine.send(
                    .post,
                    "/_snapshot/\(scene.name)/camunda_optimize_\(id)_8.6.0_part_\(part)_of_2/_restore?wait_for_completion=true",
                    renaming, expecting: nil)
            }
            #expect(answers.allSatisfy { $0.status == 200 } == isRestorable, "\(id): \(answers)")
            for name in try scene.engine.send(.get, "/again-*/_alias").json.keys {
                try scene.engine.send(.delete, "/\(name)")
            }
        }
    }

    /// The uuid of the cluster that took a backup.
    private func cluster(of id: String, _ scene: Scene) throws -> String {
        let metadata = try scene.engine.snapshots(scene.name)["camunda_optimize_\(id)_8.6.0_part_1_of_2"]?["metadata"]
        return metadata?["cluster"]?.string ?? ""
    }
}
