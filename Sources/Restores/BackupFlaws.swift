package import Backups
internal import ElasticsearchClient
internal import Text

/// What is wrong with a backup, whatever it is to be restored to; pure.
package struct BackupFlaws {
    package private(set) var obstacles: [RestoreObstacle] = []

    /// - Parameter contents: what stands in the storage for its parts that are SUCCESS, by the names of their snapshots.
    package init(_ backup: Backup, _ contents: [String: RestoreFindings.Contents]) {
        let parts = backup.countingParts
        let numbers = parts.map(\.name.part)
        for number in 1...max(parts.first?.name.partCount ?? 2, 1) where !numbers.contains(number) {
            let advice =
                backup.state == .inProgress
                ? "may still be taken: wait for it, or cancel it" : "is missing: take another backup"
            add(.partMissing, "part \(number) of the backup \(backup.id) \(advice)")
        }
        for part in parts { look(at: part, contents[part.name.description]) }
        if backup.state == .failed, let reason = backup.failureReason, parts.allSatisfy({ $0.state == .success }) {
            add(.notGood, "the backup \(backup.id) is FAILED: \(reason)")
        }
    }

    private mutating func add(_ kind: RestoreObstacle.Kind, _ message: String, _ names: [String] = []) {
        obstacles.append(RestoreObstacle(kind, message, names: names))
    }

    private mutating func look(at part: Part, _ contents: RestoreFindings.Contents?) {
        let name = part.name.description
        guard part.state == .success else {
            if part.isUnreadable {
                add(
                    .partUnreadable,
                    "the storage does not give what stands in a part: bring its blob back, or take another backup",
                    [name])
            } else {
                let why = part.failures.isEmpty ? "" : " (\(part.failures[0]))"
                add(.partNotSuccessful, "a part is \(part.state.name)\(why): take another backup", [name])
            }
            return
        }
        switch contents {
        case .unreadable(let words): add(.partUnreadable, "a part can't be read: \(words)", [name])
        case .read(let read):
            let missing = part.indices.filter { read.shards[$0, default: 0] == 0 }.sorted()
            guard !missing.isEmpty else { return }
            add(
                .indexMissing,
                "\(name) names \(missing.count.of("index", "indices")) of which nothing stands in the repository: take another backup",
                missing)
        case nil: break
        }
    }
}
