internal import Backups
internal import Configuration
internal import Scheduling
internal import Text
internal import Time
internal import Verification

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
        if let request = standing.verifying {
            return "\(request.kind == .drill ? "a restore drill" : "a verification") of backup \(request.id)"
        }
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
        let proven = standing.proven(job.name).map { "; proven \($0.rfc3339.prefix(10))" } ?? ""
        let damaged = standing.jobs.filter { standing.damage(of: $0.settings.name) != nil }.map {
            "; a backup of \($0.settings.name) can't be relied on"
        }
        let next = "next run: \(job.name) at \(time.rfc3339(offset: job.zone.offset(at: time)))"
        return "\(next)\(proven)\((failures + damaged).joined())"
    }
}
