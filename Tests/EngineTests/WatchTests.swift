import Glibc
import HTTP
import JSON
import TestSupport
import Testing

/// Backups whose watcher is gone, and what people decide meanwhile.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct WatchTests {
    /// A command that was killed between the parts leaves a part 1; a daemon that sees it goes on with it.
    @Test(.besideElasticsearch7, arguments: Engine.all)
    func aDaemonGoesOnWithWhatACommandBegan(engine: Engine) throws {
        try withSlowScene(engine) { scene throws in
            try withDaemon(scene, changing: ["OPTIMIZE_BACKUP_BACKUP_TAKE_UP_WITHIN": "20s"]) { daemon throws in
                try withTemporaryFolder { folder throws in
                    let create = try scene.start(["create", "7"], in: folder)
                    try create.wait { _ in inProgress(scene) }
                    create.signal(SIGKILL)
                    create.wait()
                }
                try engine.wait { !inProgress(scene) }
                try daemon.process.wait { $0.errors.contains("backup 7: begun on ") }
                try daemon.wait(for: "/actuator/backups/7", state: "COMPLETED")
                try daemon.process.wait { $0.errors.contains("backup 7: COMPLETED in") }
            }
            // What has ended while nobody was there is told by the next start.
            try withDaemon(scene, jobs: "jobs: {monthly: {schedule: '0 0 1 * *'}}") { daemon throws in
                try daemon.process.wait { $0.errors.contains("monthly: there is no backup yet") }
                #expect(try daemon.send(.post, "/actuator/jobs/monthly/run").status == 202)
                try daemon.process.wait { _ in inProgress(scene) }
                daemon.process.signal(SIGKILL)
                daemon.process.wait()
            }
            try scene.engine.wait { !inProgress(scene) }
            try withDaemon(scene, jobs: "jobs: {monthly: {schedule: '0 0 1 * *'}}") { daemon throws in
                try daemon.process.wait { $0.errors.contains("monthly: the newest backup is ") }
            }
        }
    }

    /// Part 1 of a cancelled backup stands, since it could not be deleted: no daemon brings it back, and nobody takes its id.
    @Test(.besideElasticsearch7, arguments: Engine.all)
    func aCancelledBackupDoesNotComeBack(engine: Engine) throws {
        try withSlowScene(engine) { scene throws in
            try withDaemon(scene, changing: ["OPTIMIZE_BACKUP_LOG_LEVEL": "debug"]) { daemon throws in
                #expect(try daemon.send(.post, "/actuator/backups", #"{"backupId":7}"#).status == 202)
                try daemon.process.wait { $0.errors.contains("backup 7: part 2 started") }
                daemon.process.signal(SIGKILL)
                daemon.process.wait()
            }
            try withFrontDoor(engine) { door throws in
                let refusal = #"{"error":{"type":"repository_exception","reason":"no"},"status":500}"#
                try door.set(.init(method: "DELETE", path: "part_1_of_2", status: 500, body: refusal))
                #expect(try scene.run("cancel", "7", changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": door.url]).status == 1)
            }
            try withDaemon(scene) { daemon throws in
                try daemon.wait(for: "/actuator/backups/7", state: "FAILED")
                let left = try daemon.send(.get, "/actuator/backups/7")
                #expect(left.text.contains(#""failureReason":"cancelled by "#), "\(left.text)")
                let again = try daemon.send(.post, "/actuator/backups", #"{"backupId":7}"#)
                #expect(again.status == 409 && again.text.contains("optimize-backup markers remove"), "\(again.text)")
            }
            #expect(try scene.run("create", "7").status == 5)
            let names = try engine.snapshots(scene.name).keys.sorted()
            #expect(names.count == 2 && names[0] == "camunda_optimize_7_8.6.0_part_1_of_2", "\(names)")
            // Once it is lifted and what is left is gone, the id is free.
            #expect(try scene.run("delete", "7", "--yes").status == 0)
            let marker = try #require(names.first { $0.contains("_cancel_7_") })
            #expect(try scene.run("markers", "remove", marker).status == 0)
            #expect(try scene.run("create", "7").status == 0)
        }
    }

    /// A hold is let go, and a job resumed, at once, though a snapshot runs: markers say so, and go with what they undo.
    @Test(.besideElasticsearch7, arguments: Engine.all)
    func nobodyWaitsForARelease(engine: Engine) throws {
        try withSlowScene(engine) { scene throws in
            #expect(try scene.run("create", "1").status == 0)
            try addText(engine, scene.firstPart[0], pieces: 4)
            try withDaemon(scene, jobs: "jobs: {monthly: {schedule: '0 0 1 * *'}}") { daemon throws in
                // 202 beside others' snapshots: the marker counts, and stands once they have ended.
                for order in ["/actuator/backups/1/hold", "/actuator/jobs/monthly/pause"] {
                    #expect([202, 204].contains(try daemon.send(.post, order).status))
                }
                try engine.wait { !inProgress(scene) }
                #expect(try daemon.send(.post, "/actuator/backups", #"{"backupId":2}"#).status == 202)
                #expect(try daemon.send(.post, "/actuator/backups/1/release").status == 204)
                #expect(try daemon.send(.post, "/actuator/jobs/monthly/resume").status == 204)
                #expect(inProgress(scene), "nothing runs any more: the test shows nothing")
                #expect(try daemon.send(.get, "/actuator/backups/1").json["held"] == .boolean(false))
                let paused = #"optimize_backup_job_paused{backup_job="monthly"} 0"#
                #expect(try daemon.send(.get, "/metrics").text.contains(paused))
                try daemon.wait(for: "/actuator/backups/2", state: "COMPLETED")
            }
        }
    }
}

extension Engine {
    /// Waits until something is so.
    func wait(_ condition: () throws -> Bool) throws {
        for _ in 0..<600 {
            if try condition() { return }
            usleep(100_000)
        }
        throw WaitError()
    }

    struct WaitError: Error {}
}
