import Glibc
import HTTP
import JSON
import TestSupport
import Testing

/// The daemon on a real engine, as its users see it.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ServeTests {
    @Test(arguments: Engine.all)
    func takesBackupsOnScheduleAndPrunes(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withDaemon(scene, jobs: "jobs: {often: {schedule: '@every 10s', retention: {keepLast: 2}}}") {
                daemon throws in
                try daemon.process.wait { $0.errors.contains(": deleted") }
                let backups = try daemon.send(.get, "/actuator/backups").json.array ?? []
                #expect((2...3).contains(backups.count))
                #expect(backups.allSatisfy { $0["state"] == "COMPLETED" && $0["jobs"]?.strings == ["often"] })
                // Fire times are multiples of ten seconds, and so are the ids.
                #expect(backups.allSatisfy { ($0["backupId"]?.integer ?? 1) % 10 == 0 })
                let metrics = try daemon.send(.get, "/metrics").text
                #expect(metrics.contains(#"optimize_backup_runs_total{backup_job="often",outcome="failed"} 0"#))
                #expect(metrics.contains(#"optimize_backup_state{backup_job="often",state="COMPLETED"} 1"#))
                #expect(
                    metrics.contains(
                        #"optimize_backup_retention_removed_total{backup_job="often",reason="noRule"} 1"#))
                #expect(!metrics.contains(#"engine_requests_total{operation="snapshot.delete",outcome="success"} 0"#))
                let health = try daemon.send(.get, "/actuator/health")
                #expect(health.status == 200 && health.json["components"]?["job-often"]?["status"] == "UP")
                let lint = try run("promtool", "check", "metrics", input: metrics)
                #expect(lint.status == 0 && lint.errors.isEmpty, "\(lint.errors)")
                #expect(daemon.stop() == 0)
            }
        }
    }

    @Test(arguments: Engine.all)
    func answersAsOptimizeDoes(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withDaemon(scene) { daemon throws in
                let old = try daemon.send(.post, "/actuator/backup", #"{"backupId":"backup1"}"#)
                #expect(old.status == 200)
                #expect(
                    old.json["scheduledSnapshots"]?.strings == [
                        "camunda_optimize_backup1_8.6.0_part_1_of_2", "camunda_optimize_backup1_8.6.0_part_2_of_2",
                    ])
                // What was accepted is there at once.
                #expect(try daemon.send(.get, "/actuator/backup/backup1").status == 200)
                try daemon.wait(for: "/actuator/backup/backup1", state: "COMPLETED")
                #expect(
                    try daemon.send(.get, "/actuator/backup/backup1").json == [
                        "State": "COMPLETED", "state": "COMPLETED",
                    ])

                let new = try daemon.send(.post, "/actuator/backups", #"{"backupId":123}"#)
                #expect(new.status == 202)
                #expect(
                    new.json["message"]
                        == "Backup creation for ID 123 has been scheduled. Use the GET API to monitor completion of backup process"
                )
                try daemon.wait(for: "/actuator/backups/123", state: "COMPLETED")
                let shown = try daemon.send(.get, "/actuator/backups/123").json
                #expect(
                    shown["backupId"] == 123 && shown["failureReason"] == .null && shown["details"]?.array?.count == 2)
                #expect(shown["details"]?.array?[0]["failures"] == [])
                // Generation B lists ids that are numbers, generation A all.
                #expect(try daemon.send(.get, "/actuator/backups").json.array?.map { $0["backupId"] } == [123])
                #expect(try daemon.send(.get, "/actuator/backup").json.array?.count == 2)

                for (method, target, body, status, code) in [
                    (HTTPRequest.Method.post, "/actuator/backups", #"{"backupId":123}"#, 409, "conflictError"),
                    (.post, "/actuator/backup", #"{"backupId":"backup1"}"#, 409, "conflictError"),
                    (.post, "/actuator/backup", #"{"backupId":"Bad"}"#, 400, "badRequestError"),
                    (.post, "/actuator/backups", #"{"backupId":-1}"#, 400, "badRequestError"),
                    (.post, "/actuator/backups", #"{"backupId":"abc"}"#, 400, "badRequestError"),
                    (.post, "/actuator/backups", "{}", 400, "badRequestError"),
                    (.post, "/actuator/backups", "not json", 400, "badRequestError"),
                    (.get, "/actuator/backups/124", "", 404, "notFoundError"),
                    (.get, "/actuator/backups/abc", "", 400, "badRequestError"),
                    (.get, "/actuator/backup/nope", "", 404, "notFoundError"),
                    (.delete, "/actuator/backups/124", "", 404, "notFoundError"),
                    (.put, "/actuator/backups/123", "", 405, "methodNotAllowedError"),
                    (.get, "/actuator/nope", "", 404, "notFoundError"),
                ] {
                    let answer = try daemon.send(method, target, body)
                    #expect(answer.status == status, "\(method) \(target) \(body): \(answer.text)")
                    #expect(answer.json["errorCode"]?.string == code, "\(method) \(target) \(body): \(answer.text)")
                    #expect(answer.json["detailedMessage"]?.string?.isEmpty == false)
                }
                #expect(try daemon.send(.delete, "/actuator/backups/123").status == 204)
                // An engine that has much to do takes longer than the API waits for it.
                try daemon.process.wait { _ in (try? daemon.send(.get, "/actuator/backups/123").status) == 404 }
                #expect(try engine.snapshots(scene.name).count == 2)
            }
        }
    }

    @Test(arguments: Engine.all)
    func saysWhoseFaultItIs(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withDaemon(scene, changing: ["OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME": "nope"]) { daemon throws in
                for target in ["/actuator/backup", "/actuator/backups"] {
                    let answer = try daemon.send(
                        .post, target, target.hasSuffix("s") ? #"{"backupId":1}"# : #"{"backupId":"1"}"#)
                    #expect(answer.status == 500)
                    #expect(answer.json["detailedMessage"]?.string?.contains("backup.repositoryName") == true)
                }
                #expect(try daemon.send(.get, "/actuator/health").status == 503)
            }
            try withDaemon(scene, changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": "http://127.0.0.1:1"]) { daemon throws in
                #expect(try daemon.send(.post, "/actuator/backup", #"{"backupId":"1"}"#).status == 500)
                let answer = try daemon.send(.post, "/actuator/backups", #"{"backupId":1}"#)
                #expect(answer.status == 502 && answer.json["errorCode"] == "engineConnectionError")
                #expect(try daemon.send(.get, "/metrics").text.contains("optimize_backup_repository_up 0"))
            }
        }
    }

    /// The daemon is killed in part 1, between the parts and in part 2; its next run goes on with the backup.
    @Test(arguments: Engine.all, [1, 2])
    func whatWasBegunIsGoneOnWith(engine: Engine, part: Int) throws {
        try withSlowScene(engine) { scene throws in
            try withDaemon(scene, changing: ["OPTIMIZE_BACKUP_LOG_LEVEL": "debug"]) { daemon throws in
                #expect(try daemon.send(.post, "/actuator/backups", #"{"backupId":5}"#).status == 202)
                try daemon.process.wait { $0.errors.contains("part \(part) started") }
                daemon.process.signal(SIGKILL)
                daemon.process.wait()
            }
            try withDaemon(scene) { daemon throws in
                try daemon.process.wait { $0.errors.contains("going on with it") }
                try daemon.wait(for: "/actuator/backups/5", state: "COMPLETED")
                #expect(try daemon.send(.post, "/actuator/backups", #"{"backupId":6}"#).status == 202)
                #expect(try engine.snapshots(scene.name).keys.filter { $0.contains("_5_") }.count == 2)
                try daemon.process.wait { $0.errors.contains("backup 6: part 1 started") }
                // Stopping is prompt though a backup runs: the engine goes on with it.
                #expect(daemon.stop() == 0)
            }
        }
    }

    /// Killed after part 1 ended and before part 2 was ordered: what the repository then holds is made by hand.
    @Test(arguments: Engine.all)
    func aPartTwoFollowsAnotherRunsPartOne(engine: Engine) throws {
        try withScene(engine) { scene throws in
            #expect(try scene.run("create", "5").status == 0)
            try engine.send(.delete, "/_snapshot/\(scene.name)/camunda_optimize_5_8.6.0_part_2_of_2")
            #expect(try JSONValue(text: scene.run("show", "5", "-o", "json").output)["state"] == "IN_PROGRESS")
            try withDaemon(scene) { daemon throws in
                try daemon.wait(for: "/actuator/backups/5", state: "COMPLETED")
            }
        }
    }

    @Test(arguments: Engine.all)
    func cancelStopsABackup(engine: Engine) throws {
        try withSlowScene(engine) { scene throws in
            try withDaemon(scene) { daemon throws in
                #expect(try daemon.send(.post, "/actuator/backups", #"{"backupId":5}"#).status == 202)
                #expect(try scene.run("cancel", "5").status == 0)
                let left = try engine.snapshots(scene.name).keys.sorted()
                #expect(left.count == 1 && left[0].hasPrefix("optimize-backup_cancel_5_"), "\(left)")
                // Depending on when it looks, the daemon finds the snapshot aborted or gone, or the marker.
                try daemon.process.wait { output in
                    ["camunda_optimize_5_8.6.0_part_1_of_2", "the backup 5 was cancelled"].contains {
                        output.errors.contains("error optimize-backup: backup 5 failed: \($0)")
                    }
                }
                #expect(try daemon.send(.get, "/actuator/backups/5").status == 404)
                #expect(try scene.run("cancel", "5").status == 4)
            }
        }
    }

    /// What the repository and the engine can tell is read back by the next run.
    @Test(arguments: Engine.all)
    func aRestartLosesNoMetricOfTheRepository(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try engine.send(.put, "/\(scene.name)-odd")
            let job = "jobs: {monthly: {schedule: '0 0 1 * *'}}"
            /// What is told of the backups, once sizes and times are known.
            func series(_ daemon: RunningDaemon) throws -> [Substring] {
                var lines: [Substring] = []
                try daemon.process.wait { _ in
                    let text = (try? daemon.send(.get, "/metrics").text) ?? ""
                    lines = text.split(separator: "\n").filter { line in
                        ["size_bytes", "last_success", "last_duration", "state", "backups", "oldest", "uncovered"]
                            .contains { line.hasPrefix("optimize_backup_\($0)") || line.contains("incremental_size") }
                    }
                    return text.contains("last_success_timestamp_seconds{") && text.contains("incremental_size_bytes{")
                }
                return lines
            }
            var before: [Substring] = []
            try withDaemon(scene, jobs: job) { daemon throws in
                #expect(try daemon.send(.post, "/actuator/jobs/monthly/run").status == 202)
                before = try series(daemon)
            }
            #expect(before.contains { $0.hasPrefix(#"optimize_backup_size_bytes{backup_job="monthly"} "#) })
            #expect(before.contains("optimize_backup_uncovered_indices 1"))
            try withDaemon(scene, jobs: job) { daemon throws in #expect(try series(daemon) == before) }
        }
    }

    /// Nobody is kept waiting for hours: what can't be done now is refused at once.
    @Test(arguments: Engine.all)
    func whileABackupRunsNothingIsDeleted(engine: Engine) throws {
        try withSlowScene(engine) { scene throws in
            try withDaemon(scene) { daemon throws in
                #expect(try daemon.send(.post, "/actuator/backups", #"{"backupId":5}"#).status == 202)
                for (method, target, status) in [
                    (HTTPRequest.Method.delete, "/actuator/backups/5", 409), (.delete, "/actuator/backup/5", 409),
                    (.delete, "/actuator/backups/6", 404), (.get, "/actuator/backups/6", 404),
                    (.post, "/actuator/backups/5/cancel", 204), (.delete, "/actuator/backups/5", 404),
                ] {
                    #expect(try daemon.send(method, target).status == status, "\(method) \(target)")
                }
            }
        }
    }

    @Test(arguments: Engine.all)
    func theDemoLeavesTheEngineAsItWas(engine: Engine) throws {
        try withTemporaryFolder { folder throws in
            let scene = Scene(engine: engine, name: "test-demo-\(UInt32.random(in: 0 ... .max))")
            try engine.addRepository(scene.name, settings: "")
            defer { _ = try? engine.send(.delete, "/_snapshot/\(scene.name)", expecting: nil) }
            let arguments = ["demo", "--port", "0", "--engine", engine.url, "--repository", scene.name]
            let demo = try scene.start(arguments, in: folder)
            defer { demo.stop() }
            try demo.wait { $0.errors.contains("COMPLETED in") }
            let words = demo.output.split(whereSeparator: { "/:\n".contains($0) })
            let port = words.firstIndex(of: "127.0.0.1").flatMap { Int(words[$0 + 1]) } ?? 0
            let daemon = RunningDaemon(process: demo, port: port)
            // A pause is a marker, which goes as well.
            #expect(
                try [202, 204].contains(daemon.send(.post, "/actuator/jobs/demo/pause").status),
                "202: it waits behind what runs")
            #expect(try engine.snapshots(scene.name).count >= 3)
            // As when its terminal is closed.
            demo.signal(SIGHUP)
            #expect(demo.wait().status == 0)
            #expect(try engine.snapshots(scene.name).isEmpty)
            let left = try engine.send(.get, "/optimize-demo*/_alias").json
            #expect(left == [:])
        }
    }

    @Test(arguments: Engine.all)
    func aFireTimeThatIsCancelledIsNotTriedAgain(engine: Engine) throws {
        try withSlowScene(engine) { scene throws in
            let job = "jobs: {often: {schedule: '@every 15s', retry: {initialDelay: 1s}}}"
            try withDaemon(scene, jobs: job) { daemon throws in
                try daemon.process.wait { $0.errors.contains("part 1 started") }
                let backups = try JSONValue(text: scene.run("list", "-o", "json").output)
                let id = try #require(backups.array?.first?["backupId"]?.integer)
                #expect(try scene.run("cancel", "\(id)").status == 0)
                try daemon.process.wait { $0.errors.contains("was cancelled by") }
                #expect(!daemon.process.errors.contains("next attempt"))
            }
        }
    }

    @Test(arguments: Engine.all)
    func pruneShowsWhatTheDaemonWouldDo(engine: Engine) throws {
        try withScene(engine) { scene throws in
            for id in ["1", "2", "3"] { #expect(try scene.run("create", id).status == 0) }
            try withTemporaryFolder { folder throws in
                try write("retention: {keepLast: 1}\n", toFile: "\(folder)/config.yaml")
                let configured = ["OPTIMIZE_BACKUP_CONFIG": "\(folder)/config.yaml"]
                func prune(_ flag: String) throws -> JSONValue {
                    let ending = try scene.start(["prune", flag, "-o", "json"], changing: configured, in: folder).wait()
                    #expect(ending.status == 0, "\(ending.errors)")
                    return try JSONValue(text: ending.output)
                }
                let plan = try prune("--dry-run")
                #expect(plan["keep"]?.array?.map { $0["backupId"] } == [3])
                #expect(plan["remove"]?.array?.map { $0["backupId"] } == [2, 1])
                #expect(try engine.snapshots(scene.name).count == 6)
                #expect(try prune("--yes")["remove"]?.array?.count == 2)
                #expect(try engine.snapshots(scene.name).count == 2)
                #expect(try scene.start(["prune"], changing: configured, in: folder).wait().status == 64)
            }
        }
    }
}
