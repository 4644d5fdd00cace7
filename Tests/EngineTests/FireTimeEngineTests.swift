import Glibc
import HTTP
import JSON
import TestSupport
import Testing
import Time

/// How fire times end on a real engine: each once, by what the repository holds.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct FireTimeEngineTests {
    /// Optimize is upgraded while part 1 runs: no part 2 may follow, and a new backup takes its place at once.
    @Test(arguments: Engine.all)
    func anUpgradeCostsAnAttempt(engine: Engine) throws {
        try withScene(engine, repositorySettings: #","max_snapshot_bytes_per_sec":"200kb""#) { scene throws in
            try addText(engine, scene.firstPart[0], pieces: 1)
            try withFrontDoor(engine) { door throws in
                try withHost(scene, through: door) { host throws in
                    try door.set(endOfPartOneIsUnseen)
                    let time = soon()
                    try host.plan(["nightly"], at: time)
                    try host.daemon.process.wait { $0.errors.contains("part 1 started") }
                    try engine.send(
                        .put, "/\(scene.name)-metadata_v3/_doc/1?refresh=true", #"{"schemaVersion":"8.7.0"}"#)
                    try door.set()
                    try host.daemon.process.wait {
                        $0.errors.contains("failed, attempt 1 of") && $0.errors.contains("; next attempt in 0 s")
                    }
                    // It is FAILED for everybody, though its snapshot has succeeded, and has no part 2.
                    let doomed = try host.daemon.send(.get, "/actuator/backups/\(time.compactUTC)")
                    let words = "changed from version 8.6.0 to 8.7.0"
                    #expect(doomed.json["state"] == "FAILED" && doomed.text.contains(words), "\(doomed.text)")
                    #expect(doomed.json["details"]?.array?.map { $0["state"] } == ["SUCCESS"], "\(doomed.text)")
                    try host.expectSuccess(of: ["nightly"], retries: ["contentMismatch": 1])
                    let backups = try host.backups()
                    #expect(backups.map { $0["state"] } == ["COMPLETED", "FAILED"], "\(backups)")
                    #expect(backups.map { $0["version"] } == ["8.7.0", "8.6.0"], "\(backups)")
                    #expect(try scene.attempts() == [time.compactUTC: [1], time.nextSecond.compactUTC: [2, 2]])
                }
            }
        }
    }

    /// Indices come and go while a backup is taken: that is no fault of it.
    @Test(arguments: Engine.all)
    func indicesThatComeAndGoFailNothing(engine: Engine) throws {
        try withScene(engine) { scene throws in
            let created = "\(scene.name)-job-registry_v1"
            try withFrontDoor(engine) { door throws in
                try withHost(scene, through: door) { host throws in
                    try door.set(endOfPartOneIsUnseen)
                    try host.plan(["nightly"], at: soon())
                    try host.daemon.process.wait { $0.errors.contains("part 1 started") }
                    try engine.addIndex(created)
                    // One of part 1, which has it already, and one of part 2, which is not ordered yet.
                    try engine.wait { !inProgress(scene) }
                    for gone in [scene.firstPart[1], scene.secondPart[2]] { try engine.send(.delete, "/\(gone)") }
                    try door.set()
                    try host.expectSuccess(of: ["nightly"])
                    let errors = host.daemon.process.errors
                    let told = "came while it was taken, as far as can be told, and are in the next backup: "
                    #expect(errors.contains("\(told)\(created)\n"), "\(errors)")
                    #expect(!errors.contains("an index went away"), "\(errors)")
                    let taken = try scene.engine.snapshots(scene.name).sorted { $0.key < $1.key }
                        .map { $0.value["indices"]?.strings.sorted() }
                    #expect(taken == [scene.firstPart, Array(scene.secondPart.prefix(2))])
                }
            }
        }
    }

    /// Something comes out of a snapshot after part 1: what part 2 would have does not belong to it, and another backup is taken.
    @Test(arguments: Engine.all)
    func aRestoreBetweenThePartsWantsAnotherBackup(engine: Engine) throws {
        try withScene(engine) { scene throws in
            let restored = "\(scene.name)-import-index_v2"
            try engine.addIndex(restored)
            try scene.addSnapshot("earlier", [:], of: [restored])
            try engine.send(.delete, "/\(restored)")
            try withFrontDoor(engine) { door throws in
                try withHost(scene, through: door) { host throws in
                    try door.set(endOfPartOneIsUnseen)
                    try host.plan(["nightly"], at: soon())
                    try host.daemon.process.wait { $0.errors.contains("part 1 started") }
                    try engine.send(
                        .post, "/_snapshot/\(scene.name)/earlier/_restore?wait_for_completion=true",
                        #"{"indices":"\#(restored)"}"#)
                    try door.set(try creationDates(in: scene, anHourBack: [restored]))
                    try host.expectSuccess(of: ["nightly"], retries: ["firstPartTooOld": 1])
                    let taken = try scene.engine.snapshots(scene.name).filter { $0.key.hasPrefix("camunda_optimize_") }
                        .sorted { $0.key < $1.key }.map { $0.value["indices"]?.strings.sorted() }
                    #expect(taken == [scene.firstPart, [restored] + scene.firstPart, scene.secondPart])
                }
            }
        }
    }

    /// What lacks an index that was there, as when another host's role hid it, is no good, though its snapshots have succeeded.
    @Test(arguments: Engine.all)
    func whatLacksAnOldIndexIsReplaced(engine: Engine) throws {
        try withScene(engine) { scene throws in
            let time = soon() - .seconds(10)
            try scene.addSnapshot(
                "camunda_optimize_\(time.compactUTC)_8.6.0_part_1_of_2", scene.metadata("nightly", dueAt: time),
                of: [scene.firstPart[1]])
            try withFrontDoor(engine) { door throws in
                try door.set(try creationDates(in: scene, anHourBack: scene.firstPart))
                try withHost(scene, through: door, jobs: ["nightly"], at: time) { host throws in
                    try host.expectSuccess(of: ["nightly"], retries: ["contentMismatch": 1])
                    let words = "does not contain what was to be taken: missing \(scene.firstPart[0])."
                    let errors = host.daemon.process.errors
                    #expect(errors.contains("begun on test, going on with it") && errors.contains(words), "\(errors)")
                    let backups = try host.backups()
                    #expect(backups.map { $0["state"] } == ["COMPLETED", "FAILED"], "\(backups)")
                    #expect(backups.last?["failureReason"]?.string?.contains(words) == true, "\(backups)")
                    #expect(try scene.attempts() == [time.compactUTC: [1, 1], time.nextSecond.compactUTC: [2, 2]])
                }
            }
        }
    }

    /// A storage that refuses fails an attempt; the daemon is told to stop in the delay, and its next run makes the next one.
    @Test(arguments: Engine.all)
    func aStopInTheDelayLosesNothing(engine: Engine) throws {
        try withScene(engine) { scene throws in
            // The folders of the shards are there then.
            #expect(try scene.run("create", "1").status == 0)
            let shards = try shardFolders(of: scene).joined(separator: " ")
            _ = try run("sh", "-c", "for shard in \(shards); do mv $shard $shard.kept; : > $shard; done")
            var time = soon()
            try withHost(scene) { host throws in
                time = soon()
                try host.plan(["nightly"], at: time)
                // A part that lacks shards is ordered again at once; then there is a delay.
                try host.daemon.process.wait { $0.errors.contains(/failed, attempt . of .*; next attempt in [1-9]/) }
                #expect(try host.daemon.outcomes(of: "nightly").isEmpty)
                #expect(host.daemon.stop() == 0)
            }
            _ = try run("sh", "-c", "for shard in \(shards); do rm $shard; mv $shard.kept $shard; done")
            let failed = try scene.attempts().values.flatMap { $0 }.sorted()
            #expect(!failed.isEmpty && failed == Array(1...Int64(failed.count)))
            try withHost(scene, jobs: ["nightly"], at: time) { host throws in
                try host.expectSuccess(of: ["nightly"])
                let next = Int64(failed.count) + 1
                #expect(try scene.attempts()[(time + .seconds(failed.count)).compactUTC] == [next, next])
            }
        }
    }

    /// Two hosts whose configurations differ order at the same moment: each job has one good backup, and each host tells so.
    @Test(
        .enabled(if: geteuid() == 0, "gives each host a name of its own, which needs root"), arguments: Engine.all,
        ["one", "both"])
    func aJobIsServedByWhatNamesIt(engine: Engine, late: String) throws {
        try withScene(engine) { scene throws in
            try withFrontDoor(engine) { door throws in
                try withHost(scene, through: late == "one" ? door : nil, named: "one") { one throws in
                    try withHost(scene, through: late == "both" ? door : nil, named: "both") { both throws in
                        // Its order comes when the other's has been accepted.
                        try door.set(.init(method: "PUT", path: "part_1_of_2", holds: true))
                        let time = soon() + .seconds(1)
                        try one.plan(["nightly"], at: time)
                        try both.plan(["monthly", "nightly"], at: time)
                        try (late == "one" ? both : one).daemon.process.wait { $0.errors.contains("part 1 started") }
                        try door.set()
                        try one.expectSuccess(of: ["nightly"])
                        try both.expectSuccess(of: ["monthly", "nightly"])
                        let backups = try one.backups()
                        #expect(backups.count == (late == "one" ? 1 : 2), "\(backups)")
                        for backup in backups {
                            #expect(backup["state"] == "COMPLETED" && backup["dueTime"]?.string == time.rfc3339)
                        }
                        let served = backups.flatMap { $0["jobs"]?.strings ?? [] }.sorted()
                        #expect(served == ["monthly", "nightly"], "\(backups)")
                    }
                }
            }
        }
    }
}

/// However busy the machine is, what happens in part 1 has happened before anybody sees its end.
private let endOfPartOneIsUnseen = FrontDoor.Rule(method: "GET", path: "part_1_of_2", holds: true)

/// What the engine tells of when indices were created, but for those that are older: no test waits for them to age.
private func creationDates(in scene: Scene, anHourBack: [String]) throws -> FrontDoor.Rule {
    let path = "/\(scene.name)-*/_settings/index.creation_date"
    let told = try scene.engine.send(.get, "\(path)?expand_wildcards=all").json
    var body = String(decoding: told.bytes, as: UTF8.self)
    for index in anHourBack {
        let date = try #require(told[index]?["settings"]?["index"]?["creation_date"]?.string)
        let index = "\"\(index)\":{\"settings\":{\"index\":{\"creation_date\":"
        body = body.replacing("\(index)\"\(date)", with: "\(index)\"\((Int(date) ?? 0) - 3_600_000)")
    }
    return FrontDoor.Rule(method: "GET", path: "_settings/index.creation_date", body: body)
}

/// A second that begins in two to three seconds.
private func soon() -> Instant { Instant(secondsSinceEpoch: Int64(time(nil)) + 3) }

extension Instant {
    fileprivate var nextSecond: Instant { self + .seconds(1) }

    /// A schedule that comes at that time of each day.
    fileprivate var schedule: String {
        let time = LocalTime(secondsSinceEpoch: secondsSinceEpoch)
        return "\(time.second) \(time.minute) \(time.hour) * * *"
    }
}

extension Scene {
    /// Of each backup which attempt it was, as each of its parts tells.
    fileprivate func attempts() throws -> [String: [Int64]] {
        let parts = try engine.snapshots(name).filter { $0.key.hasPrefix("camunda_optimize_2") }
        return Dictionary(grouping: parts.keys) { String($0.split(separator: "_")[2]) }
            .mapValues { $0.compactMap { parts[$0]?["metadata"]?["attempt"]?.integer } }
    }
}

/// A daemon that gets its jobs when it is up, so that it need not wait long for their fire time.
private struct Host {
    let daemon: RunningDaemon
    let configuration: String

    /// Lets jobs be due at that time of each day.
    func plan(_ jobs: [String], at time: Instant) throws {
        try configure(configuration, jobs, at: time)
        daemon.process.signal(SIGHUP)
        try daemon.process.wait { $0.errors.contains("the new configuration is in force") }
    }

    /// Waits until the fire time of jobs has ended, and expects that it has ended once, in success.
    func expectSuccess(
        of jobs: [String], retries: [String: Int] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try daemon.process.wait { _ in Set(succeeded) == Set(jobs) }
        try daemon.process.wait { _ in jobs.allSatisfy { (try? daemon.outcomes(of: $0).isEmpty) == false } }
        // Whatever another look shows changes nothing.
        _ = try backups()
        let errors = daemon.process.errors
        #expect(succeeded.sorted() == jobs, "\(errors)", sourceLocation: sourceLocation)
        for job in jobs {
            #expect(try daemon.outcomes(of: job) == ["success": 1], "\(errors)", sourceLocation: sourceLocation)
            #expect(try daemon.retries(of: job) == retries, "\(errors)", sourceLocation: sourceLocation)
        }
    }

    /// The jobs of the backups that are told to be completed.
    private var succeeded: [String] {
        daemon.process.errors.matches(of: /backup [0-9]+ for ([^:]+): COMPLETED/)
            .flatMap { $0.1.split(separator: ", ").map(String.init) }
    }

    /// Newest first.
    func backups() throws -> [JSONValue] { try daemon.send(.get, "/actuator/backups").json.array ?? [] }
}

/// - Parameter name: of the host; only root may give one.
private func withHost(
    _ scene: Scene, through door: FrontDoor? = nil, named name: String? = nil, jobs: [String] = [],
    at time: Instant = soon(), _ body: (Host) throws -> Void
) throws {
    try withTemporaryFolder { folder throws in
        let configuration = "\(folder)/config.yaml"
        try configure(configuration, jobs, at: time)
        let changes = [
            "OPTIMIZE_BACKUP_CONFIG": configuration, "OPTIMIZE_BACKUP_ENGINE_URLS": door?.url ?? scene.engine.url,
        ]
        try withDaemon(scene, changing: changes, host: name) { daemon throws in
            try body(Host(daemon: daemon, configuration: configuration))
        }
    }
}

private func configure(_ file: String, _ jobs: [String], at time: Instant) throws {
    let jobs = jobs.map { "\($0): {schedule: '\(time.schedule)'}" }
    try write("server: {port: 0}\njobs: {\(jobs.joined(separator: ", "))}\n", toFile: file)
}
