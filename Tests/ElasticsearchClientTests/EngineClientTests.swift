import Engines
import HTTP
import JSON
import Synchronization
import Testing
import Time

@testable import ElasticsearchClient

@Suite(.timeLimit(.minutes(10)))
struct EngineClientTests {
    @Test func tellsElasticsearchFromOpenSearch() async throws {
        let client = makeClient(
            ScriptedTransport(
                .json(
                    200,
                    #"{"cluster_name":"c","cluster_uuid":"u","version":{"number":"7.17.29","build_flavor":"default"}}"#),
                .json(
                    200,
                    #"{"cluster_name":"c","cluster_uuid":"u","version":{"distribution":"opensearch","number":"2.19.1"}}"#
                )))
        let first = try await client.describe()
        #expect(
            first
                == EngineDescription(
                    distribution: .elasticsearch, version: "7.17.29", clusterName: "c", clusterUUID: "u"))
        #expect(try await client.describe().distribution == .opensearch)
    }

    @Test func aClusterThatHasNotFormedIsNone() async {
        let client = makeClient(
            ScriptedTransport(.json(200, #"{"cluster_name":"c","cluster_uuid":"_na_","version":{"number":"8.0.0"}}"#)))
        let error = await #expect(throws: EngineError.self) { try await client.describe() }
        #expect(error?.code == .overloaded)
    }

    @Test func anUnknownMajorIsWarnedOf() {
        func words(_ version: String) -> String? {
            EngineDescription(distribution: .opensearch, version: version, clusterName: "c", clusterUUID: "u")
                .wordsOnUnknownKind
        }
        #expect(words("3.6.0") == nil)
        #expect(
            words("4.1.0")
                == "OpenSearch 4.1.0 is not known to this program, which knows Elasticsearch 7, Elasticsearch 8, Elasticsearch 9, "
                + "OpenSearch 2, OpenSearch 3 and treats it as OpenSearch 3: try create, list, delete and a restore before you "
                + "rely on it")
    }

    @Test func anEmptyListOfIndicesIsNeverSent() async {
        let transport = ScriptedTransport(.json(200, "{}"))
        let order = SnapshotOrder(name: "s", indices: [], metadata: .null, engine: .elasticsearch8)
        await #expect(throws: EngineError.self) { try await makeClient(transport).createSnapshot(order, in: "r") }
        #expect(transport.requests.isEmpty)
    }

    @Test(arguments: [[], [""], ["a*"], ["*"], ["_all"], ["a", "b*"]])
    func aWildcardIsNeverDeleted(names: [String]) async {
        let transport = ScriptedTransport(.json(200, "{}"))
        await #expect(throws: EngineError.self) { try await makeClient(transport).deleteSnapshots(names, in: "r") }
        #expect(transport.requests.isEmpty)
    }

    @Test(arguments: [
        (
            EngineKind.elasticsearch8,
            #"{"feature_states":["none"],"include_global_state":false,"indices":["b","a"],"metadata":{"k":"v"}}"#
        ),
        (.opensearch2, #"{"include_global_state":false,"indices":["b","a"],"metadata":{"k":"v"}}"#),
    ])
    func ordersASnapshot(engine: EngineKind, body: String) async throws {
        let transport = ScriptedTransport(.json(200, #"{"accepted":true}"#))
        let order = SnapshotOrder(
            name: "camunda_optimize_a+b_8.6.0_part_1_of_2", indices: ["b", "a"], metadata: .object(["k": .string("v")]),
            engine: engine)
        try await makeClient(transport).createSnapshot(order, in: "my repo")
        let request = try #require(transport.requests.first)
        #expect(request.method == .put)
        #expect(
            request.target
                == "/_snapshot/my%20repo/camunda_optimize_a%2Bb_8.6.0_part_1_of_2?wait_for_completion=false&master_timeout=25000ms"
        )
        #expect(String(decoding: request.body, as: UTF8.self) == body)
        #expect(request.fields["content-type"] == "application/json")
    }

    @Test func deletesWaitLonger() async throws {
        let transport = ScriptedTransport(.json(200, #"{"acknowledged":true}"#))
        try await makeClient(transport).deleteSnapshots(["a", "b"], in: "r")
        #expect(transport.requests.map(\.target) == ["/_snapshot/r/a,b?master_timeout=25000ms"])
        #expect(transport.timeouts == [.seconds(3600)])
    }

    @Test func aMissingRepositoryIsNotAnEmptyOne() async {
        let client = makeClient(
            ScriptedTransport(
                .json(
                    200,
                    #"{"snapshots":[],"failures":{"r":{"type":"repository_missing_exception","reason":"[r] missing"}},"total":0,"remaining":0}"#
                )))
        let error = await #expect(throws: EngineError.self) { try await client.entries(in: "r", matching: ["a*"]) }
        #expect(error?.code == .repositoryMissing)
    }

    /// With a filter, an empty list leaves no trace in the answer.
    @Test func noMatchIsAnEmptyList() async throws {
        let transport = ScriptedTransport(.json(200, "{}"))
        #expect(try await makeClient(transport).entries(in: "r", matching: ["a*", "b*"]).isEmpty)
        #expect(
            transport.requests.first?.target
                == "/_snapshot/r/a*,b*?verbose=false&ignore_unavailable=true"
                + "&filter_path=snapshots.snapshot,snapshots.uuid,snapshots.state,failures&master_timeout=25000ms")
    }

    /// An error is never absence: what is no list is not an empty one.
    @Test(arguments: [
        #"{"snapshots":{}}"#, #"{"snapshots":"none"}"#, #"{"snapshots":0}"#, #"{"snapshots":[],"failures":[]}"#, "[]",
        "1",
        #"{"snapshots":[{"uuid":"u"}]}"#, #"{"snapshots":[1]}"#, #"{"snapshots":["#,
    ])
    func whatIsNoListIsNotEmpty(body: String) async {
        let error = await #expect(throws: EngineError.self) {
            try await makeClient(ScriptedTransport(.json(200, body))).readableSnapshots(["a"], in: "r")
        }
        #expect(error?.code == .unexpectedAnswer)
    }

    /// An error is never absence: a snapshot whose blob is gone is called missing, too, but for a reason.
    @Test(arguments: [
        (404, "snapshot_missing_exception", "", EngineError.Code.snapshotMissing),
        (
            404, "snapshot_missing_exception", #","caused_by":{"type":"no_such_file_exception","reason":"snap-u.dat"}"#,
            .snapshotUnreadable
        ),
        (
            404, "snapshot_missing_exception",
            #","caused_by":{"type":"s3_exception","reason":"The specified bucket does not exist"}"#, .snapshotUnreadable
        ),
        (500, "snapshot_exception", #","caused_by":{"type":"corrupt_state_exception","reason":"x"}"#, .failed),
    ])
    func whatCannotBeReadIsNotMissing(status: Int, type: String, cause: String, code: EngineError.Code) async {
        let body = #"{"error":{"type":"\#(type)","reason":"[r:s] is missing"\#(cause)},"status":\#(status)}"#
        let client = makeClient(ScriptedTransport(.json(status, body)))
        let error = await #expect(throws: EngineError.self) { try await client.snapshot("s", in: "r") }
        #expect(error?.code == code)
    }

    @Test func readsASnapshot() async throws {
        let client = makeClient(
            ScriptedTransport(
                .json(
                    200,
                    #"{"snapshots":[{"snapshot":"s","uuid":"u","version_id":1,"indices":["a"],"metadata":{"n":1,"t":true,"l":[null,1.5]},"state":"PARTIAL","start_time_in_millis":1795438252266,"end_time_in_millis":0,"failures":[{"index":"a","shard_id":0,"reason":"broken","status":"INTERNAL_SERVER_ERROR"}]}]}"#
                )))
        let snapshot = try await client.snapshot("s", in: "r")
        #expect(
            snapshot
                == Snapshot(
                    name: "s", uuid: "u", state: .partial, indices: ["a"],
                    metadata: .object(["n": .integer(1), "t": .boolean(true), "l": .array([.null, .number(1.5)])]),
                    startTime: Instant(millisecondsSinceEpoch: 1_795_438_252_266), failures: ["[a][0] broken"]))
    }

    @Test func repeatsAReadWhileWaitingMayHelp() async throws {
        let seen = Mutex([String]())
        let client = makeClient(
            ScriptedTransport(
                .error(.timedOut), .json(503, "{}"), .json(429, "{}"), .json(200, #"{"snapshots":[]}"#))
        ) { event in seen.withLock { $0.append(text(of: event)) } }
        #expect(try await client.entries(in: "r", matching: ["a*"]).isEmpty)
        let exchanges = seen.withLock { $0.filter { $0.hasPrefix("GET ") } }
        #expect(exchanges.count == 4 && exchanges.first?.hasSuffix(": no answer in 0 ms, 0 bytes") == true)
        #expect(exchanges.last?.hasSuffix(": 200 in 0 ms, 16 bytes") == true, "\(exchanges)")
        #expect(
            seen.withLock { $0.filter { !$0.hasPrefix("GET ") } } == [
                "snapshot.get noAnswer", "again after noAnswer", "snapshot.get overloaded", "again after overloaded",
                "snapshot.get turnedAway", "again after turnedAway", "snapshot.get success",
            ])
    }

    @Test func givesUpAReadWhenThePatienceIsOver() async {
        let clock = SleepingClock()
        let client = makeClient(ScriptedTransport(), clock: clock)
        let error = await #expect(throws: EngineError.self) { try await client.entries(in: "r", matching: ["a*"]) }
        #expect(error?.code == .unreachable)
        #expect(clock.uptime() >= .seconds(110) && clock.uptime() <= .seconds(120))
    }

    @Test func whatWaitingCannotCureIsNotRepeated() async {
        let transport = ScriptedTransport(.json(403, "{}"), .json(200, "{}"))
        await #expect(throws: EngineError.self) { try await makeClient(transport).entries(in: "r", matching: ["a*"]) }
        #expect(transport.requests.count == 1)
    }

    @Test func theFirstContactIsNotRepeated() async {
        let transport = ScriptedTransport(.error(.refused))
        await #expect(throws: EngineError.self) { try await makeClient(transport).describe() }
        #expect(transport.requests.count == 1)
    }
}

private func text(of event: EngineEvent) -> String {
    switch event {
    case .ended(let operation, let error, _): "\(operation.rawValue) \(error?.rawValue ?? "success")"
    case .exchanged(let exchange): exchange.words
    case .retrying(_, let error, _): "again after \(error.code.rawValue)"
    case .keyNotRenewed: event.warning ?? ""
    }
}
