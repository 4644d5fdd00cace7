internal import HTTP
internal import JSON

extension Conformance {
    /// What `filter_path` leaves of answers; errors it leaves whole.
    static let filters: [Step] = [
        all(.get, "/_snapshot/$N/one?filter_path=snapshots.snapshot", 200, ["": ["snapshots": [["snapshot": "one"]]]]),
        all(.get, "/_snapshot/$N/one?filter_path=**.snapshot", 200, ["": ["snapshots": [["snapshot": "one"]]]]),
        all(.get, "/_snapshot/$N/one?filter_path=s*.sn*ot", 200, ["": ["snapshots": [["snapshot": "one"]]]]),
        all(
            .get, "/_snapshot/$N/one?filter_path=*.shards.total,snapshots.state", 200,
            ["": ["snapshots": [["shards": ["total": 1], "state": "SUCCESS"]]]]),
        all(.get, "/_snapshot/$N/one?filter_path=snapshots.failures", 200, ["": ["snapshots": [["failures": []]]]]),
        all(.get, "/_snapshot/$N/one?filter_path=snapshots.shards", 200, ["snapshots/0/shards/#": 3]),
        all(.get, "/_snapshot/$N/one?filter_path=shards.total", 200, ["": [:]]),
        all(.get, "/_snapshot/$N/one?filter_path=nothing", 200, ["": [:]]),
        all(.get, "/_snapshot/$N/one?filter_path=", 200, ["snapshots/#": 1]),
        all(.get, "/_snapshot/$N/one?filter_path=snapshots,-snapshots.uuid", 200, ["snapshots/0/uuid": .null]),
        all(.get, "/_snapshot/$N/one?filter_path=snapshots.snapshot,-snapshots", 200, ["": [:]]),
        all(.get, "/_snapshot/$N/nope*?ignore_unavailable=true&filter_path=snapshots", 200, ["": ["snapshots": []]]),
        all(
            .get, "/_snapshot/$N/nope?filter_path=snapshots", 404, type: "snapshot_missing_exception",
            reason: "is missing", ["status": 404]),
        all(.get, "/$N-nope/_alias?filter_path=*.aliases", 404, type: "index_not_found_exception", ["status": 404]),
        all(
            .get, "/_snapshot/$N/one?filter_path=snapshots&foo=1", 400, type: "illegal_argument_exception",
            ["status": 400]),
        all(.get, "/$N-metadata/_doc/2?filter_path=found", 404, ["": ["found": false]]),
        all(.get, "/_snapshot/$N?filter_path=*.type", 200, ["": ["$N": ["type": "fs"]]]),
        all(.post, "/_snapshot/$N/_verify?filter_path=nodes.*.name", 200, ["#": 1, "nodes/#": 1]),
        all(
            .get, "/$N-*/_alias?expand_wildcards=all&filter_path=*.aliases", 200,
            ["#": 3, "$N-metadata_v3": ["aliases": ["$N-metadata": [:]]], "$N-lost_v1": ["aliases": [:]]]),
        all(
            .get, "/$N-*?expand_wildcards=all&filter_path=*.aliases", 200,
            ["#": 3, "$N-metadata_v3": ["aliases": ["$N-metadata": [:]]], "$N-lost_v1": ["aliases": [:]]]),
        all(
            .get, "/$N-metadata?filter_path=*.settings.index.number_of_shards", 200,
            ["": ["$N-metadata_v3": ["settings": ["index": ["number_of_shards": "1"]]]]]),
        all(.get, "/$N-nope*?filter_path=*.aliases", 200, ["": [:]]),
        all(.get, "/$N-nope*/_alias", 200, ["": [:]]),
        all(.get, "/$N-nope", 404, type: "index_not_found_exception"),
    ]
}
