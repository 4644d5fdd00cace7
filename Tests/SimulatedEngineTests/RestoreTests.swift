import Engines
import HTTP
import JSON
import SimulatedEngine
import Testing
import Time

/// What time, or a crash, does to a restore that nobody waits for.
@Suite(.timeLimit(.minutes(10)))
struct RestoreTests {
    private static let table = "/_cluster/state/routing_table/b"

    private func shard(_ engine: inout Asking) -> JSONValue? {
        engine.call(.get, Self.table).json["routing_table"]?["indices"]?["b"]?["shards"]?["0"]?.array?.first
    }

    /// An engine that brings `a` back as `b` for ten seconds.
    private func restoring(_ kind: EngineKind) -> Asking {
        var engine = Asking(kind)
        _ = engine.call(.put, "/a/_doc/1", #"{"n":1}"#)
        _ = engine.create("one")
        engine.state.nextRestore = .seconds(10)
        engine.pass(.seconds(60))
        let body = #"{"indices":["a"],"rename_pattern":"^.{1}(.*)$","rename_replacement":"b$1"}"#
        #expect(engine.call(.post, "/_snapshot/backups/one/_restore", body).json == ["accepted": true])
        return engine
    }

    @Test(arguments: EngineKind.allCases)
    func itTakesItsTime(kind: EngineKind) {
        var engine = restoring(kind)
        #expect(shard(&engine)?["state"] == "INITIALIZING")
        #expect(shard(&engine)?["unassigned_info"]?["reason"] == "NEW_INDEX_RESTORED")
        #expect(shard(&engine)?["unassigned_info"]?["details"] == "restore_source[backups/one]")
        #expect(engine.call(.get, "/_cluster/health/b").json["status"] == "yellow")
        #expect(engine.call(.get, "/b/_search").status == 503)
        #expect(engine.call(.get, "/b/_stats/docs").json["indices"]?.keys == [])
        let recovery = engine.call(.get, "/b/_recovery").json["b"]?["shards"]?.array?.first
        #expect(recovery?["type"] == "SNAPSHOT" && recovery?["stage"] == "INDEX")
        #expect(engine.call(.post, "/b/_close").words.contains("being restored"))
        let deletion = engine.call(.delete, "/_snapshot/backups/one")
        #expect(deletion.words.contains("concurrent_snapshot_execution_exception"))
        engine.pass(.seconds(10))
        #expect(shard(&engine)?["state"] == "STARTED")
        #expect(engine.call(.get, "/b/_count").json["count"] == 1)
        let dates = engine.call(.get, "/*/_settings/index.creation_date").json
        #expect(dates["a"] == dates["b"] && dates["b"] != nil)
        #expect(engine.call(.delete, "/_snapshot/backups/one").status == 200)
    }

    @Test(arguments: EngineKind.allCases)
    func aCrashLeavesItRed(kind: EngineKind) {
        var engine = restoring(kind)
        engine.pass(.seconds(2))
        engine.state.restart()
        #expect(shard(&engine)?["state"] == "UNASSIGNED")
        #expect(shard(&engine)?["unassigned_info"]?["reason"] == "CLUSTER_RECOVERED")
        #expect(engine.call(.get, "/_cluster/health/b").json["status"] == "red")
        #expect(engine.call(.get, "/b/_recovery").json == [:])
        let body = #"{"indices":["a"],"rename_pattern":"^.{1}(.*)$","rename_replacement":"b$1"}"#
        let refusal = engine.call(.post, "/_snapshot/backups/one/_restore", body)
        #expect(refusal.status == 500 && refusal.words.contains("open index"))
        #expect(engine.call(.post, "/b/_close").status == 200)
        #expect(engine.call(.post, "/_snapshot/backups/one/_restore", body).status == 200)
        #expect(shard(&engine)?["unassigned_info"]?["reason"] == "EXISTING_INDEX_RESTORED")
        engine.pass(.seconds(10))
        #expect(engine.call(.get, "/b/_count").json["count"] == 1)
    }

    /// A snapshot waits for what comes out of another.
    @Test func aSnapshotWaitsForIt() {
        var engine = restoring(.elasticsearch8)
        _ = engine.call(.put, "/_snapshot/backups/two", #"{"indices":["b"]}"#)
        engine.pass(.seconds(9))
        #expect(engine.list("two").json["snapshots"]?.array?.first?["state"] == "IN_PROGRESS")
        #expect(engine.call(.get, "/_snapshot/_status").json["snapshots"]?.array?.count == 1)
        engine.pass(.seconds(1))
        #expect(engine.list("two").json["snapshots"]?.array?.first?["state"] == "SUCCESS")
    }
}
