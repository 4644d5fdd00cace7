import HTTP
import JSON
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct CreateTests {
    @Test(arguments: Engine.all)
    func takesTwoSnapshotsOfExactlyOptimizesIndices(engine: Engine) throws {
        try withScene(engine) { scene throws in
            // A neighbour with a longer prefix, somebody's notes, and another program's index are none of ours.
            for index in ["-b-metadata_v3", "-b-timestamp-based-import-index_v5", "-notes", "x-metadata_v3"] {
                try engine.addIndex(scene.name + index)
            }
            let ending = try scene.run("create", "backup1", "-o", "json")
            #expect(ending.status == 0, "\(ending.errors)")

            let snapshots = try engine.snapshots(scene.name)
            let names = [1, 2].map { "camunda_optimize_backup1_8.6.0_part_\($0)_of_2" }
            #expect(snapshots.keys.sorted() == names)
            let parts = try names.map { try #require(snapshots[$0]) }
            #expect(parts[0]["indices"]?.strings.sorted() == scene.firstPart)
            #expect(parts[1]["indices"]?.strings.sorted() == scene.secondPart)
            let cluster = try engine.send(.get, "/").json["cluster_uuid"]
            let settings = try engine.send(.get, "/\(scene.firstPart[0])/_settings").json[scene.firstPart[0]]?[
                "settings"]
            let made = settings?["index"]?["version"]?["created"]?.string.flatMap { Int64($0) }
            let version = JSONValue.integer(try #require(made))
            for part in parts {
                #expect(part["state"] == .string("SUCCESS"))
                #expect(part["include_global_state"] == .boolean(false))
                #expect(part["feature_states"]?.strings ?? [] == [])
                let metadata = try #require(part["metadata"])
                #expect(
                    metadata.keys == ["cluster", "createdBy", "format", "instance", "oldestIndex", "prefix"])
                #expect(metadata["oldestIndex"] == version)
                #expect(metadata["format"] == .integer(1))
                #expect(metadata["cluster"] == cluster)
                #expect(metadata["prefix"] == .string(scene.name))
                #expect(metadata["createdBy"]?.string?.hasPrefix("optimize-backup/") == true)
            }
            let firstEnd = try #require(parts[0]["end_time_in_millis"]?.integer)
            let secondStart = try #require(parts[1]["start_time_in_millis"]?.integer)
            #expect(secondStart >= firstEnd)

            let printed = try JSONValue(text: ending.output)
            #expect(printed["state"] == .string("COMPLETED"))
            #expect(printed["backupId"] == .string("backup1"))
            #expect(printed["details"]?.array?.compactMap { $0["snapshotName"]?.string } == names)
            #expect(printed["indices"] == .integer(5))
        }
    }

    @Test(arguments: Engine.all)
    func aRestoreByHandBringsEverythingBack(engine: Engine) throws {
        try withScene(engine) { scene throws in
            let instances = "\(scene.name)-process-instance-a_v8"
            for number in 2...20 {
                try engine.send(.put, "/\(instances)/_doc/\(number)", #"{"n":\#(number)}"#, expecting: 201)
            }
            try engine.send(.post, "/\(instances)/_refresh")
            #expect(try scene.run("create", "7").status == 0)
            for index in scene.firstPart + scene.secondPart { try engine.send(.delete, "/\(index)") }
            for part in 1...2 {
                let restored = try engine.send(
                    .post,
                    "/_snapshot/\(scene.name)/camunda_optimize_7_8.6.0_part_\(part)_of_2/_restore?wait_for_completion=true",
                    "{}")
                #expect(restored.json["snapshot"]?["shards"]?["failed"] == .integer(0))
            }
            for index in scene.firstPart + scene.secondPart {
                let count = try engine.send(.get, "/\(index)/_count").json["count"]
                #expect(count == .integer(index == instances ? 20 : 1))
            }
            let version = try engine.send(.get, "/\(scene.name)-metadata/_doc/1").json["_source"]?["schemaVersion"]
            #expect(version == .string("8.6.0"))
        }
    }

    @Test(arguments: Engine.all)
    func deleteLeavesTheRepositoryAsItWas(engine: Engine) throws {
        try withScene(engine) { scene throws in
            let others = ["camunda_webapps_7_8.6.0_part_1_of_2", "camunda_optimize_7_x_8.6.0_part_1_of_2", "nightly"]
            for other in others {
                try engine.send(
                    .put, "/_snapshot/\(scene.name)/\(other)?wait_for_completion=true",
                    #"{"indices":"\#(scene.firstPart[0])"}"#)
            }
            #expect(try scene.run("create", "7").status == 0)
            #expect(try engine.snapshots(scene.name).count == 5)
            let ending = try scene.run("delete", "7", "--yes")
            #expect(ending.status == 0, "\(ending.errors)")
            #expect(ending.output == "deleted 7\n")
            #expect(try engine.snapshots(scene.name).keys.sorted() == others.sorted())
            #expect(try scene.run("delete", "7", "--yes").status == 4)
        }
    }

    @Test(arguments: Engine.all)
    func withoutAnIDTheTimeIsOne(engine: Engine) throws {
        try withScene(engine) { scene throws in
            let ids = try (0..<3).map { _ in
                try JSONValue(text: scene.run("create", "-o", "json").output)["backupId"]?.integer
            }
            // The next free second where the present one is taken.
            #expect(Set(ids).count == 3)
            for id in ids { #expect("\(id ?? 0)".count == 14) }
            let listed = try JSONValue(text: scene.run("list", "-o", "json").output).array?.compactMap {
                $0["backupId"]?.integer
            }
            #expect(Set(listed ?? []) == Set(ids.compactMap { $0 }))
        }
    }

    @Test(arguments: Engine.all)
    func severalOptimizesShareARepository(engine: Engine) throws {
        try withScene(engine) { one throws in
            try withScene(engine) { other throws in
                let shared = ["OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME": one.name]
                #expect(try one.run("create", "1").status == 0)
                #expect(try other.run("create", "2", changing: shared).status == 0)
                let listed = try JSONValue(text: one.run("list", "-o", "json").output).array
                #expect(listed?.map { $0["backupId"] } == [1])
                #expect(try one.run("show", "2").status == 4)
                #expect(try one.run("delete", "2", "--yes").status == 4)
                // An id is taken, whoever's it is.
                #expect(try one.run("create", "2").status == 5)
            }
        }
    }

    @Test(arguments: Engine.all)
    func checkNamesWhatIsNotCovered(engine: Engine) throws {
        try withScene(engine) { scene throws in
            for index in ["-b-metadata_v3", "-b-timestamp-based-import-index_v5", "-notes"] {
                try engine.addIndex(scene.name + index)
            }
            let ending = try scene.run("check")
            #expect(ending.status == 0, "\(ending.errors)")
            #expect(ending.output.contains("2 indices in part 1, 3 in part 2"))
            #expect(ending.output.contains("the indices \(scene.name)-b-* belong to another Optimize"))
            #expect(
                ending.output.contains(
                    "in no backup, since not named as Optimize names its indices: \(scene.name)-notes"))
        }
    }
}
