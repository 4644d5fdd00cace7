/// In which order, and how many of them, a listing shows its snapshots.
///
/// By default names stand in their own order and details in that of their start. Elasticsearch takes `sort`, `order` and `size`, but
/// not with `verbose=false`.
struct ListingOrder {
    private let isByName: Bool
    private let isDescending: Bool
    /// Nil for all.
    let size: Int?

    /// Why a request can't be followed.
    struct Problem: Error {
        let reply: EngineReply
    }

    init(_ call: EngineCall) throws(Problem) {
        let hasDetails = call.query["verbose"] != "false"
        let size = call.query["size"].map { Int($0) ?? 0 } ?? -1
        let sort = call.query["sort"] ?? "start_time"
        isDescending = call.query["order"] == "desc"
        isByName = !hasDetails || sort == "name"
        self.size = size == -1 ? nil : size
        if !hasDetails, sort != "start_time" { throw invalid("can't use non-default sort with verbose=false") }
        if !hasDetails, size != -1 { throw invalid("can't use size limit with verbose=false") }
        if !hasDetails, isDescending { throw invalid("can't use non-default sort order with verbose=false") }
        if size != -1, size <= 0 { throw invalid("size must be -1 or greater than 0") }
    }

    func sorted(_ snapshots: [EngineState.Snapshot]) -> [EngineState.Snapshot] {
        let sorted = snapshots.sorted { left, right in
            isByName ? left.name < right.name : (left.start, left.name) < (right.start, right.name)
        }
        return isDescending ? sorted.reversed() : sorted
    }
}

private func invalid(_ words: String) -> ListingOrder.Problem {
    .init(reply: .error(400, "action_request_validation_exception", "Validation Failed: 1: \(words);"))
}
