/// What many snapshots have in common, in one copy.
struct Interned: Sendable {
    private var texts: Set<String> = []
    private var lists: Set<[String]> = []
    private var orders: [BackupMetadata: Shared<BackupMetadata>] = [:]

    /// Sorted.
    mutating func list(_ texts: [String]) -> [String] {
        let sorted = texts.sorted().map { self.texts.insert($0).memberAfterInsert }
        return lists.insert(sorted).memberAfterInsert
    }

    /// What a backup's metadata has in common with that of other fire times.
    mutating func order(_ metadata: BackupMetadata) -> Shared<BackupMetadata> {
        let key = metadata.withoutFireTime
        if let order = orders[key] { return order }
        let order = Shared(key)
        orders[key] = order
        return order
    }
}
