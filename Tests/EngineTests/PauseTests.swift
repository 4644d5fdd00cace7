import JSON
import TestSupport
import Testing
import Time

/// Pauses and waits by command, where no daemon is.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct PauseTests {
    @Test(arguments: Engine.all)
    func aJobIsPausedAndResumedWithoutADaemon(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withTemporaryFolder { folder throws in
                try write(
                    "jobs: {nightly: {schedule: '0 2 * * *'}, idle: {schedule: '0 3 * * *', paused: true}}\n",
                    toFile: "\(folder)/config.yaml")
                let line = ["OPTIMIZE_BACKUP_CONFIG": "\(folder)/config.yaml"]
                func pauses() throws -> [JSONValue] {
                    try JSONValue(text: scene.run("-o", "json", "markers", changing: line).output).array?
                        .filter { $0["kind"] == "pause" } ?? []
                }
                let paused = try scene.run("pause", "nightly", "--reason", "upgrade", "-o", "json", changing: line)
                #expect(paused.status == 0, "\(paused.errors)")
                #expect(try JSONValue(text: paused.output) == ["job": "nightly", "paused": true])
                #expect(try pauses().map { $0["reason"] } == ["upgrade"])
                // Once is enough, and a shorter one changes nothing.
                let until = ["--until", "2099-01-01T00:00:00Z"]
                #expect(try scene.run(["pause", "nightly"] + until, changing: line).status == 0)
                #expect(try pauses().count == 1)
                #expect(try scene.run("resume", "nightly", changing: line).output == "nightly is no longer paused\n")
                #expect(try pauses().isEmpty)

                #expect(try scene.run(["pause", "nightly"] + until, changing: line).status == 0)
                #expect(try pauses().map { $0["until"] } == ["2099-01-01T00:00:00Z"])
                #expect(try scene.run("pause", "nightly", changing: line).status == 0)
                #expect(Set(try pauses().map { $0["until"] }) == ["2099-01-01T00:00:00Z", .null])

                let unknown = try scene.run("pause", "nightli", changing: line)
                #expect(unknown.status == 64 && unknown.errors.contains("did you mean nightly?"), "\(unknown.errors)")
                let past = try scene.run("pause", "nightly", "--until", "2020-01-01T00:00:00Z", changing: line)
                #expect(past.status == 64 && past.errors.contains("would have ended already"), "\(past.errors)")
                let fixed = try scene.run("resume", "idle", changing: line)
                #expect(fixed.status == 5 && fixed.errors.contains("jobs.idle.paused"), "\(fixed.errors)")
                let list = try scene.run("list", "--job", "nightli", changing: line)
                #expect(list.status == 64 && list.errors.contains("did you mean nightly?"), "\(list.errors)")
            }
        }
    }

    @Test(arguments: Engine.all)
    func waitingEndsAsTheBackupDoes(engine: Engine) throws {
        // So slow that it takes some seconds.
        try withScene(engine, repositorySettings: #","max_snapshot_bytes_per_sec":"4kb""#) { scene throws in
            try withTemporaryFolder { folder throws in
                let create = try scene.start(["create", "7"], in: folder)
                var shown = try scene.run("show", "7", "-o", "json")
                while shown.status == 4 { shown = try scene.run("show", "7", "-o", "json") }
                let waited = try scene.run("wait", "7", "-o", "json")
                #expect(waited.status == 0, "\(waited.errors)")
                #expect(try JSONValue(text: waited.output)["state"] == "COMPLETED")
                #expect(create.wait().status == 0)
            }
            // What has ended is not waited for; what came to nothing is 1; what never was is 4.
            #expect(try scene.run("wait", "7").status == 0)
            try scene.addSnapshot(
                "camunda_optimize_8_8.6.0_part_2_of_2", scene.metadata("nightly", dueAt: .init(secondsSinceEpoch: 0)))
            let incomplete = try scene.run("wait", "8")
            #expect(incomplete.status == 1 && incomplete.output.contains("INCOMPLETE"), "\(incomplete)")
            #expect(try scene.run("wait", "9").status == 4)
        }
    }
}
