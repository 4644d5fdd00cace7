internal import Engines
internal import HTTP
internal import JSON

extension Conformance {
    private static let level = "level=indices&expand_wildcards=all"

    /// The cluster's clock, and the master's own view of the indices.
    static let health: [Step] = [
        all(.get, "/_cat/health?h=epoch&format=json", 200, ["#": 1, "0/#": 1]),
        all(.get, "/_cat/health?h=epoch,status&format=json", 200, ["0/#": 2]),
        all(.get, "/_cat/health?h=bogus&format=json", 200, ["": [[:]]]),
        all(.get, "/_cat/health?h=epoch&format=json&ts=false", 200, ["": [[:]]]),
        all(
            .get, "/_cluster/health/$N-*?\(level)&filter_path=indices.*.status", 200,
            [
                "": [
                    "indices": [
                        "$N-metadata_v3": ["status": "green"], "$N-alert_v4": ["status": "green"],
                        "$N-lost_v1": ["status": "red"],
                    ]
                ]
            ]),
        all(
            .get, "/_cluster/health/$N-*?\(level)", 200,
            [
                "status": "red", "timed_out": false, "number_of_nodes": 1, "active_primary_shards": 2,
                "active_shards": 2, "unassigned_shards": 1, "indices/#": 3, "indices/$N-alert_v4/number_of_shards": 1,
                "indices/$N-alert_v4/active_shards": 1, "indices/$N-lost_v1/unassigned_shards": 1,
            ]),
        all(.get, "/_cluster/health/$N-*?expand_wildcards=all", 200, ["status": "red", "indices": .null]),
        each(
            .unassignedPrimariesAreCounted, .get, "/_cluster/health/$N-*",
            with: Expectation(status: 200, members: ["unassigned_primary_shards": 1]),
            without: Expectation(status: 200, members: ["unassigned_primary_shards": .null])),
        each(
            .clusterManager, .get, "/_cluster/health/$N-*",
            with: Expectation(status: 200, members: ["discovered_cluster_manager": true]),
            without: Expectation(status: 200, members: ["discovered_cluster_manager": .null])),
        each(
            .healthLevelsAreChecked, .get, "/_cluster/health/$N-*?level=nonsense",
            with: Expectation(status: 400, type: "illegal_argument_exception", reason: "level parameter"),
            without: Expectation(status: 200, members: ["status": "red", "indices": .null])),
        all(
            .get, "/_cluster/health/$N-metadata?\(level)&filter_path=indices.*.status", 200,
            ["": ["indices": ["$N-metadata_v3": ["status": "green"]]]]),
        all(.get, "/_cluster/health/$N-nope*?\(level)&filter_path=indices.*.status", 200, ["": [:]]),
        all(
            .get, "/_cluster/health/$N-nope*?\(level)", 200,
            ["status": "green", "timed_out": false, "active_shards": 0, "indices": [:]]),
        all(
            .get, "/_cluster/health/$N-nope?\(level)&timeout=100ms", 408,
            ["status": "red", "timed_out": true, "indices": [:]]),
        all(.get, "/_cluster/health/$N-nope?timeout=100ms&filter_path=status", 408, ["": ["status": "red"]]),
        all(.post, "/$N-alert_v4/_close", 200),
        all(.get, "/$N-*/_alias?filter_path=*.aliases", 200, ["#": 3]),
        all(.get, "/$N-*?filter_path=*.aliases", 200, ["#": 2]),
        all(.get, "/$N-*?expand_wildcards=all&filter_path=*.aliases", 200, ["#": 3]),
        all(.get, "/_cluster/health/$N-*?\(level)&filter_path=indices.*.status", 200, ["indices/#": 3]),
        all(.get, "/$N-alert_v4/_search", 400, type: "index_closed_exception"),
        all(.post, "/$N-alert_v4/_open", 200),
    ]

    /// How many documents a search shows, and what of them; their order is the engine's own.
    static let documents: [Step] =
        [all(.put, "/$N-many_v1", body: #"{"settings":{"number_of_shards":1,"number_of_replicas":0}}"#, 200)]
        + (10...21).map { number in
            all(.put, "/$N-many_v1/_doc/\(number)?refresh=true", body: #"{"schemaVersion":"8.6.0","n":1}"#, 201)
        } + [
            all(.get, "/$N-many_v1/_search", 200, ["hits/hits/#": 10, "hits/total/value": 12]),
            all(.get, "/$N-many_v1/_search?size=20", 200, ["hits/hits/#": 12, "hits/hits/11/_source/n": 1]),
            all(.get, "/$N-many_v1/_search?size=0", 200, ["hits/hits/#": 0, "hits/total/value": 12]),
            all(
                .get, "/$N-many_v1/_search?size=1&_source=schemaVersion&filter_path=hits.hits._source", 200,
                ["": ["hits": ["hits": [["_source": ["schemaVersion": "8.6.0"]]]]]]),
            all(
                .get, "/$N-many_v1/_search?size=2&_source=nothing&filter_path=hits.hits._source", 200,
                ["": ["hits": ["hits": [["_source": [:]], ["_source": [:]]]]]]),
            all(.get, "/$N-many_v1/_search?size=1&_source=false", 200, ["hits/hits/0/_source": .null]),
            all(
                .get, "/$N-many_v1/_search?size=1&_source=n,schemaVersion", 200,
                ["hits/hits/0/_source": ["n": 1, "schemaVersion": "8.6.0"]]),
            each(
                .negativeSizesAreRefused, .get, "/$N-many_v1/_search?size=-1",
                with: Expectation(status: 400, type: "illegal_argument_exception", reason: "[size]"),
                without: Expectation(status: 200, members: ["hits/hits/#": 10])),
            all(.get, "/$N-many_v1/_search?size=x", 400, type: "illegal_argument_exception", reason: "[size]"),
            all(.get, "/$N-alert_v4/_search", 200, ["hits/hits/#": 0, "hits/total/value": 0]),
            all(.get, "/$N-nope*/_search?size=1", 200, ["hits/hits/#": 0]),
            all(.delete, "/$N-many_v1", 200),
        ]
}
