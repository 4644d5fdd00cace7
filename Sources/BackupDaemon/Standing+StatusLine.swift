internal import Backups
internal import Configuration
internal import Scheduling
internal import Text
internal import Time

extension Standing {
    /// One line for `systemctl status`: what runs, else the next run, else what is wrong.
    package var statusLine: String {
        guard let refusal else { return work }
        let words = "the new configuration is wrong, the old one stays in force: \(refusal)"
        return "\(words.cut(toBytes: 300)); \(work)"
    }

    private var work: String {
        if let (id, progress) = firstRunning { return "taking backup \(id), \(Int(progress * 100)) %" }
        if seen == nil, let unread { return "reading the repository, \(unread) snapshots are left" }
        if let failure = lookFailure { return "trouble: \(failure.message)" }
        let upcoming = jobs.compactMap { job in job.next.map { (time: $0.time, job: job.settings) } }
        guard let (time, job) = upcoming.min(by: { $0.time < $1.time }) else { return "no jobs are scheduled" }
        let failures = jobs.compactMap { job in
            job.lastFailure.map { "; the last backup of \(job.settings.name) failed: \($0.message)" }
        }
        return "next run: \(job.name) at \(time.rfc3339(offset: job.zone.offset(at: time)))\(failures.joined())"
    }
}
