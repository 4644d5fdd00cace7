internal import ElasticsearchClient

/// Finds out which rights a restore would miss, by asking for what can't be done for another reason.
struct RestoreRights {
    let client: EngineClient
    let prefix: String

    /// - Parameter deletes: whether indices are to be deleted, too.
    func missing(in repository: String, deletes: Bool) async -> [String] {
        guard client.settings.credentials != .none else { return [] }
        var missing: [String] = []
        for right in RestoreRight.allCases where deletes || right != .delete {
            if await client.lacks(right, prefix: prefix, repository: repository) { missing.append(right.rawValue) }
        }
        return missing
    }
}
