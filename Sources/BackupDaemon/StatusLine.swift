internal import Backups
internal import Configuration
internal import Scheduling
internal import Text
internal import Time

/// One line for `systemctl status`: what runs, else the next run, else what is wrong.
package struct StatusLine {
    package let text: String

    package init(_ standing: Standing) {
        guard let refusal = standing.refusal else {
            text = Self.work(standing)
            return
        }
        let words = "the new configuration is wrong, the old one stays in force: \(refusal)"
        text = "\(words.cut(toBytes: 300)); \(Self.work(standing))"
    }

    private static func work(_ standing: Standing) -> String {
        if let (id, progress) = standing.firstRunning { return "taking backup \(id), \(Int(progress * 100)) %" }
        if let restore = standing.seen?.markers.restore {
            return "\(restore.subject) is being restored\(restore.byAndReason): no backup begins meanwhile"
        }
        if standing.seen == nil, let unread = standing.unread {
            return "reading the repository, \(unread.of("snapshot")) left"
        }
        if let failure = standing.lookFailure { return "trouble: \(failure.message)" }
        let upcoming = standing.jobs.compactMap { job in job.next.map { (time: $0.time, job: job.settings) } }
        guard let (time, job) = upcoming.min(by: { $0.time < $1.time }) else { return "no jobs are scheduled" }
        let failures = standing.jobs.compactMap { job in
            job.lastFailure.map { "; the last backup of \(job.settings.name) failed: \($0.message)" }
        }
        return "next run: \(job.name) at \(time.rfc3339(offset: job.zone.offset(at: time)))\(failures.joined())"
    }
}
