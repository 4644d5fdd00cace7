internal import ElasticsearchClient
internal import Time

/// How far writing had come in some indices at a moment: the same later if nothing was written, made or deleted in between.
package struct WriteState: Sendable, Equatable {
    private struct Index: Sendable, Equatable {
        let created: Instant?
        /// Of its primary shards; nil where it tells none, as a closed one does, or one whose shards have not started.
        let sequenceNumbers: [Int64]?
    }

    private var indices: [String: Index] = [:]

    init() {}

    init(of names: [String], in findings: RestoreFindings) {
        for name in names {
            indices[name] = Index(
                created: findings.creationDates[name], sequenceNumbers: findings.statistics[name]?.sequenceNumbers)
        }
    }

    /// The indices that are there now and are not as they were; whether one that tells nothing now has changed nobody knows.
    func changed(until now: WriteState) -> [String] {
        now.indices.filter { $0.value != indices[$0.key] && !isSilent($0.key, in: now) }.keys.sorted()
    }

    /// The indices that told how far they were, and tell nothing now.
    func silent(in now: WriteState) -> [String] {
        now.indices.keys.filter { isSilent($0, in: now) }.sorted()
    }

    private func isSilent(_ name: String, in now: WriteState) -> Bool {
        guard let then = indices[name], let index = now.indices[name], index.created == then.created else {
            return false
        }
        return index.sequenceNumbers == nil && then.sequenceNumbers != nil
    }

    /// In so few words that a marker has room for it: how many indices, writes to them, and when the newest was created, in milliseconds.
    package var summary: String {
        let writes = indices.values.flatMap { $0.sequenceNumbers ?? [] }.reduce(0) { $0 + $1 + 1 }
        let newest = indices.values.compactMap(\.created).max()?.millisecondsSinceEpoch ?? 0
        return "\(indices.count)/\(writes)/\(newest)"
    }
}
