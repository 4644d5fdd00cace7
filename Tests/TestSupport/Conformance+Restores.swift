internal import HTTP
internal import JSON

extension Conformance {
    private static let cut = ["primary", "state", "unassigned_info.reason", "unassigned_info.details"]
        .map { "routing_table.indices.*.shards.*.\($0)" }.joined(separator: ",")
    private static let recoveries = "expand_wildcards=all&filter_path=*.shards.stage"
    private static let numbers =
        "level=shards&expand_wildcards=open,hidden&filter_path=indices.*.primaries.docs.count,"
        + "indices.*.shards.*.seq_no.max_seq_no,indices.*.shards.*.routing.primary"

    private static func table(_ indices: [String: JSONValue]) -> [String: JSONValue] {
        ["": ["routing_table": ["indices": .object(indices.mapValues { ["shards": ["0": [$0]]] })]]]
    }

    private static let started: JSONValue = ["primary": true, "state": "STARTED"]

    private static func unassigned(_ reason: String) -> JSONValue {
        ["primary": true, "state": "UNASSIGNED", "unassigned_info": ["reason": .string(reason)]]
    }

    /// What a restore asks before anything: where shards are, what stands in them, what room there is.
    static let looking: [Step] = [
        all(
            .get, "/_cluster/state/routing_table/$N-alert_v4,$N-lost_v1,$N-nope?\(cutQuery)", 200,
            table(["$N-alert_v4": started, "$N-lost_v1": unassigned("INDEX_CREATED")])),
        all(.get, "/_cluster/state/routing_table/$N-nope?\(cutQuery)", 200, ["": [:]]),
        all(.get, "/$N-lost_v1/_recovery", 200, ["": [:]]),
        all(.get, "/$N-*/_recovery?\(recoveries)", 200, ["#": 2, "$N-metadata_v3/shards/0/stage": "DONE"]),
        all(.get, "/$N-nope/_recovery", 404, type: "index_not_found_exception"),
        all(.get, "/$N-lost_v1/_search", 503, type: "search_phase_execution_exception", reason: "all shards failed"),
        all(.get, "/$N-lost_v1/_count", 503, type: "search_phase_execution_exception"),
        all(
            .get, "/$N-*/_stats/docs,store?\(numbers)", 200,
            [
                "indices/#": 2, "indices/$N-metadata_v3/primaries/docs/count": 1,
                "indices/$N-metadata_v3/shards/0/0": ["routing": ["primary": true], "seq_no": ["max_seq_no": 1]],
                "indices/$N-alert_v4/shards/0/0/seq_no/max_seq_no": -1,
            ]),
        all(.get, "/$N-nope/_stats/docs", 404, type: "index_not_found_exception"),
        all(.get, "/_nodes/stats/fs?filter_path=nodes.*.name,nodes.*.roles,nodes.*.fs.total", 200, ["nodes/#": 1]),
        all(
            .get, "/_cluster/settings?include_defaults=true&flat_settings=true&filter_path=*.cluster*", 200,
            [
                "defaults/cluster.max_shards_per_node": "1000",
                "defaults/cluster.routing.allocation.disk.watermark.low": "85%",
            ]),
        all(
            .get, "/_snapshot/$N/two/_status?filter_path=snapshots.indices.*.shards_stats.total", 200,
            [
                "": [
                    "snapshots": [
                        [
                            "indices": [
                                "$N-alert_v4": ["shards_stats": ["total": 1]],
                                "$N-metadata_v3": ["shards_stats": ["total": 1]],
                            ]
                        ]
                    ]
                ]
            ]),
    ]

    /// Some of a snapshot's indices, under other names, and over what is closed.
    static let choosing: [Step] = [
        all(
            .post, "/_snapshot/$N/two/_restore\(waiting)", body: #"{"indices":["$N-alert_v4","$N-nope"]}"#, 404,
            type: "index_not_found_exception"),
        all(
            .post, "/_snapshot/$N/two/_restore\(waiting)", body: #"{"indices":["$N-alert_v4"],"nonsense":1}"#, 400,
            type: "illegal_argument_exception", reason: "nonsense"),
        all(
            .post, "/_snapshot/$N/two/_restore\(waiting)",
            body: #"{"indices":["$N-metadata_v3"],"rename_pattern":"^.{3}(.*)$","rename_replacement":"con$1"}"#, 500,
            type: "snapshot_restore_exception", reason: "index [$N-metadata_v3]"),
        all(
            .post, "/_snapshot/$N/two/_restore\(waiting)",
            body:
                #"{"indices":["$N-metadata_v3"],"include_global_state":false,"partial":false,"include_aliases":false,"#
                + #""rename_pattern":"^.{0}(.*)$","rename_replacement":"back-$1"}"#,
            200, ["snapshot/indices": ["back-$N-metadata_v3"], "snapshot/shards/successful": 1]),
        all(.get, "/back-$N-metadata_v3/_alias", 200, ["back-$N-metadata_v3/aliases": [:]]),
        all(
            .get, "/back-$N-*/_stats/docs,store?\(numbers)", 200,
            [
                "indices/back-$N-metadata_v3/primaries/docs/count": 1,
                "indices/back-$N-metadata_v3/shards/0/0/seq_no/max_seq_no": 1,
            ]),
        all(
            .get, "/back-$N-metadata_v3/_recovery?filter_path=*.shards.type,*.shards.stage", 200,
            ["": ["back-$N-metadata_v3": ["shards": [["type": "SNAPSHOT", "stage": "DONE"]]]]]),
        all(.delete, "/back-$N-metadata_v3,$N-nope", 404, type: "index_not_found_exception"),
        all(.get, "/back-$N-metadata_v3/_count", 200, ["count": 1]),
        all(.delete, "/back-$N-metadata_v3", 200, ["acknowledged": true]),
        all(.post, "/$N-metadata_v3,$N-nope/_close", 404, type: "index_not_found_exception"),
        all(
            .post, "/$N-metadata_v3,$N-lost_v1/_close?wait_for_active_shards=0&timeout=1s", 200,
            ["indices/$N-lost_v1/closed": true, "indices/$N-metadata_v3/closed": true]),
        all(
            .get, "/_cluster/state/routing_table/$N-lost_v1?\(cutQuery)", 200,
            table(["$N-lost_v1": unassigned("INDEX_CLOSED")])),
        all(.get, "/$N-metadata_v3/_stats/docs", 400, type: "index_closed_exception"),
        all(.get, "/$N-*/_stats/docs,store?\(numbers)", 200, ["indices/#": 1]),
        all(
            .post, "/_snapshot/$N/two/_restore\(waiting)", body: #"{"indices":["$N-metadata_v3"]}"#, 200,
            ["snapshot/shards/successful": 1]),
        all(
            .get, "/_cluster/state/routing_table/$N-metadata_v3?\(cutQuery)", 200,
            table(["$N-metadata_v3": started])),
        all(.get, "/$N-metadata/_count", 200, ["count": 1]),
        all(.post, "/$N-lost_v1/_open?wait_for_active_shards=0", 200),
    ]

    private static let cutQuery = "filter_path=\(cut)"
}
