internal import Backups
internal import Time

/// What the log says of restores, which commands do: that one is under way, and how it ended.
struct RestoreJournal: Sendable {
    /// The restore that has been told, by the backup's id.
    private var told: String?
    /// The report that was seen last.
    private var report: Marker?
    private var hasLooked = false

    /// What is new.
    mutating func entries(_ markers: Markers) -> [LogEntry] {
        var entries: [LogEntry] = []
        func add(_ id: String, _ priority: LogEntry.Priority, _ words: String) {
            entries.append(LogEntry(.restore, priority, words, [.init("BACKUP_ID", id)]))
        }
        // How one ended before this process began is no news.
        if let ended = markers.restored, ended.isReadable, report?.name != ended.name {
            defer { report = ended }
            if hasLooked {
                let time = ended.note?.duration.map { " after \($0.text)" } ?? ""
                switch ended.note?.outcome {
                case .success: add(ended.subject, .notice, "the restore of \(ended.subject) has succeeded\(time)")
                default:
                    add(ended.subject, .error, "the restore of \(ended.subject) has failed\(time)\(ended.byAndReason)")
                }
            }
        }
        hasLooked = true
        let standing = markers.restore
        if let standing, told != standing.subject {
            let words = "\(standing.subject) is being restored\(standing.byAndReason): no backup begins meanwhile"
            add(standing.subject, .warning, words)
        } else if standing == nil, let told {
            add(told, .notice, "nothing is being restored any more: backups begin again")
        }
        told = standing?.subject
        return entries
    }
}
