import Backups
import ElasticsearchClient
import Glibc
import HTTP
import HTTPClient
import JSON
import Restores
import TestSupport
import Testing

/// Backups that come back, by the program and against real engines.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RestoreTests {
    private static let go = ["--yes", "--optimize-stopped"]

    /// Into an engine that has none of them any more: documents, aliases, closed indices and rollover ones.
    @Test(arguments: Engine.all)
    func everyDocumentComesBack(engine: Engine) throws {
        try withOptimize(engine) { optimize throws in
            let scene = optimize.scene
            #expect(try scene.run("create", "7").status == 0)
            for index in optimize.indices { try engine.send(.delete, "/\(index)") }
            let ending = try scene.run(["restore", "7", "-o", "json"] + Self.go)
            #expect(ending.status == 0, "\(ending.errors)")
            let report = try JSONValue(text: ending.output)
            #expect(report["restored"] == true && report["obstacles"] == [] && report["delete"] == [])
            #expect(report["shards"]?.integer == Int64(optimize.indices.count))
            #expect(report["withoutAlias"] == [] && report["safetyBackup"] == .null)
            try optimize.expectAsBefore()
            #expect(report["documents"] == .integer(Int64(optimize.count)))
            #expect(try scene.run("markers").output.split(separator: "\n").count { $0.hasPrefix("restore ") } == 0)
            #expect(try scene.run("show", "7").output.contains("restore of 7"))
            // And the next backup begins.
            #expect(try scene.run("create", "8").status == 0)
        }
    }

    /// With what was backed up in the way, changed since: a backup of it is taken, and only what was named is deleted.
    @Test(.onOneOfEachKind, arguments: Engine.all)
    func whatIsInTheWayIsReplaced(engine: Engine) throws {
        try withScene(engine) { scene throws in
            #expect(try scene.run("create", "7").status == 0)
            #expect(try scene.run("create", "8").status == 0)
            for index in scene.secondPart {
                try engine.send(.put, "/\(index)/_doc/2?refresh=true", "{}", expecting: 201)
            }
            let (later, notes) = ("\(scene.name)-later_v1", "\(scene.name)-notes")
            for index in [later, notes] { try engine.addIndex(index) }
            let refused = try scene.run("restore", "7", "-o", "json", "--dry-run")
            let obstacles = try JSONValue(text: refused.output)["obstacles"]?.array ?? []
            #expect(refused.status == 5 && obstacles.map { $0["kind"]?.string } == ["otherIndices", "indicesInTheWay"])
            #expect(
                obstacles.map { $0["names"]?.strings } == [
                    [later, notes], (scene.firstPart + scene.secondPart).sorted(),
                ])
            // What no backup can hold goes by hand.
            let unheld = try scene.run(
                ["restore", "7", "--replace-existing", "--also-delete", "\(later),\(notes)"] + Self.go)
            #expect(unheld.status == 5 && unheld.output.contains("no safety backup can hold"), "\(unheld)")
            try engine.send(.delete, "/\(notes)")
            let also = ["--replace-existing", "--also-delete", later]
            #expect(try scene.run(["restore", "7", "--yes"] + also).status == 64)
            #expect(try engine.send(.get, "/\(later)/_doc/1").status == 200)

            let ending = try scene.run(["restore", "7", "-o", "json"] + also + Self.go)
            #expect(ending.status == 0, "\(ending.errors)")
            let safety = try #require(try JSONValue(text: ending.output)["safetyBackup"]?.integer)
            for index in scene.secondPart {
                #expect(try engine.send(.get, "/\(index)/_doc/2", expecting: nil).status == 404, "\(index)")
            }
            #expect(try engine.send(.get, "/\(later)", expecting: nil).status == 404)
            // What stood is kept, and held as the others are.
            let list = try JSONValue(text: try scene.run("list", "-o", "json").output).array ?? []
            #expect(list.map { $0["backupId"]?.integer } == [safety, 8, 7])
            #expect(list.allSatisfy { $0["holdReason"] == "restore of 7" && $0["holdUntil"] != .null })
            let back = try scene.run(["restore", "\(safety)", "--replace-existing", "--no-safety-backup"] + Self.go)
            #expect(back.status == 0, "\(back.errors)")
            for index in scene.secondPart { #expect(try engine.send(.get, "/\(index)/_doc/2").status == 200) }
            #expect(try engine.send(.get, "/\(later)/_doc/1").status == 200)
        }
    }

    /// What only a real engine tells is found: a snapshot that runs, somebody who writes, another version, a part that can't be read.
    @Test(arguments: Engine.all)
    func obstaclesAreSeen(engine: Engine) throws {
        try withScene(engine) { scene throws in
            func expect(
                _ kinds: RestoreObstacle.Kind..., allowing version: String? = nil, watching time: Duration = .zero
            ) throws {
                let plan = try scene.plan("7", allowing: version, watching: time)
                #expect(plan.obstacles.map(\.kind) == kinds, "\(plan.obstacles)")
            }
            #expect(try scene.run("create", "7").status == 0)
            try expect()
            let metadata = scene.secondPart[1]
            try engine.send(.put, "/\(metadata)/_doc/1?refresh=true", #"{"schemaVersion":"8.6.1"}"#)
            try expect(.optimizeVersion)
            try expect(allowing: "8.6.0")
            try engine.send(.put, "/\(metadata)/_doc/1?refresh=true", #"{"schemaVersion":"8.6.0"}"#)
            // An index has the name by which Optimize would find another.
            try engine.addIndex("x\(scene.name)", document: "{}")
            let alias = "\(scene.name)-process-instance-a"
            try engine.send(.put, "/x\(scene.name)/_alias/\(alias)")
            defer { _ = try? engine.send(.delete, "/x\(scene.name)", expecting: nil) }
            try expect(.aliases)
            try engine.send(.delete, "/x\(scene.name)")
            try withTemporaryFolder { folder throws in
                let script = """
                    import time, urllib.request
                    while True:
                        request = urllib.request.Request("\(engine.url)/\(scene.firstPart[0])/_doc/9", b"{}", {"Content-Type": "application/json"})
                        urllib.request.urlopen(request).read()
                        time.sleep(0.5)
                    """
                let writer = try ChildProcess(["python3", "-c", script], folder: folder)
                defer { writer.stop() }
                try expect(.optimizeWrites, watching: .seconds(2))
            }
            try damage("snap-*.dat of one shard", of: scene, part: 2)
            try expect(.partUnreadable)
            try engine.send(.delete, "/_snapshot/\(scene.name)/camunda_optimize_7_8.6.0_part_2_of_2")
            try expect(.partMissing)
            #expect(try scene.run("restore", "8", "--dry-run").status == 4)
        }
    }

    /// Removes what stands in one shard of a part.
    private func damage(_ what: String, of scene: Scene, part: Int) throws {
        let uuid = try scene.engine.snapshots(scene.name)["camunda_optimize_7_8.6.0_part_\(part)_of_2"]?["uuid"]?.string
        let script = #"find "$0" -mindepth 2 -name "snap-$1.dat" | head -1 | xargs rm"#
        let ending = try TestSupport.run("sh", "-c", script, try folder(of: scene), try #require(uuid))
        try #require(ending.status == 0, "\(ending)")
    }

    /// Beside what stands: nothing of it is touched, and no backup waits for it.
    @Test(arguments: Engine.all)
    func underAnotherPrefix(engine: Engine) throws {
        try withScene(engine) { scene throws in
            let other = "drill-\(scene.name)"
            defer {
                for index in (try? engine.send(.get, "/\(other)-*/_alias?expand_wildcards=all").json.keys) ?? [] {
                    _ = try? engine.send(.delete, "/\(index)", expecting: nil)
                }
            }
            #expect(try scene.run("create", "7").status == 0)
            for refused in ["\(scene.name)-drill", "UPPER", "a*"] {
                #expect(try scene.run("restore", "7", "--rename-prefix", refused, "--yes").status == 64, "\(refused)")
            }
            let ending = try scene.run("restore", "7", "--rename-prefix", other, "--yes")
            #expect(ending.status == 0, "\(ending.errors)")
            for index in scene.firstPart + scene.secondPart {
                let copy = "\(other)\(index.dropFirst(scene.name.count))"
                #expect(try engine.send(.get, "/\(copy)/_doc/1").json["_source"]?["schemaVersion"] == "8.6.0")
                #expect(try engine.send(.get, "/\(copy)/_alias").json[copy]?["aliases"] == [:])
                #expect(try engine.send(.get, "/\(index)/_doc/1").status == 200)
            }
            #expect(try scene.run("markers").output == "no markers\n")
            let again = try scene.run("restore", "7", "--rename-prefix", other, "--yes")
            #expect(again.status == 5 && again.output.contains("indices of those names are there"), "\(again)")
        }
    }

    /// kill -9 of the program at any moment: the same command goes on, without a second safety backup.
    @Test(.onOneOfEachKind, arguments: Engine.all)
    func aKilledProgramIsGoneOnWith(engine: Engine) throws {
        try withOptimize(engine, repositorySettings: #","max_restore_bytes_per_sec":"200kb""#) { optimize throws in
            let scene = optimize.scene
            #expect(try scene.run("create", "7").status == 0)
            let line = ["restore", "7", "--replace-existing"] + Self.go
            for round in 0..<Self.rounds {
                try withTemporaryFolder { folder throws in
                    let process = try scene.start(line, in: folder)
                    // The first look takes five seconds; what follows takes some more.
                    usleep(UInt32.random(in: 4_000_000...14_000_000))
                    process.signal(SIGKILL)
                    process.wait()
                }
                let isUnderWay = try scene.run("markers").output.split(separator: "\n").contains {
                    $0.hasPrefix("restore ")
                }
                if isUnderWay {
                    let refused = try scene.run("create", "9")
                    #expect(refused.status == 5 && refused.errors.contains("a restore is under way"), "\(refused)")
                }
                let ending = try scene.run(line + ["-o", "json"])
                #expect(ending.status == 0, "\(round): \(ending.output)\(ending.errors)")
                try optimize.expectAsBefore()
                #expect(try scene.run("create", "1\(round)").status == 0)
                // One of what stood before, however often it was interrupted.
                let list = try JSONValue(text: try scene.run("list", "-o", "json").output).array ?? []
                let safety = list.filter { ($0["backupId"]?.integer ?? 0) > 1_000 }
                #expect((1...2).contains(safety.count - round), "\(list.map { $0["backupId"] })")
                for backup in safety where round == Self.rounds - 1 {
                    #expect(backup["state"] == "COMPLETED" || backup["holdReason"] != "restore of 7", "\(backup)")
                }
            }
        }
    }

    /// How often what is random is tried.
    private static let rounds = ownEnvironment()["OPTIMIZE_BACKUP_TEST_ROUNDS"].flatMap { Int($0) } ?? 1

    /// kill -9 of the engine while indices come back: the program waits for it, and restores over what is red.
    @Test(.onOneOfEachKind)
    func aKilledEngineIsWaitedFor() throws {
        let port = freePort()
        try withTemporaryFolder { folder throws in
            var process = try PrivateEngine.start(port: port, folder: folder)
            defer { process.kill() }
            let engine = Engine(url: "http://127.0.0.1:\(port)")
            try withOptimize(engine, repositorySettings: #","max_restore_bytes_per_sec":"100kb""#) { optimize throws in
                let scene = optimize.scene
                #expect(try scene.run("create", "7").status == 0)
                for _ in 0..<Self.rounds {
                    for index in optimize.indices { try engine.send(.delete, "/\(index)") }
                    let restore = try scene.start(["restore", "7"] + Self.go, in: folder)
                    try restore.wait { _ in
                        let rows = try? engine.send(
                            .get, "/_cat/recovery/\(scene.name)-*?format=json&active_only=true", expecting: nil)
                        return rows?.json.array?.isEmpty == false
                    }
                    usleep(UInt32.random(in: 0...2_000_000))
                    process.kill()
                    process = try PrivateEngine.start(port: port, folder: folder)
                    let ending = restore.wait()
                    #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
                    try optimize.expectAsBefore()
                }
            }
        }
    }

    /// The disaster: another cluster, which has the repository read-only.
    @Test(.onOneOfEachKind, arguments: Engine.all)
    func intoANewCluster(engine: Engine) throws {
        let port = freePort()
        try withScene(engine) { scene throws in
            #expect(try scene.run("create", "7").status == 0)
            let cluster = try #require(try engine.send(.get, "/").json["cluster_uuid"]?.string)
            let path = try folder(of: scene)
            try withTemporaryFolder { folder throws in
                let process = try PrivateEngine.start(
                    port: port, folder: folder,
                    arguments: ["path.repo=\(path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" })"])
                defer { process.kill() }
                let new = Scene(engine: Engine(url: "http://127.0.0.1:\(port)"), name: scene.name)
                try new.engine.addRepository(new.name, settings: #","readonly":true"#)
                #expect(try new.run("restore", "7", "--dry-run").status == 4)
                let refused = try new.run("restore", "7", "--from-cluster", cluster, "--dry-run")
                #expect(refused.status == 5 && refused.output.contains("--without-marker"), "\(refused)")
                let ending = try new.run(
                    ["restore", "7", "--from-cluster", cluster, "--without-marker"] + Self.go)
                #expect(ending.status == 0, "\(ending)")
                for index in scene.firstPart + scene.secondPart {
                    #expect(try new.engine.send(.get, "/\(index)/_doc/1").status == 200)
                }
                // With a repository of its own for what it writes, the old one is a source beside it; a former cluster's is our own.
                for index in scene.firstPart + scene.secondPart { try new.engine.send(.delete, "/\(index)") }
                try new.engine.send(
                    .put, "/_snapshot/home", #"{"type":"fs","settings":{"location":"home-\#(scene.name)"}}"#)
                let former = """
                    backup: {repositoryName: home, formerClusters: [\(cluster)]}
                    """
                try write(former, toFile: "\(folder)/config.yaml")
                let changes = [
                    "OPTIMIZE_BACKUP_CONFIG": "\(folder)/config.yaml", "OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME": "home",
                ]
                let again = try new.run(["restore", "7", "--repository", new.name] + Self.go, changing: changes)
                #expect(again.status == 0, "\(again)")
                for index in scene.firstPart + scene.secondPart {
                    #expect(try new.engine.send(.get, "/\(index)/_doc/1").status == 200)
                }
                #expect(try new.run("create", changing: changes).status == 0)
                _ = try run(
                    "rm", "-rf",
                    "\(path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" })/home-\(scene.name)")
            }
        }
    }

    /// The daemon skips fire times while a restore's marker stands, and tells how it ended.
    @Test(.onOneOfEachKind, arguments: Engine.all)
    func aDaemonStandsBack(engine: Engine) throws {
        try withScene(engine, repositorySettings: #","max_restore_bytes_per_sec":"2kb""#) { scene throws in
            #expect(try scene.run("create", "7").status == 0)
            for index in scene.firstPart + scene.secondPart { try engine.send(.delete, "/\(index)") }
            try withDaemon(scene, jobs: #"jobs: {steady: {schedule: "@every 2s"}}"#) { daemon throws in
                try daemon.process.wait { $0.errors.contains("steady") }
                let ending = try scene.run(["restore", "7"] + Self.go)
                #expect(ending.status == 0, "\(ending)")
                try daemon.process.wait { $0.errors.contains("the restore of 7 has succeeded") }
                try daemon.process.wait { _ in
                    ((try? daemon.send(.get, "/metrics").text) ?? "")
                        .contains(#"optimize_backup_restores_total{outcome="success"} 1"#)
                }
                let outcomes = try daemon.outcomes(of: "steady")
                #expect(outcomes["skipped"] ?? 0 > 0, "\(outcomes) \(daemon.process.errors)")
                try daemon.process.wait { _ in (try? daemon.outcomes(of: "steady")["success"] ?? 0) ?? 0 > 0 }
                let metrics = try daemon.send(.get, "/metrics").text
                #expect(metrics.contains("optimize_backup_restore_last_successful 1\n"), "\(metrics)")
                #expect(metrics.contains("optimize_backup_restore_in_progress 0\n"))
                #expect(daemon.stop() == 0)
            }
        }
    }
}

extension Scene {
    /// What a restore that may replace what stands finds, by the room itself, which is told how long to watch.
    fileprivate func plan(_ id: String, allowing version: String?, watching time: Duration) throws -> RestorePlan {
        let (url, name) = (engine.url, name)
        let result = try withEventLoop { loop -> Result<RestorePlan, BackupError> in
            let client = EngineClient(transport: CurlTransport(loop, .init(baseURL: url)), clock: loop, random: { 0 })
            let repository = BackupRepository(
                client: client,
                settings: .init(repositoryName: name, indexPrefix: name, createdBy: "tests", instance: "tests"))
            var request = RestoreRequest(try BackupID(id))
            request.replacesExisting = true
            request.optimizeVersion = version
            let settings = RestoreRun.Settings(by: "tests", process: "tests", isGone: { _ in false }, watchTime: time)
            do throws(BackupError) {
                return .success(try await RestoreRun(request, in: repository, settings: settings).plan())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
