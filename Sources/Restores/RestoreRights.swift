internal import Backups
internal import ElasticsearchClient
internal import Engines

/// Finds out which rights a restore would miss, by asking for what can't be done for another reason.
struct RestoreRights {
    let client: EngineClient
    let request: RestoreRequest
    let engine: EngineDescription
    /// Of the indices that come back.
    let prefix: String

    /// - Parameters:
    ///   - parts: of the backup that stands in the source.
    ///   - home: where markers are written; nil where none are.
    func missing(_ parts: [Part], in source: String, home: String?) async -> [String] {
        guard client.settings.credentials != .none else { return [] }
        var missing: [EngineAction] = []
        func probe(_ probe: RightProbe, in repository: String) async {
            missing += await client.missingRights(probe, ofIndices: prefix, in: repository) ?? []
        }
        let readable = parts.first { $0.state == .success && !$0.indices.isEmpty }
        if let part = readable, let index = part.indices.first {
            await probe(.restore(snapshot: part.name.description, index: index), in: source)
        }
        // Elasticsearch asks for no rights on what comes back; OpenSearch names them once the cluster's right is there.
        if engine.distribution == .opensearch, missing.contains(.restoreSnapshot) {
            await probe(.createIndex, in: source)
            await probe(.write, in: source)
        }
        for operation in RightProbe.LookOperation.allCases
        where operation != .search || request.newPrefix == nil || request.drill != nil {
            await probe(.look(operation), in: source)
        }
        if request.drill == nil { await probe(.closeIndex, in: source) }
        // What a drill brings back it removes.
        if request.replacesExisting || request.drill != nil { await probe(.deleteIndex, in: source) }
        if let home {
            await probe(.createSnapshot, in: home)
            await probe(.deleteSnapshot, in: home)
        }
        return missing.map(\.name)
    }
}
