internal import Engines
internal import HTTP
internal import JSON

extension Conformance {
    /// The calls that are made, each with a body that would do no harm.
    private static let calls: [(method: HTTPRequest.Method, target: String, body: String)] = [
        (.get, "/", ""),
        (.get, "/_snapshot", ""),
        (.get, "/_snapshot/$N", ""),
        (.put, "/_snapshot/$N", #"{"type":"fs","settings":{"location":"$N"}}"#),
        (.delete, "/_snapshot/$N-nope", ""),
        (.post, "/_snapshot/$N/_verify", ""),
        (.get, "/_snapshot/$N/one", ""),
        (.get, "/_snapshot/$N/one/_status", ""),
        (.put, "/_snapshot/$N/late", #"{"indices":"-*"}"#),
        (.delete, "/_snapshot/$N/nope*", ""),
        (.post, "/_snapshot/$N/nope/_restore", "{}"),
        (.get, "/_cluster/health/$N-*", ""),
        (.get, "/_cat/health", ""),
        (.get, "/_cluster/settings", ""),
        (.get, "/_nodes/stats/fs", ""),
        (.get, "/_cluster/state/routing_table/$N-*", ""),
        (.get, "/_snapshot/_status", ""),
        (.get, "/$N-*/_recovery", ""),
        (.get, "/$N-*/_stats/docs", ""),
        (.post, "/$N-nope/_close", ""),
        (.get, "/$N-*/_alias", ""),
        (.get, "/$N-*", ""),
        (.get, "/$N-metadata/_search", ""),
        (.get, "/$N-metadata/_count", ""),
        (.put, "/$N-late_v1", "{}"),
        (.delete, "/$N-nope", ""),
    ]

    /// A parameter that no engine knows, and those that only some know.
    static let parameters: [Step] =
        calls.map { call in
            all(
                call.method, call.target + "?foo=1", body: call.body, 400, type: "illegal_argument_exception",
                reason: "request [\(call.target)] contains unrecognized parameter: [foo]")
        } + [
            all(
                .get, "/_snapshot/$N/one?foo=1&bar=2", 400, type: "illegal_argument_exception",
                reason: "request [/_snapshot/$N/one] contains unrecognized parameters: [bar], [foo]"),
            all(.get, "/_snapshot/$N-nope/a?foo=1", 400, type: "illegal_argument_exception"),
            all(.get, "/_snapshot/$N/on%2A?foo=1", 400, reason: "[/_snapshot/$N/on*]"),
            all(.get, "/$N-nope/_alias?foo=1", 400, type: "illegal_argument_exception"),
            all(.get, "/_snapshot/$N/one?format=json&pretty&human&error_trace", 200, ["snapshots/#": 1]),
            each(
                .listingsSelectStates, .get, "/_snapshot/$N/one?state=SUCCESS",
                with: Expectation(status: 200, members: ["snapshots/#": 1]), without: refused),
            each(
                .listingsSelectStates, .get, "/_snapshot/$N/_all?state=PARTIAL,FAILED&filter_path=snapshots.snapshot",
                with: Expectation(status: 200, members: ["": ["snapshots": [["snapshot": "partial"]]]]),
                without: refused),
            each(
                .listingsOmitIndices, .get, "/_snapshot/$N/one?index_names=false",
                with: Expectation(status: 200, members: ["snapshots/0/indices": .null]), without: refused),
            each(.listingsAreOrdered, .get, "/_snapshot/$N/one?order=asc", with: accepted, without: refused),
            each(.listingsAreOrdered, .get, "/_snapshot/$N/one?size=5", with: accepted, without: refused),
            each(
                .deletesAreWaitedFor, .delete, "/_snapshot/$N/nope*?wait_for_completion=false", with: accepted,
                without: refused),
            each(.indexFeatures, .get, "/$N-*?features=aliases", with: accepted, without: refused),
            each(
                .clusterManager, .get, "/_cluster/health?cluster_manager_timeout=5s", with: accepted, without: refused),
            each(.clusterManager, .get, "/_cat/health?timeout=5s", with: accepted, without: refused),
        ]

    static let refused = Expectation(
        status: 400, type: "illegal_argument_exception", reason: "contains unrecognized parameter")
    private static let accepted = Expectation(status: 200)

    /// Where `master_timeout` is known, and where not.
    static let timeouts: [Step] = [
        all(.get, "/_snapshot/$N/one?master_timeout=20s", 200),
        all(.get, "/_snapshot/$N/on*?verbose=false&master_timeout=20s", 200),
        all(.get, "/_snapshot/$N/one/_status?master_timeout=20s", 200),
        all(.get, "/_snapshot/$N?master_timeout=20s", 200),
        all(.post, "/_snapshot/$N/_verify?master_timeout=20s", 200),
        all(
            .put, "/_snapshot/$N/late\(waiting)&master_timeout=20s", body: #"{"indices":"-*"}"#, 200,
            ["snapshot/state": "SUCCESS"]),
        all(.delete, "/_snapshot/$N/late?master_timeout=20s", 200, ["acknowledged": true]),
        all(
            .post, "/_snapshot/$N/nope/_restore?master_timeout=20s", body: "{}", 500, type: "snapshot_restore_exception"
        ),
        all(.get, "/_cluster/health/$N-*?master_timeout=20s", 200),
        all(.get, "/$N-*?master_timeout=20s", 200),
        each(
            .aliasesWaitForTheMaster, .get, "/$N-*/_alias?expand_wildcards=all&master_timeout=20s", with: accepted,
            without: refused),
        each(.aliasesWaitForTheMaster, .get, "/$N-*/_alias?local=true", with: refused, without: accepted),
        all(.get, "/$N-metadata/_search?master_timeout=20s", 400, type: "illegal_argument_exception"),
        each(
            .catHealthWaitsForTheMaster, .get, "/_cat/health?master_timeout=20s", with: accepted, without: refused),
        all(.get, "/_cluster/settings?master_timeout=20s", 200),
        all(.get, "/_cluster/state/routing_table/$N-*?master_timeout=20s", 200),
        all(.get, "/_snapshot/_status?master_timeout=20s", 200),
        all(.get, "/_nodes/stats/fs?master_timeout=20s", 400, type: "illegal_argument_exception"),
        all(.get, "/?master_timeout=20s", 400, type: "illegal_argument_exception"),
    ]
}
