internal import Backups
internal import Configuration
internal import Scheduling
internal import Text
package import Time
internal import Verification

/// One line for `systemctl status`: what runs, else the next run, else what is wrong.
package struct StatusLine {
    package let text: String

    package init(_ standing: Standing, at now: Instant) {
        guard let (time, refusal, _) = standing.refusal else {
            text = Self.work(standing, at: now)
            return
        }
        let words = "configuration refused at \(time.toTheSecond), the old one stays in force: \(refusal)"
        text = "\(words.cut(toBytes: 300)); \(Self.work(standing, at: now))"
    }

    private static func work(_ standing: Standing, at now: Instant) -> String {
        if let (id, running) = standing.firstRunning {
            let who = running.jobs.isEmpty ? "backup \(id)" : running.jobs.joined(separator: ", ")
            let progress =
                "part \(running.part) of 2, \(Int(running.progress * 100)) %, \((now - running.start).clockTime)"
            return "\(who): \(progress)\(next(standing).map { "; next run \($0)" } ?? "")"
        }
        if let words = standing.jobs.lazy.compactMap(pursuit).first {
            return "\(words)\(next(standing).map { "; next run \($0)" } ?? "")"
        }
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
        let failures = standing.jobs.compactMap { job in
            job.lastFailure.map { "; the last backup of \(job.settings.name) failed: \($0.message)" }
        }
        let damaged = standing.jobs.filter { standing.damage(of: $0.settings.name) != nil }.map {
            "; a backup of \($0.settings.name) can't be relied on"
        }
        let paused = standing.jobs.filter(\.isPaused).map(\.settings.name)
        let pauses = paused.isEmpty ? "" : "; paused: \(paused.joined(separator: ", "))"
        // What is refused of the configuration stands before all that.
        let down = Health(standing, at: now).components.filter { $0.status == .down && $0.name != "configuration" }
        let names = down.isEmpty ? "" : "; DOWN: \(down.map(\.name).joined(separator: ", "))"
        let words = (failures + damaged).joined() + names
        let unseen = standing.seen == nil ? "; the repository has not been seen yet" : ""
        guard let next = next(standing) else {
            return (standing.jobs.isEmpty ? "no jobs are configured" : "no run is due") + unseen + pauses + words
        }
        let proven = standing.jobs.compactMap { standing.proven($0.settings.name) }.max()
        return "next run: \(next)\(unseen)\(proven.map { "; proven \($0.rfc3339.prefix(10))" } ?? "")\(pauses)\(words)"
    }

    /// What is tried for a fire time of the job that has come; nil if nothing is, or its backup is taken.
    private static func pursuit(of job: Standing.Job) -> String? {
        switch job.pursuing {
        case .again(let attempt, let attempts, let time, let reason):
            "\(job.settings.name): attempt \(attempt) of \(attempts) at \(job.settings.text(of: time)), after: \(reason)"
        case .waiting(let reason): "\(job.settings.name): waiting: \(reason)"
        case nil: nil
        }
    }

    /// Which job comes next, and when in its zone; nil if none does.
    private static func next(_ standing: Standing) -> String? {
        let upcoming = standing.jobs.compactMap { job in job.next.map { (time: $0.time, job: job.settings) } }
        return upcoming.min { $0.time < $1.time }.map { time, job in
            "\(job.name) at \(job.text(of: time))"
        }
    }
}

extension Duration {
    /// Hours, minutes and seconds, such as `00:04:10`.
    fileprivate var clockTime: String {
        let seconds = max(Int(components.seconds), 0)
        return [seconds / 3_600, seconds / 60 % 60, seconds % 60].map { ($0 < 10 ? "0" : "") + "\($0)" }
            .joined(separator: ":")
    }
}

extension JobSettings {
    fileprivate func text(of time: Instant) -> String { time.rfc3339(offset: zone.offset(at: time)) }
}
