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
        for (job, pause) in told.sorted(by: { $0.key < $1.key }) where standing[job] == nil {
            told[job] = nil
            // An earlier pause may have been ended by somebody; this one may just be over.
            let resume = markers.resume(of: job).flatMap { $0.name.number > pause.name.number ? $0 : nil }
            add(job, resume.map { "let go\($0.byAndReason)" } ?? "the pause is over")
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
