internal import Backups

/// What the log says of other clusters in the repository, each thing once.
struct ClusterJournal: Sendable {
    private var known: Set<String> = []
    private var rivals: Set<String> = []

    /// What is new.
    mutating func entries(_ others: [OtherCluster], _ rivals: Set<String>, repository: String) -> [LogEntry] {
        defer { (known, self.rivals) = (Set(others.map(\.uuid)), rivals) }
        var entries: [LogEntry] = []
        func add(_ priority: LogEntry.Priority, _ words: String, _ setting: String? = nil) {
            let fields = [LogEntry.Field("REPOSITORY", repository)] + (setting.map { [.init("SETTING", $0)] } ?? [])
            entries.append(LogEntry(.otherCluster, priority, words, fields))
        }
        for other in others {
            if !known.contains(other.uuid) {
                let whose =
                    other.isFormer
                    ? "are ours, as configured" : "are not ours: 'optimize-backup check' says how they can be"
                add(other.isFormer ? .info : .warning, "\(other.summary) \(whose)", "backup.formerClusters")
            }
            switch (self.rivals.contains(other.uuid), rivals.contains(other.uuid)) {
            case (false, true): add(.error, other.wordsOnRivalry)
            case (true, false): add(.notice, "the cluster \(other.uuid) has not written this repository for a while")
            default: break
            }
        }
        return entries
    }
}
