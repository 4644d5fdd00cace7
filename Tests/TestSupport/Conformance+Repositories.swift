internal import Engines
internal import HTTP
internal import JSON

extension Conformance {
    static let repositories: [Step] = [
        all(.get, "/_snapshot/$N", 404, type: "repository_missing_exception", reason: "missing"),
        all(.post, "/_snapshot/$N/_verify", 404, type: "repository_missing_exception"),
        all(.get, "/_snapshot/$N/a/_status", 404, type: "repository_missing_exception"),
        all(.put, "/_snapshot/$N/a", body: "{}", 404, type: "repository_missing_exception"),
        all(.delete, "/_snapshot/$N/a", 404, type: "repository_missing_exception"),
        each(
            .missingRepositoriesAreEmpty, .get, "/_snapshot/$N/a*",
            with: Expectation(
                status: 200, members: ["snapshots/#": 0, "failures/$N/type": "repository_missing_exception"]),
            without: Expectation(status: 404, type: "repository_missing_exception")),
        all(.put, "/_snapshot/$N", body: #"{"type":"nope"}"#, 500, type: "repository_exception"),
        all(.put, "/_snapshot/$N", body: #"{"type":"fs","settings":{"location":"$N"}}"#, 200, ["acknowledged": true]),
        all(.get, "/_snapshot/$N", 200, ["$N/type": "fs", "$N/settings/location": "$N"]),
        all(.post, "/_snapshot/$N/_verify", 200, ["nodes/#": 1]),
    ]

    static let indices: [Step] = [
        all(.get, "/$N-*/_alias?expand_wildcards=all", 200, ["#": 0]),
        all(.get, "/$N-metadata/_search?size=1&_source=schemaVersion", 404, type: "index_not_found_exception"),
        all(.put, "/$N-A_v1", body: "{}", 400, type: "invalid_index_name_exception"),
        all(
            .put, "/$N-metadata_v3",
            body: #"{"aliases":{"$N-metadata":{}},"settings":{"number_of_shards":1,"number_of_replicas":0}}"#, 200,
            ["acknowledged": true, "index": "$N-metadata_v3"]),
        all(.put, "/$N-metadata_v3", body: "{}", 400, type: "resource_already_exists_exception"),
        all(
            .put, "/$N-metadata_v3/_doc/1?refresh=true", body: #"{"schemaVersion":"8.6.0"}"#, 201, ["result": "created"]
        ),
        all(
            .put, "/$N-metadata_v3/_doc/1?refresh=true", body: #"{"schemaVersion":"8.6.0"}"#, 200, ["result": "updated"]
        ),
        all(
            .get, "/$N-metadata/_search?size=1&_source=schemaVersion", 200,
            ["hits/hits/0/_source/schemaVersion": "8.6.0"]),
        all(.get, "/$N-metadata_v3/_count", 200, ["count": 1]),
        all(.get, "/$N-metadata/_doc/1", 200, ["found": true]),
        all(.get, "/$N-metadata/_doc/2", 404, ["found": false]),
        all(.put, "/$N-alert_v4", body: #"{"settings":{"number_of_shards":1,"number_of_replicas":0}}"#, 200),
        all(
            .put, "/$N-lost_v1?wait_for_active_shards=0",
            body: #"{"settings":{"number_of_replicas":0,"index.routing.allocation.require._name":"nowhere"}}"#, 200),
        all(
            .get, "/$N-*/_alias?expand_wildcards=all", 200,
            ["#": 3, "$N-metadata_v3/aliases/#": 1, "$N-alert_v4/aliases/#": 0]),
        all(.get, "/$N-nope/_alias", 404, type: nil),
    ]
}
