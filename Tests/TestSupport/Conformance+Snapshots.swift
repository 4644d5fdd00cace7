internal import Engines
internal import HTTP
internal import JSON

extension Conformance {
    static let snapshots: [Step] = [
        all(
            .put, "/_snapshot/$N/one\(waiting)",
            body:
                #"{"indices":["$N-metadata_v3"],"include_global_state":false,"feature_states":["none"],"metadata":{"a":1}}"#,
            200,
            ["snapshot/state": "SUCCESS", "snapshot/metadata/a": 1, "snapshot/indices": ["$N-metadata_v3"]]),
        each(
            .takenNamesHaveAType, .put, "/_snapshot/$N/one", #"{"indices":["$N-metadata_v3"]}"#,
            with: Expectation(
                status: 400, type: "snapshot_name_already_in_use_exception",
                reason: "snapshot with the same name already exists"),
            without: Expectation(
                status: 400, type: "invalid_snapshot_name_exception",
                reason: "snapshot with the same name already exists")),
        all(
            .put, "/_snapshot/$N/ONE", body: #"{"indices":["$N-metadata_v3"]}"#, 400,
            type: "invalid_snapshot_name_exception", reason: "must be lowercase"),
        all(
            .put, "/_snapshot/$N/a%23b", body: #"{"indices":["$N-metadata_v3"]}"#, 400,
            type: "invalid_snapshot_name_exception"),
        all(
            .put, "/_snapshot/$N/a%20b", body: #"{"indices":["$N-metadata_v3"]}"#, 400,
            type: "invalid_snapshot_name_exception"),
        all(
            .put, "/_snapshot/$N/two", body: #"{"indices":["$N-metadata_v3","$N-nope"]}"#, 404,
            type: "index_not_found_exception"),
        all(
            .put, "/_snapshot/$N/two", body: #"{"indices":["$N-lost_v1"]}"#, 500, type: "snapshot_exception",
            reason: "lost_v1"),
        all(
            .put, "/_snapshot/$N/partial\(waiting)", body: #"{"indices":["$N-lost_v1"],"partial":true}"#, 200,
            ["snapshot/state": "PARTIAL"]),
        all(
            .put, "/_snapshot/$N/marker\(waiting)",
            body: #"{"indices":"-*","include_global_state":false,"metadata":{"b":"c"}}"#, 200,
            ["snapshot/state": "SUCCESS", "snapshot/indices/#": 0]),
        all(
            .put, "/_snapshot/$N/two\(waiting)",
            body: #"{"indices":"$N-metadata,$N-alert_v4","include_global_state":false}"#, 200,
            ["snapshot/state": "SUCCESS", "snapshot/indices/#": 2]),
        all(
            .put, "/_snapshot/$N/big",
            body: #"{"indices":["$N-alert_v4"],"metadata":{"x":"\#(String(repeating: "x", count: 1_020))"}}"#, 400,
            type: "action_request_validation_exception"),
    ]

    static let reading: [Step] = [
        all(
            .get, "/_snapshot/$N/one", 200,
            ["snapshots/#": 1, "snapshots/0/snapshot": "one", "snapshots/0/state": "SUCCESS"]),
        all(.get, "/_snapshot/$N/nope", 404, type: "snapshot_missing_exception"),
        each(
            .featureStates, .get, "/_snapshot/$N/one",
            with: Expectation(status: 200, members: ["snapshots/0/feature_states": []]),
            without: Expectation(status: 200, members: ["snapshots/0/feature_states": .null])),
        each(
            .listingsNameTheirRepository, .get, "/_snapshot/$N/one?verbose=false",
            with: Expectation(status: 200, members: ["snapshots/0/repository": "$N"]),
            without: Expectation(status: 200, members: ["snapshots/0/repository": .null])),
        each(
            .listingsAreCounted, .get, "/_snapshot/$N/one",
            with: Expectation(status: 200, members: ["total": 1, "remaining": 0]),
            without: Expectation(status: 200, members: ["total": .null, "remaining": .null])),
        each(
            .emptyMatchesAreNoError, .get, "/_snapshot/$N/nope*",
            with: Expectation(status: 200, members: ["snapshots/#": 0]),
            without: Expectation(status: 404, type: "snapshot_missing_exception")),
        all(.get, "/_snapshot/$N/nope*?ignore_unavailable=true", 200, ["snapshots/#": 0]),
        all(.get, "/_snapshot/$N/one,nope?ignore_unavailable=true", 200, ["snapshots/#": 1]),
        all(.get, "/_snapshot/$N/one,nope", 404, type: "snapshot_missing_exception"),
        all(.get, "/_snapshot/$N/_all", 200, ["snapshots/#": 4]),
        all(
            .get, "/_snapshot/$N/*o*?verbose=false", 200,
            ["snapshots/#": 2, "snapshots/0/state": "SUCCESS", "snapshots/0/metadata": .null]),
        all(.get, "/_snapshot/$N/_current", 200, ["snapshots/#": 0]),
        all(
            .get, "/_snapshot/$N/one/_status", 200,
            ["snapshots/0/state": "SUCCESS", "snapshots/0/shards_stats/done": 1, "snapshots/0/shards_stats/total": 1]),
        all(.get, "/_snapshot/$N/nope/_status", 404, type: "snapshot_missing_exception"),
    ]

    static let restoring: [Step] = [
        all(
            .post, "/_snapshot/$N/one/_restore", body: "{}", 500, type: "snapshot_restore_exception",
            reason: "open index with same name"),
        all(.post, "/_snapshot/$N/nope/_restore", body: "{}", 500, type: "snapshot_restore_exception"),
        all(
            .post, "/_snapshot/$N/one/_restore\(waiting)",
            body: #"{"rename_pattern":"(.+)","rename_replacement":"verify-$1","include_aliases":false}"#, 200,
            ["snapshot/indices/0": "verify-$N-metadata_v3", "snapshot/shards/failed": 0]),
        all(.get, "/verify-$N-metadata_v3/_count", 200, ["count": 1]),
        all(.delete, "/verify-$N-metadata_v3", 200, ["acknowledged": true]),
        all(.delete, "/$N-metadata_v3", 200, ["acknowledged": true]),
        all(.delete, "/$N-metadata_v3", 404, type: "index_not_found_exception"),
        all(.post, "/_snapshot/$N/one/_restore\(waiting)", body: "{}", 200, ["snapshot/shards/successful": 1]),
        all(.get, "/$N-metadata/_count", 200, ["count": 1]),
    ]

    static let deleting: [Step] = [
        all(.delete, "/_snapshot/$N/one,nope", 404, type: "snapshot_missing_exception"),
        all(.get, "/_snapshot/$N/_all", 200, ["snapshots/#": 4]),
        all(.delete, "/_snapshot/$N/nope", 404, type: "snapshot_missing_exception"),
        all(.delete, "/_snapshot/$N/nope*", 200, ["acknowledged": true]),
        all(.delete, "/_snapshot/$N/one,two", 200, ["acknowledged": true]),
        all(.get, "/_snapshot/$N/_all", 200, ["snapshots/#": 2]),
        all(.delete, "/_snapshot/$N/partial,marker", 200, ["acknowledged": true]),
        all(.put, "/_snapshot/$N", body: #"{"type":"fs","settings":{"location":"$N","readonly":true}}"#, 200),
        each(
            .readOnlyIsAnArgument, .put, "/_snapshot/$N/late", #"{"indices":["$N-alert_v4"]}"#,
            with: Expectation(
                status: 400, type: "illegal_argument_exception",
                reason: "cannot create snapshot in a readonly repository"),
            without: Expectation(status: 500, type: "repository_exception", reason: "readonly")),
        all(.delete, "/_snapshot/$N", 200, ["acknowledged": true]),
        each(
            .indexWildcardsAreNotDeleted, .delete, "/$N-nope*",
            with: Expectation(status: 400, type: "illegal_argument_exception", reason: "Wildcard expressions"),
            without: Expectation(status: 200, members: ["acknowledged": true])),
        all(.delete, "/$N-metadata_v3,$N-alert_v4,$N-lost_v1", 200, ["acknowledged": true]),
    ]
}
