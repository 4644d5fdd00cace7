import Engines
import HTTP
import JSON
import SimulatedEngine
import Testing
import Time

/// What the program's user is shown of the engine, and when.
@Suite(.timeLimit(.minutes(10)))
struct ViewTests {
    @Test(arguments: EngineKind.allCases)
    func listingsAreEmptyForAWhile(kind: EngineKind) {
        var engine = Asking(kind)
        _ = engine.create("one")
        engine.state.emptyListings = 2
        #expect(engine.list("one").names == ["one"])
        for query in ["", "?verbose=false"] {
            let empty = engine.list("*", query)
            #expect(empty.status == (kind.has(.emptyMatchesAreNoError) ? 200 : 404))
            #expect(empty.names.isEmpty)
        }
        #expect(engine.list("*").names == ["one"])
        #expect(engine.state.emptyListings == 0)
    }

    @Test(arguments: EngineKind.allCases)
    func theClockThatIsAheadIsTold(kind: EngineKind) {
        var engine = Asking(kind)
        _ = engine.create("before")
        engine.state.clockOffset = .seconds(3_600)
        _ = engine.create("after")
        let health = engine.call(.get, "/_cat/health?h=epoch&format=json")
        #expect(health.json == [["epoch": "1800003600"]])
        let times = (engine.list("_all").json["snapshots"]?.array ?? []).compactMap {
            $0["start_time_in_millis"]?.integer
        }
        #expect(Set(times) == [1_800_000_000_000, 1_800_003_600_000])
        let after = engine.list("after").json["snapshots"]?.array?.first
        #expect(after?["end_time_in_millis"] == 1_800_003_600_000)
        #expect(engine.call(.get, "/_cat/health?h=epoch").status == 200)
    }

    @Test(arguments: EngineKind.allCases)
    func hiddenIndicesAreLeftOut(kind: EngineKind) {
        var engine = Asking(kind)
        for name in ["p-seen", "p-hidden"] {
            _ = engine.call(.put, "/\(name)", #"{"aliases":{"p":{}}}"#)
            _ = engine.call(.put, "/\(name)/_doc/1", #"{"from":"\#(name)"}"#)
        }
        engine.state.hiddenIndices = ["p-hidden"]
        #expect(engine.call(.get, "/p-*/_alias?expand_wildcards=all").json.keys == ["p-seen"])
        #expect(engine.call(.get, "/p-*?expand_wildcards=all").json.keys == ["p-seen"])
        #expect(engine.call(.get, "/p/_search").json["hits"]?["hits"]?.array?.count == 1)
        #expect(engine.call(.get, "/p-h*/_search").json["hits"]?["hits"]?.array?.isEmpty == true)
        let refusal = engine.call(.get, "/p-hidden/_search")
        #expect(refusal.status == 403 && refusal.words.contains("security_exception"))
        let health = engine.call(.get, "/_cluster/health/p-*?level=indices&filter_path=indices.*.status")
        #expect(health.json["indices"]?.keys == ["p-hidden", "p-seen"])
        // A snapshot is the cluster's work, which sees them all.
        let order = #"{"indices":["p-*"]}"#
        #expect(engine.call(.put, "/_snapshot/backups/all", order).status == 200)
        #expect(engine.list("all").json["snapshots"]?.array?.first?["indices"] == ["p-hidden", "p-seen"])
    }

    @Test(arguments: [
        ("cluster:monitor/health", "/_cat/health"), ("cluster:monitor/health", "/_cluster/health"),
        ("cluster:admin/snapshot/get", "/_snapshot/backups/*"), ("cluster:admin/repository/get", "/_snapshot/backups"),
        ("indices:admin/aliases/get", "/a/_alias"), ("cluster:monitor/main", "/"),
    ])
    func whatIsDeniedIsRefused(action: String, target: String) {
        var engine = Asking(.opensearch2)
        _ = engine.create("one")
        #expect(engine.call(.get, target).status == 200)
        engine.state.deniedActions = [action]
        let refusal = engine.call(.get, target)
        #expect(refusal.status == 403)
        #expect(refusal.json["error"]?["type"] == "security_exception")
        #expect(refusal.json["error"]?["reason"] == .string("no permissions for [\(action)] and User [name=backup]"))
    }

    @Test func verificationCanBeDenied() {
        var engine = Asking(.elasticsearch8)
        engine.state.deniedActions = ["cluster:admin/repository/verify"]
        #expect(engine.call(.post, "/_snapshot/backups/_verify").status == 403)
        #expect(engine.call(.get, "/_snapshot/backups").status == 200)
    }

    /// Documents stand in the order of their ids, so that a run is the same each time.
    @Test func searchesAreInOrder() {
        var engine = Asking(.elasticsearch8)
        for id in ["3", "1", "2"] { _ = engine.call(.put, "/a/_doc/\(id)", #"{"id":\#(id)}"#) }
        let answer = engine.call(.get, "/a/_search?size=2&_source=id&filter_path=hits.hits._source")
        #expect(answer.json == ["hits": ["hits": [["_source": ["id": 1]], ["_source": ["id": 2]]]]])
    }
}
