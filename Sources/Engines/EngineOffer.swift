/// Something that some engines offer and that could serve here: taken or left, and why.
///
/// `docs/engines.md` shows all of them.
package struct EngineOffer: Sendable {
    /// What it is, and who offers it.
    package let name: String
    package let isTaken: Bool
    package let reason: String

    private init(_ name: String, isTaken: Bool = false, _ reason: String) {
        (self.name, self.isTaken, self.reason) = (name, isTaken, reason)
    }

    package static let all = [
        EngineOffer(
            "`filter_path`, of all",
            isTaken: true, "It leaves out of a listing what nobody reads, on every engine alike."),
        EngineOffer(
            "`state` of a listing, since Elasticsearch 9",
            "What is not listed counts as gone, so that a listing has to show every state; and names cost little."),
        EngineOffer(
            "`index_names=false`, since Elasticsearch 8",
            "`filter_path` does the same for names, and details are read for the sake of their indices."),
        EngineOffer(
            "`sort`, `size` and `after` of a listing, of Elasticsearch",
            "Pages of names show no one moment. Names are listed at once, and details read by names, as many as pass."),
        EngineOffer(
            "`wait_for_completion=false` of a delete, since Elasticsearch 8",
            "The answer to a delete would say only that it was ordered; so it is waited for, and looked after meanwhile."
        ),
        EngineOffer(
            "`_snapshot/R/_verify_integrity`, of Elasticsearch 8 and later with its commercial modules",
            "It reads all there is, for hours, and where there is none, a `POST` of it is an order of a snapshot. A restore tells "
                + "the same on every engine."),
        EngineOffer(
            "`_snapshot/R/S/I/_status`, since OpenSearch 2.17",
            "It would tell sizes in spite of the cap on shards, by as many requests as it takes. What is only shown is not worth "
                + "that: a backup whose progress is refused has none, and no size."),
        EngineOffer(
            "`timed_out` of an error, since Elasticsearch 9",
            isTaken: true, "It tells a time-out whatever its type. Where it is missing, the type tells."),
    ]
}
