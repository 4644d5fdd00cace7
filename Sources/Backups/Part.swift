package import ElasticsearchClient

/// One snapshot of a backup.
package struct Part: Sendable, Equatable {
    package let name: SnapshotName
    /// Without its metadata, which is read already.
    package internal(set) var snapshot: Snapshot
    /// What this program wrote into it; nil if another made it, or if it could never be read.
    package let metadata: BackupMetadata?
    /// Bytes, as the engine told when it ended; nil where nobody asked, or it told nothing.
    package var size: Backup.Size?
    /// Base names of the indices that it holds, sorted, as far as this program made it and it is remembered.
    var contents: [String] = []

    /// Nil for a snapshot that is no part of a backup.
    package init?(_ snapshot: Snapshot) {
        guard let name = SnapshotName(snapshot.name) else { return nil }
        self.name = name
        metadata = BackupMetadata(snapshot.metadata)
        self.snapshot = snapshot
        self.snapshot.metadata = nil
    }

    package var isUnreadable: Bool { snapshot.state == .unreadable }

    /// The parts, all good, of one version that together make a backup; of the highest version if there are several.
    static func wholeSet(of parts: [Part]) -> [Part]? {
        let good = parts.filter { $0.snapshot.state == .success }
        let versions = Set(good.map(\.name.version)).sorted().reversed()
        for version in versions {
            let set = good.filter { $0.name.version == version }.sorted { $0.name.part < $1.name.part }
            guard let count = set.first?.name.partCount, set.allSatisfy({ $0.name.partCount == count }),
                set.map(\.name.part) == Array(1...count)
            else { continue }
            return set
        }
        return nil
    }
}
