internal import Backups
internal import Time

/// What the log says of jobs that are paused and let go, whoever ordered it: who did, and why.
struct PauseJournal: Sendable {
    /// The pauses that have been told, by job.
    private var told: [String: Marker] = [:]

    /// What is new.
    mutating func entries(_ markers: Markers) -> [LogEntry] {
        let standing = markers.pauses
        var entries: [LogEntry] = []
        func add(_ job: String, _ words: String) {
            entries.append(LogEntry(.jobStanding, .notice, "\(job): \(words)", [.init("BACKUP_JOB", job)]))
        }
        for job in told.keys.sorted() where standing[job] == nil {
            told[job] = nil
            add(job, markers.resume(of: job).map { "let go\($0.byAndReason)" } ?? "the pause is over")
        }
        // One that can't be read yet tells neither who nor why.
        for (job, pause) in standing.sorted(by: { $0.key < $1.key })
        where pause.isReadable && told[job]?.name != pause.name {
            told[job] = pause
            add(job, "paused\(pause.expiry.map { " until \($0.rfc3339)" } ?? "")\(pause.byAndReason)")
        }
        return entries
    }
}
