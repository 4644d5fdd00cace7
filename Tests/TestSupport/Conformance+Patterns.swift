internal import HTTP
internal import JSON
internal import SimulatedEngine

extension Conformance {
    private static let missing = Expectation(status: 404, type: "snapshot_missing_exception", reason: "is missing")
    private static let nothing = Expectation(status: 200, members: ["": [:]])
    private static let cut = "filter_path=snapshots.snapshot,snapshots.state"

    /// What lists of names and patterns find, with details and without, among `one`, `partial`, `marker` and `two`.
    static let patterns: [Step] =
        ["", "&verbose=false"].flatMap { details -> [Step] in
            [
                all(
                    .get, "/_snapshot/$N/on*,tw*?\(cut)\(details)", 200,
                    [
                        "snapshots/#": 2, "snapshots/0": ["snapshot": "one", "state": "SUCCESS"],
                        "snapshots/1": ["snapshot": "two", "state": "SUCCESS"],
                    ]),
                all(.get, "/_snapshot/$N/on*,nope*?\(cut)\(details)", 200, ["snapshots/#": 1]),
                all(.get, "/_snapshot/$N/one,nope*?\(cut)\(details)", 200, ["snapshots/#": 1]),
                all(.get, "/_snapshot/$N/on*,one?\(cut)\(details)", 200, ["snapshots/#": 1]),
                each(.get, "/_snapshot/$N/nope*,nada*?\(cut)\(details)", es7: missing, es8: nothing, os2: missing),
                each(.get, "/_snapshot/$N/nope*?\(cut)\(details)", es7: missing, es8: nothing, os2: missing),
                all(.get, "/_snapshot/$N/nope*,nada*?ignore_unavailable=true&\(cut)\(details)", 200, ["": [:]]),
                all(.get, "/_snapshot/$N/nope?ignore_unavailable=true&\(cut)\(details)", 200, ["": [:]]),
                all(.get, "/_snapshot/$N/nope?\(cut)\(details)", 404, type: "snapshot_missing_exception"),
                all(
                    .get, "/_snapshot/$N/on*,nope?\(cut)\(details)", 404, type: "snapshot_missing_exception",
                    reason: ":nope] is missing"),
                all(.get, "/_snapshot/$N/on*,nope?ignore_unavailable=true&\(cut)\(details)", 200, ["snapshots/#": 1]),
                all(.get, "/_snapshot/$N/_current?\(cut)\(details)", 200, ["": [:]]),
            ]
        } + order + statuses

    private static let order: [Step] = [
        all(.get, "/_snapshot/$N/_all?verbose=false", 200, ["snapshots/0/snapshot": "marker"]),
        all(.get, "/_snapshot/$N/two,one?verbose=false", 200, ["snapshots/0/snapshot": "one"]),
        each(
            .get, "/_snapshot/$N/_all?sort=name&order=desc", es7: Expectation(status: 200, members: twoFirst),
            es8: Expectation(status: 200, members: twoFirst), os2: Expectation(status: 400)),
        each(
            .get, "/_snapshot/$N/_all?sort=name&size=1", es7: Expectation(status: 200, members: markerAlone),
            es8: Expectation(status: 200, members: markerAlone), os2: Expectation(status: 400)),
        each(
            .get, "/_snapshot/$N/_all?sort=name&verbose=false", es7: notWithNames, es8: notWithNames,
            os2: Expectation(status: 400, type: "illegal_argument_exception")),
        each(
            .get, "/_snapshot/$N/*,-one?\(cut)", es7: Expectation(status: 200, members: ["snapshots/#": 3]),
            es8: Expectation(status: 200, members: ["snapshots/#": 3]), os2: missing),
    ]

    private static let twoFirst: [String: JSONValue] = ["snapshots/0/snapshot": "two"]
    private static let markerAlone: [String: JSONValue] = [
        "snapshots/#": 1, "snapshots/0/snapshot": "marker", "total": 4, "remaining": 3,
    ]
    private static let notWithNames = Expectation(
        status: 400, type: "action_request_validation_exception", reason: "verbose=false")

    private static let statuses: [Step] = [
        all(.get, "/_snapshot/$N/one,two/_status?filter_path=snapshots.snapshot", 200, ["snapshots/#": 2]),
        all(.get, "/_snapshot/$N/one,nope/_status", 404, type: "snapshot_missing_exception"),
        all(.get, "/_snapshot/$N/one,nope/_status?ignore_unavailable=true", 200, ["snapshots/#": 1]),
        all(.get, "/_snapshot/$N/nope/_status?ignore_unavailable=true", 200, ["snapshots/#": 0]),
        all(.get, "/_snapshot/$N/_status", 200, ["snapshots/#": 0]),
    ]
}
