internal import Engines
internal import HTTP
internal import JSON

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
                each(
                    .emptyMatchesAreNoError, .get, "/_snapshot/$N/nope*,nada*?\(cut)\(details)", with: nothing,
                    without: missing),
                each(
                    .emptyMatchesAreNoError, .get, "/_snapshot/$N/nope*?\(cut)\(details)", with: nothing,
                    without: missing),
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
            .listingsAreOrdered, .get, "/_snapshot/$N/_all?sort=name&order=desc",
            with: Expectation(status: 200, members: twoFirst), without: refused),
        each(
            .listingsAreOrdered, .get, "/_snapshot/$N/_all?sort=name&size=1",
            with: Expectation(status: 200, members: markerAlone), without: refused),
        each(
            .listingsAreOrdered, .get, "/_snapshot/$N/_all?sort=name&verbose=false", with: notWithNames,
            without: refused),
        each(
            .patternsExclude, .get, "/_snapshot/$N/*,-one?\(cut)",
            with: Expectation(status: 200, members: ["snapshots/#": 3]), without: missing),
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
