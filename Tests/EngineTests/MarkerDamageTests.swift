import HTTP
import JSON
import TestSupport
import Testing

/// Markers whose blobs are damaged, on real engines: their names say enough.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct MarkerDamageTests {
    @Test(arguments: Engine.all)
    func aHoldThatCannotBeReadStands(engine: Engine) throws {
        try withScene(engine) { scene throws in
            for id in ["b1", "b2"] {
                #expect(try scene.run("create", id).status == 0)
                #expect(try scene.run("hold", id).status == 0)
            }
            let marker = try #require(try engine.snapshots(scene.name).keys.first { $0.contains("_hold_b1_") })
            let blob = try blob(of: marker, in: scene)
            for damage in Damage.allCases {
                try inflict(damage, on: blob)
                // Neither the one whose marker it is, nor the other.
                for id in ["b1", "b2"] { #expect(try scene.run("delete", id, "--yes").status == 5) }
                let markers = try JSONValue(text: scene.run("markers", "-o", "json").output).array ?? []
                #expect(markers.first { $0["name"]?.string == marker }?["readable"] == false, "\(markers)")
                try heal(blob)
            }
            try inflict(.missing, on: blob)
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
                #expect(
                    try [202, 204].contains(daemon.send(.post, "/actuator/jobs/often/pause").status),
                    "202: it waits behind what runs")
                // From here on none begins.
                try daemon.process.wait { $0.errors.contains("the job is paused") }
                func count(_ words: String) -> Int { daemon.process.errors.split(separator: words).count }
                let (begun, skipped) = (count("part 1 started"), try daemon.outcomes(of: "often")["skipped"] ?? 0)
                let listed = try engine.send(.get, "/_snapshot/\(scene.name)/_all?verbose=false").json["snapshots"]
                let names = listed?.array?.compactMap { $0["snapshot"]?.string } ?? []
                try inflict(
                    .missing, on: try blob(of: #require(names.first { $0.contains("_pause_often_") }), in: scene))
                try daemon.process.wait { _ in (try? daemon.outcomes(of: "often")["skipped"]) ?? 0 >= skipped + 2 }
                #expect(count("part 1 started") == begun)
                #expect(count("the job is paused") == 2, "told more than once")
            }
        }
    }

    /// A restore stops orders, runs and deletes; a release frees what it releases.
    @Test(arguments: Engine.all)
    func restoresAndReleasesStandByTheirNames(engine: Engine) throws {
        try withScene(engine) { scene throws in
            for id in ["b1", "b2"] { #expect(try scene.run("create", id).status == 0) }
            #expect(try scene.run("hold", "b1").status == 0)
            let hold = try #require(try engine.snapshots(scene.name).keys.first { $0.contains("_hold_b1_") })
            let number = hold.split(separator: "_").last.flatMap { Int($0) } ?? 0
            /// One of the same owner, later, for ever.
            func add(_ kind: String, _ subject: String) throws -> String {
                let marker = hold.replacing("_hold_b1_", with: "_\(kind)_\(subject)_")
                    .replacing("_\(number)", with: "_\(number + 1)")
                try engine.send(
                    .put, "/_snapshot/\(scene.name)/\(marker)?wait_for_completion=true",
                    #"{"indices":"-*","include_global_state":false}"#)
                return marker
            }
            try withDaemon(scene, jobs: "jobs: {nightly: {schedule: 0 2 1 1 *}}") { daemon throws in
                let restore = try add("restore", "b2")
                let blob = try blob(of: restore, in: scene)
                for damage in Damage.allCases {
                    try inflict(damage, on: blob)
                    for arguments in [["create", "b3"], ["delete", "b2", "--yes"]] {
                        let refused = try scene.run(arguments)
                        #expect(refused.status == 5 && refused.errors.contains("a restore is under way"), "\(refused)")
                    }
                    for (target, body) in [("backups", #"{"backupId":4}"#), ("jobs/nightly/run", "")] {
                        let refused = try daemon.send(.post, "/actuator/\(target)", body)
                        #expect(refused.status == 409 && refused.text.contains("a restore is under way"), "\(refused)")
                    }
                    try withPolicy(scene) { configured throws in
                        let pruned = try scene.run("prune", "--yes", changing: configured)
                        #expect(pruned.status == 5 && pruned.errors.contains("a restore is under way"), "\(pruned)")
                    }
                    try heal(blob)
                }
                try inflict(.empty, on: blob)
                #expect(try scene.run("markers", "remove", restore).status == 0)
                #expect(try daemon.send(.post, "/actuator/backups", #"{"backupId":4}"#).status == 202)
                try daemon.wait(for: "/actuator/backups/4", state: "COMPLETED")
            }
            try inflict(.truncated, on: try EngineTests.blob(of: try add("release", "b1"), in: scene))
            #expect(try scene.run("delete", "b1", "--yes").status == 0)
        }
    }
}
