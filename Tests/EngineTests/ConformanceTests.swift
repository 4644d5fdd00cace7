import Engines
import Glibc
import HTTP
import HTTPClient
import JSON
import TestSupport
import Testing

/// The very expectations that the simulated engine is held to.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ConformanceTests {
    @Test(arguments: Engine.all)
    func answersAsRecorded(engine: Engine) throws {
        let kind = try kind(of: engine)
        let name = "conformance-\(UInt32.random(in: 0 ... .max))"
        let problems = try withEventLoop { loop in
            let transport = CurlTransport(loop, .init(baseURL: engine.url))
            return try await Conformance(transport, kind, name: name).problems()
        }
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }

    @Test(arguments: Engine.all)
    func aRepositoryInUseStays(engine: Engine) throws {
        let conflicts = try kind(of: engine).has(.busyRepositoriesConflict)
        try withScene(engine, repositorySettings: #","max_snapshot_bytes_per_sec":"20kb""#) { scene throws in
            try addText(engine, scene.firstPart[0], pieces: 1)
            try engine.send(.put, "/_snapshot/\(scene.name)/slow", #"{"indices":["\#(scene.firstPart[0])"]}"#)
            let answer = try engine.send(.delete, "/_snapshot/\(scene.name)", expecting: conflicts ? 409 : 500)
            let type = conflicts ? "repository_conflict_exception" : "illegal_state_exception"
            #expect(answer.json["error"]?["type"] == .string(type))
        }
    }

    @Test(arguments: Engine.all)
    func whatCantBeReadIsToldAsRecorded(engine: Engine) throws {
        let isInformation = try kind(of: engine).has(.unreadableDetailsAreInformation)
        try withScene(engine) { scene throws in
            try scene.addSnapshot("one", [:])
            try inflict(.truncated, on: try blob(of: "one", in: scene))
            let answer = try engine.send(.get, "/_snapshot/\(scene.name)/one", expecting: 500)
            #expect(answer.json["error"]?["type"] == "snapshot_exception")
            let words = isInformation ? "failed to get snapshot info" : "failed to get snapshots"
            #expect(answer.json["error"]?["reason"]?.string?.contains(words) == true, "\(answer.json)")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "mounts a file system, which needs root"), arguments: Engine.all)
    func aFullStorageIsToldAsRecorded(engine: Engine) throws {
        let kind = try kind(of: engine)
        try withSmallRepository(engine) { scene, folder throws in
            try scene.addSnapshot("one", [:])
            _ = try run("sh", "-c", "cat /dev/zero > '\(folder)/filler'")
            let answer = try engine.send(.delete, "/_snapshot/\(scene.name)/one", expecting: 500)
            let failure = answer.json["error"]
            let hasClosed = !kind.has(.fullStorageFailsToClose)
            #expect(failure?["type"] == (hasClosed ? "i_o_exception" : "illegal_state_exception"), "\(answer.json)")
            let cause = hasClosed ? failure : failure?["caused_by"]
            #expect(cause?["reason"] == "No space left on device", "\(answer.json)")
            let node = kind.has(.clusterManager) ? "cluster-manager" : "master"
            let verification = try engine.send(.post, "/_snapshot/\(scene.name)/_verify", expecting: 500)
            let reason = verification.json["error"]?["reason"]?.string
            #expect(reason?.contains("is not accessible on \(node) node") == true, "\(verification.json)")
        }
    }

    /// So many orders at once that the master does not get to most of them within a millisecond.
    @Test(arguments: Engine.all)
    func whatTheMasterDoesNotGetToIsToldAsRecorded(engine: Engine) throws {
        let status = try kind(of: engine).has(.masterTimeOutsAreTooManyRequests) ? 429 : 503
        try withScene(engine) { scene throws in
            let (url, name) = (engine.url, scene.name)
            let answers = try withEventLoop { loop in
                let transport = CurlTransport(loop, .init(baseURL: url))
                return try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
                    for number in 0..<200 {
                        let request = HTTPRequest(
                            .put, "/_snapshot/\(name)/order-\(number)?master_timeout=1ms",
                            fields: ["Content-Type": "application/json"], body: Array(#"{"indices":"-*"}"#.utf8))
                        group.addTask { try await transport.send(request, timeout: .seconds(60)) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }
            let failed = answers.filter { $0.status != 200 }
            #expect(!failed.isEmpty)
            for answer in failed {
                let type = JSONValue(answer.body)?["error"]?["type"]?.string
                #expect(answer.status == status && type == "process_cluster_event_timeout_exception", "\(answer)")
            }
        }
    }

    @Test(arguments: Engine.all)
    func aStatusOfManyShardsIsToldAsRecorded(engine: Engine) throws {
        let isCapped = try kind(of: engine).has(.progressIsCapped)
        let setting = "snapshot.max_shards_allowed_in_status_api"
        try withScene(engine) { scene throws in
            try scene.addSnapshot("one", [:], of: scene.firstPart + scene.secondPart)
            func allow(_ count: String) throws -> Engine.Answer {
                try engine.send(
                    .put, "/_cluster/settings", #"{"transient":{"\#(setting)":\#(count)}}"#, expecting: nil)
            }
            #expect(try allow("1").status == (isCapped ? 200 : 400))
            defer { _ = try? allow("null") }
            let answer = try engine.send(
                .get, "/_snapshot/\(scene.name)/one/_status", expecting: isCapped ? 429 : 200)
            #expect(answer.json["error"]?["type"] == (isCapped ? "circuit_breaking_exception" : nil))
            #expect(answer.json["error"]?["durability"] == (isCapped ? "PERMANENT" : nil))
        }
    }

    @Test(arguments: Engine.all)
    func aSnapshotTellsItsVersionAsRecorded(engine: Engine) throws {
        let kind = try kind(of: engine)
        try withScene(engine) { scene throws in
            try scene.addSnapshot("one", [:])
            let snapshot = try engine.send(.get, "/_snapshot/\(scene.name)/one").json["snapshots"]?.array?.first
            let version = try #require(snapshot?["version"]?.string)
            #expect(version.contains("-") == kind.has(.snapshotVersionsAreRanges), "\(version)")
            guard snapshot?["version_id"] == .integer(kind.release.id) else { return }
            #expect(version == kind.release.ofSnapshots)
        }
    }

    @Test(arguments: Engine.all)
    func aRestoreUnderWayIsToldAsRecorded(engine: Engine) throws {
        let conflict = try kind(of: engine) == .opensearch3 ? 409 : 503
        try withScene(engine, repositorySettings: #","max_restore_bytes_per_sec":"20kb""#) { scene throws in
            let (index, copy) = (scene.firstPart[0], "copy-\(scene.firstPart[0])")
            try addText(engine, index, pieces: 1)
            try scene.addSnapshot("one", [:], of: [index])
            defer { _ = try? engine.send(.delete, "/\(copy)", expecting: nil) }
            let body = #"{"indices":["\#(index)"],"rename_pattern":"^.{0}(.*)$","rename_replacement":"copy-$1"}"#
            try engine.send(.post, "/_snapshot/\(scene.name)/one/_restore", body)
            let table = "/_cluster/state/routing_table/\(copy)"
            let shard = try engine.send(.get, table).json["routing_table"]?["indices"]?[copy]?["shards"]?["0"]?.array?
                .first
            #expect(["INITIALIZING", "UNASSIGNED"].contains(shard?["state"]), "\(shard ?? .null)")
            #expect(shard?["unassigned_info"]?["reason"] == "NEW_INDEX_RESTORED")
            #expect(
                shard?["unassigned_info"]?["details"]?.string?.contains("restore_source[\(scene.name)/one]") == true)
            let search = try engine.send(.get, "/\(copy)/_search", expecting: 503)
            #expect(search.json["error"]?["type"] == "search_phase_execution_exception")
            let close = try engine.send(.post, "/\(copy)/_close", expecting: 400)
            #expect(close.json["error"]?["reason"]?.string?.contains("being restored") == true, "\(close.json)")
            let deletion = try engine.send(.delete, "/_snapshot/\(scene.name)/one", expecting: conflict)
            #expect(deletion.json["error"]?["type"] == "concurrent_snapshot_execution_exception")
        }
    }

    /// The engine's kind, which has to be one that is known.
    private func kind(of engine: Engine) throws -> EngineKind {
        let version = try engine.send(.get, "/").json["version"]
        let distribution = EngineDistribution(told: version?["distribution"]?.string)
        let number = try #require(version?["number"]?.string)
        let kind = EngineKind(distribution, version: number)
        try #require(kind.isKnown, "\(distribution.name) \(number) has no row in Sources/Engines")
        return kind
    }
}
