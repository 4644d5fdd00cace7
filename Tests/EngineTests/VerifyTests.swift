import Glibc
import HTTP
import JSON
import TestSupport
import Testing
import Verification

/// Backups that are verified and brought back in drills, by the program and against real engines.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct VerifyTests {
    /// A drill is seen by nobody who asks as Optimize does, all the time, and leaves nothing.
    @Test(arguments: Engine.all)
    func aDrillIsSeenByNobody(engine: Engine) throws {
        try withOptimize(engine) { optimize throws in
            let scene = optimize.scene
            try engine.send(.put, "/\(optimize.indices[0])/_settings", #"{"index":{"auto_expand_replicas":"0-3"}}"#)
            // What a drill brings back matches it, and takes nothing from it.
            let template = "/_index_template/\(scene.name)"
            try engine.send(
                .put, template, #"{"index_patterns":["drill-*"],"priority":9,"template":{"aliases":{"seen":{}}}}"#)
            defer { _ = try? engine.send(.delete, template, expecting: nil) }
            #expect(try scene.run("create", "7").status == 0)
            try withTemporaryFolder { folder throws in
                let watcher = try ChildProcess(
                    ["python3", "-c", Self.watch, engine.url, scene.name], folder: folder)
                defer { watcher.stop() }
                try watcher.wait { $0.output.contains("watching") }
                let ending = try scene.run("verify", "7", "--drill", "-o", "json")
                #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
                let report = try JSONValue(text: ending.output)
                #expect(report["outcome"] == "success" && report["findings"] == [] && report["left"] == [])
                #expect(report["indices"]?.integer == Int64(optimize.indices.count))
                #expect(report["documents"] == .integer(Int64(optimize.count)))
                // The closed one tells nothing that could be compared.
                #expect(report["comparedIndices"]?.integer == Int64(optimize.indices.count - 1))
                #expect(watcher.output == "watching\n", "\(watcher.output)")
            }
            try expectNothingLeft(scene)
            try engine.send(.post, "/\(scene.name)-alert_v4/_open")
            try optimize.expectAsBefore()
            let show = try JSONValue(text: try scene.run("show", "7", "-o", "json").output)
            #expect(show["verificationKind"] == "drill" && show["verificationOutcome"] == "success")
            #expect(show["held"] == false)
            #expect(try scene.run("list").output.contains("proven "))
        }
    }

    /// Asks as Optimize does, and says what has changed.
    private static let watch = """
        import json, sys, urllib.request
        url, name = sys.argv[1:]
        def ask(target):
            with urllib.request.urlopen(url + target) as answer: return json.load(answer)
        def look():
            count = ask(f"/{name}-*/_count?ignore_unavailable=true")["count"]
            visible = [i for i in ask("/*/_alias?expand_wildcards=open") if i.startswith("drill-")]
            return json.dumps([sorted(ask(f"/{name}-*/_alias").items()), count, visible, sorted(ask("/_alias/seen*"))], sort_keys=True)
        first = look()
        print("watching", flush=True)
        while True:
            now = look()
            if now != first:
                print(now, flush=True)
                break
        """

    private func expectNothingLeft(_ scene: Scene) throws {
        let running = try JSONValue(text: try scene.run("markers", "-o", "json").output).array ?? []
        #expect(running.allSatisfy { $0["kind"] != "hold" }, "\(running)")
        #expect(try Self.drills(of: scene) == [])
    }

    /// The indices of drills that are there: no other test makes any.
    private static func drills(of scene: Scene) throws -> [String] {
        try scene.engine.send(.get, "/_alias?expand_wildcards=all").json.keys.filter { DrillName(ofIndex: $0) != nil }
    }

    /// What was damaged on disk, by hand: the look finds what it reads, a drill all of it.
    @Test(arguments: Engine.all)
    func damageIsFound(engine: Engine) throws {
        try withScene(engine) { scene throws in
            #expect(try scene.run("create", "7").status == 0)
            let part = "camunda_optimize_7_8.6.0_part_2_of_2"
            func expect(_ kind: String, _ arguments: String...) throws {
                let ending = try scene.run(["verify", "7", "-o", "json"] + arguments)
                let report = try JSONValue(text: ending.output)
                let kinds = report["findings"]?.array?.compactMap { $0["kind"]?.string } ?? []
                #expect(ending.status == 1 && kinds == [kind], "\(kind): \(ending)")
                #expect(report["outcome"] == "failed" && report["left"] == [])
            }
            #expect(try scene.run("verify", "7").status == 0)
            let details = try blob(of: part, in: scene)
            for damage in Damage.allCases {
                try inflict(damage, on: details)
                try expect("partUnreadable")
                _ = try run("rm", "-f", details)
                try heal(details)
            }
            // Of a shard: its list of files, and then a file, of which only a drill knows.
            let shard = try shardOfSnapshot(part, scene)
            try inflict(.missing, on: shard)
            try expect("partUnreadable")
            try heal(shard)
            let data = try #require(try dataFiles(beside: shard).first)
            for damage in [Damage.missing, .truncated] {
                try inflict(damage, on: data)
                #expect(try scene.run("verify", "7").status == 0)
                try expect("notRestored", "--drill")
                _ = try run("rm", "-f", data)
                try heal(data)
            }
            #expect(try scene.run("list").output.contains("damaged"))
            let proven = try scene.run("verify", "7", "--drill")
            #expect(proven.status == 0, "\(proven)")
            #expect(try Self.drills(of: scene) == [])
        }
    }

    /// The list of files of one shard of a snapshot.
    private func shardOfSnapshot(_ snapshot: String, _ scene: Scene) throws -> String {
        let uuid = try #require(try engineUUID(snapshot, scene))
        let found = try run("find", try folder(of: scene), "-mindepth", "2", "-name", "snap-\(uuid).dat").output
        return try #require(found.split(separator: "\n").first.map(String.init), "\(found)")
    }

    private func engineUUID(_ snapshot: String, _ scene: Scene) throws -> String? {
        try scene.engine.snapshots(scene.name)[snapshot]?["uuid"]?.string
    }

    /// OpenSearch 3 keeps them in another folder than the list.
    private func dataFiles(beside shard: String) throws -> [String] {
        let folder = shard.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
        let beside = try run("find", folder, "-name", "__*", "-size", "+0").output.split(separator: "\n").map(
            String.init)
        guard beside.isEmpty else { return beside.sorted() }
        // Of whatever shard: which is whose stands in the list.
        let repository = try #require(shard.split(separator: "/indices/").first.map(String.init))
        return try run("find", repository, "-name", "__*", "-size", "+0").output.split(separator: "\n").map(String.init)
            .sorted()
    }

    /// Documents that differ though as many writes have come as had when it was taken; what was written to since is told beside it.
    @Test(arguments: Engine.all)
    func countsAreCompared(engine: Engine) throws {
        try withScene(engine) { scene throws in
            let (index, other) = (scene.secondPart[2], scene.secondPart[1])
            try scene.addSnapshot("before", [:], of: [index])
            try engine.send(.put, "/\(index)/_doc/2?refresh=true", "{}", expecting: 201)
            #expect(try scene.run("create", "7").status == 0)
            // The same index with as many writes, of which one went elsewhere.
            try engine.send(.delete, "/\(index)")
            try engine.send(
                .post, "/_snapshot/\(scene.name)/before/_restore?wait_for_completion=true",
                #"{"indices":"\#(index)","include_global_state":false}"#)
            try engine.send(.put, "/\(index)/_doc/1?refresh=true", "{}")
            // Another, made anew with as many.
            try engine.send(.delete, "/\(other)")
            try engine.addIndex(other)
            try engine.send(.put, "/\(scene.secondPart[0])/_doc/2?refresh=true", "{}", expecting: 201)
            let ending = try scene.run("verify", "7", "--drill", "-o", "json")
            let report = try JSONValue(text: ending.output)
            #expect(ending.status == 1 && report["comparedIndices"] == 3, "\(ending)")
            let findings = report["findings"]?.array ?? []
            #expect(findings.map { $0["kind"]?.string } == ["countDiffers"])
            #expect(findings.first?["names"]?.strings == ["\(index): 2 came back, 1 live"], "\(findings)")
            #expect(report["remarks"]?.strings.first?.hasPrefix("2 indices changed since") == true, "\(ending)")
            #expect(try scene.run("verify", "8").status == 4)
        }
    }

    /// Refused before anything is begun: size, time, shards, disk.
    @Test(.onOneOfEachKind)
    func withoutRoomItIsRefused() throws {
        let port = freePort()
        try withTemporaryFolder { folder throws in
            let process = try PrivateEngine.start(port: port, folder: folder)
            defer { process.kill() }
            let engine = Engine(url: "http://127.0.0.1:\(port)")
            try withScene(engine) { scene throws in
                #expect(try scene.run("create", "7").status == 0)
                func expect(_ kind: String, changing changes: [String: String] = [:]) throws {
                    let ending = try scene.run(["verify", "7", "--drill", "-o", "json"], changing: changes)
                    let report = try JSONValue(text: ending.output)
                    #expect(ending.status == 5, "\(kind): \(ending)")
                    #expect(report["obstacles"]?.array?.compactMap { $0["kind"]?.string } == [kind], "\(ending)")
                    #expect(report["outcome"] == "skipped" && report["findings"] == [])
                    #expect(try Self.drills(of: scene) == [])
                }
                func set(_ setting: String, _ value: String) throws {
                    try engine.send(.put, "/_cluster/settings", #"{"persistent":{"\#(setting)":\#(value)}}"#)
                }
                try expect("size", changing: ["OPTIMIZE_BACKUP_VERIFY_MAXIMUM_SIZE": "1kb"])
                try set("indices.recovery.max_bytes_per_sec", #""100b""#)
                try expect("time", changing: ["OPTIMIZE_BACKUP_VERIFY_TIMEOUT": "60s"])
                try set("indices.recovery.max_bytes_per_sec", "null")
                let count = try engine.send(.get, "/_cluster/health").json["active_shards"]?.integer ?? 0
                try set("cluster.max_shards_per_node", "\(count + 5)")
                try expect("shards")
                try set("cluster.max_shards_per_node", "null")
                try set("cluster.routing.allocation.disk.threshold_enabled", "true")
                try set("cluster.routing.allocation.disk.watermark", #"{"low":"1%","high":"98%","flood_stage":"99%"}"#)
                try expect("disk")
                try set("cluster.routing.allocation.disk.watermark", #"{"low":null,"high":null,"flood_stage":null}"#)
                let ending = try scene.run("verify", "7", "--drill")
                #expect(ending.status == 0, "\(ending)")
            }
        }
    }

    /// Another engine, which has the repository read-only: nothing is ordered of Optimize's own but the markers.
    @Test(.onOneOfEachKind, arguments: Engine.all)
    func onAnotherEngine(engine: Engine) throws {
        let port = freePort()
        try withScene(engine) { scene throws in
            #expect(try scene.run("create", "7").status == 0)
            try engine.send(.put, "/\(scene.name)-*/_settings", #"{"index.blocks.read_only":true}"#)
            defer { _ = try? engine.send(.put, "/\(scene.name)-*/_settings", #"{"index.blocks.read_only":null}"#) }
            let path = try folder(of: scene).split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
            try withTemporaryFolder { folder throws in
                let process = try PrivateEngine.start(port: port, folder: folder, arguments: ["path.repo=\(path)"])
                defer { process.kill() }
                let other = Engine(url: "http://127.0.0.1:\(port)")
                let changes = [
                    "OPTIMIZE_BACKUP_VERIFY_ENGINE_URLS": other.url, "OPTIMIZE_BACKUP_VERIFY_REPOSITORY_NAME": "there",
                ]
                func register(_ settings: String) throws {
                    try other.send(
                        .put, "/_snapshot/there", #"{"type":"fs","settings":{"location":"\#(scene.name)"\#(settings)}}"#
                    )
                }
                try register("")
                let warned = try JSONValue(
                    text: try scene.run(["verify", "7", "--drill", "-o", "json"], changing: changes).output)
                #expect(warned["remarks"]?.strings.first?.contains("is not registered read-only") == true, "\(warned)")
                try register(#","readonly":true"#)
                let ending = try scene.run(["verify", "7", "--drill", "-o", "json"], changing: changes)
                #expect(ending.status == 0, "\(ending)")
                let report = try JSONValue(text: ending.output)
                #expect(report["comparedIndices"] == 5 && report["remarks"] == [], "\(ending)")
                // It was there that something had come and gone.
                let states = try other.send(.get, "/_alias?expand_wildcards=all").json.keys
                #expect(!states.contains { $0.hasPrefix("drill-") }, "\(states)")
                process.kill()
                let refused = try scene.run(["verify", "7", "--drill"], changing: changes)
                #expect(refused.status == 69, "\(refused)")
            }
        }
    }

    /// kill -9 at any moment: the next drill, or the next start of the daemon, removes what is left.
    @Test(.onOneOfEachKind, arguments: Engine.all)
    func whatAKilledDrillLeavesIsSwept(engine: Engine) throws {
        try withOptimize(engine, repositorySettings: #","max_restore_bytes_per_sec":"50kb""#) { optimize throws in
            let scene = optimize.scene
            #expect(try scene.run("create", "7").status == 0)
            for round in 0..<Self.rounds * 2 {
                try withTemporaryFolder { folder throws in
                    let process = try scene.start(["verify", "7", "--drill"], in: folder)
                    // The last is surely killed while something comes back.
                    if round % 2 == 1 {
                        try process.wait { _ in (try? Self.drills(of: scene).isEmpty) == false }
                    } else {
                        usleep(UInt32.random(in: 200_000...3_000_000))
                    }
                    process.signal(SIGKILL)
                    process.wait()
                }
                let wasHeld = try JSONValue(text: try scene.run("show", "7", "-o", "json").output)["held"]
                if round % 2 == 1 {
                    #expect(wasHeld == true)
                    try withDaemon(scene) { daemon throws in
                        try daemon.process.wait { $0.errors.contains("removed what a drill had left") }
                        #expect(try Self.drills(of: scene) == [])
                        #expect(daemon.stop() == 0)
                    }
                }
                let ending = try scene.run("verify", "7", "--drill")
                #expect(ending.status == 0, "\(round): \(ending)")
                #expect(try Self.drills(of: scene) == [])
            }
            let reports = try JSONValue(text: try scene.run("markers", "-o", "json").output).array ?? []
            #expect(reports.contains { $0["reason"]?.string?.contains("interrupted") == true }, "\(reports)")
            try engine.send(.post, "/\(scene.name)-alert_v4/_open")
            try optimize.expectAsBefore()
        }
    }

    /// How often what is random is tried.
    private static let rounds = ownEnvironment()["OPTIMIZE_BACKUP_TEST_ROUNDS"].flatMap { Int($0) } ?? 1

    /// By its schedule and by the API: reported, counted, and a bad verdict brings the job down.
    @Test(.onOneOfEachKind, arguments: Engine.all)
    func aDaemonDrills(engine: Engine) throws {
        try withScene(engine) { scene throws in
            let jobs = """
                jobs: {nightly: {schedule: "0 0 1 1 *", verify: {schedule: "@every 4s", drill: true}}}
                """
            try withDaemon(scene, jobs: jobs) { daemon throws in
                #expect(try daemon.send(.post, "/actuator/jobs/nightly/run").status == 202)
                try daemon.process.wait { $0.errors.contains("the restore drill succeeded") }
                let metrics = try daemon.send(.get, "/metrics").text
                #expect(
                    metrics.contains(
                        #"optimize_backup_verification_runs_total{backup_job="nightly",kind="drill",outcome="success"} "#
                    ))
                try daemon.process.wait { _ in
                    (try? daemon.send(.get, "/metrics").text)?.contains(
                        #"optimize_backup_verification_last_success_timestamp_seconds{backup_job="nightly",kind="drill"} "#
                    )
                        == true
                }
                let id = try #require(try JSONValue(text: try scene.run("list", "-o", "json").output).array?.first)
                let backup = try #require(id["backupId"]?.integer)
                #expect(try daemon.send(.post, "/actuator/backups/1/verify").status == 404)
                #expect(try daemon.send(.post, "/actuator/backups/\(backup)/verify", #"{"drill":1}"#).status == 400)
                #expect(try daemon.send(.post, "/actuator/backups/\(backup)/verify").status == 202)
                try daemon.process.wait { $0.errors.contains("the verification succeeded") }
                // A file goes that only a drill reads.
                for folder in try shardFolders(of: scene) {
                    _ = try run("sh", "-c", "rm -f \(folder)/__*")
                }
                try daemon.process.wait { $0.errors.contains("can't be relied on") }
                try daemon.process.wait { _ in
                    (try? daemon.send(.get, "/actuator/health").text)?.contains("can't be relied on") == true
                }
                #expect(try daemon.send(.get, "/actuator/health").status == 503)
                #expect(daemon.stop() == 0)
            }
            #expect(try Self.drills(of: scene) == [])
        }
    }
}
