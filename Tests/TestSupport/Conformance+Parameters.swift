internal import HTTP
internal import JSON
internal import SimulatedEngine

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
            all(.get, "/_snapshot/$N/one?state=SUCCESS", 400, type: "illegal_argument_exception"),
            all(.get, "/_snapshot/$N/one?format=json&pretty&human&error_trace", 200, ["snapshots/#": 1]),
            each(
                .get, "/_snapshot/$N/one?index_names=false", es7: refused,
                es8: Expectation(status: 200, members: ["snapshots/0/indices": .null]), os2: refused),
            each(.get, "/_snapshot/$N/one?order=asc", es7: accepted, es8: accepted, os2: refused),
            each(.get, "/_snapshot/$N/one?size=5", es7: accepted, es8: accepted, os2: refused),
            each(.get, "/$N-*?features=aliases", es7: refused, es8: accepted, os2: refused),
            each(.get, "/_cluster/health?cluster_manager_timeout=5s", es7: refused, es8: refused, os2: accepted),
        ]

    private static let refused = Expectation(
        status: 400, type: "illegal_argument_exception", reason: "contains unrecognized parameter: ")
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
        all(.get, "/$N-*/_alias?expand_wildcards=all&master_timeout=20s", 400, type: "illegal_argument_exception"),
        all(.get, "/$N-metadata/_search?master_timeout=20s", 400, type: "illegal_argument_exception"),
        each(.get, "/_cat/health?master_timeout=20s", es7: refused, es8: accepted, os2: refused),
        all(.get, "/?master_timeout=20s", 400, type: "illegal_argument_exception"),
    ]
}
