internal import Backups
internal import Configuration
internal import Scheduling
internal import Text
internal import Time

/// How the daemon and what it depends on are.
package struct Health: Sendable, Equatable {
    package enum Status: String, Sendable {
        case up = "UP"
        case down = "DOWN"
        /// Nobody has looked yet.
        case unknown = "UNKNOWN"
    }

    package struct Component: Sendable, Equatable {
        package let name: String
        package let status: Status
        /// Why it is down, or what else is to be said of it.
        package let reason: String?
    }

    package let components: [Component]

    /// Down if one of them is.
    package var status: Status {
        components.contains { $0.status == .down }
            ? .down : components.contains { $0.status == .unknown } ? .unknown : .up
    }
}

extension Daemon {
    /// As it was last seen; it asks nobody.
    package func health() -> Health {
        let state = observed
        let now = clock.now()
        let engine: Health.Component =
            if state.look == nil && state.lookFailure == nil {
                .init(name: "engine", status: .unknown, reason: nil)
            } else {
                .init(
                    name: "engine", status: state.isEngineUp ? .up : .down,
                    reason: state.isEngineUp ? nil : state.lookFailure?.message)
            }
        let repository = Health.Component(
            name: "repository", status: state.lookFailure != nil ? .down : state.look == nil ? .unknown : .up,
            reason: state.lookFailure?.message ?? repositoryReason(state))
        let retention = Health.Component(
            name: "retention", status: state.retentionFailure == nil ? .up : .down,
            reason: state.retentionFailure?.message ?? forgottenJobs(state))
        let jobs = settings.jobs.map { job in
            let isOverdue = !isPaused(job, state) && state.look != nil && (owed(job, state).map { $0 < now } ?? false)
            let failure = state.lastFailure[job.name].map { "the last backup failed: \($0.message)" }
            let reason =
                failure
                ?? (isOverdue ? "no backup has succeeded when one was owed" : isPaused(job, state) ? "paused" : nil)
            return Health.Component(name: "job-\(job.name)", status: isOverdue ? .down : .up, reason: reason)
        }
        return Health(
            components: [engine, repository, scheduler(now), retention] + jobs)
    }

    /// What else is to be said of a repository that is not down.
    private func repositoryReason(_ state: Observations) -> String? {
        var reasons: [String] = []
        if let unread = state.unread { reasons.append("being read: \(unread) snapshots are left") }
        if let unreadable = state.look?.unreadable, !unreadable.isEmpty {
            reasons.append("can't be read: \(unreadable.joined(separator: ", "))")
        }
        if let clock = repository.lastTrustedTime.problem { reasons.append(clock) }
        return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }

    /// Down once a fire time has been left lying for more than a minute, which no job's schedule can explain.
    private func scheduler(_ now: Instant) -> Health.Component {
        let late = settings.jobs.filter { !$0.isPaused }.compactMap { job -> (time: Instant, job: String)? in
            guard let time = scannedUntil[job.name].flatMap({ job.nextFireTime(after: $0)?.time }) else { return nil }
            return now - time > .seconds(60) ? (time, job.name) : nil
        }
        let first = late.min { $0.time < $1.time }
        return .init(
            name: "scheduler", status: first == nil ? .up : .down,
            reason: first.map { "the fire time \($0.time.rfc3339) of \($0.job) was left lying: restart the daemon" })
    }

    /// Says of which jobs there are backups that no policy judges any more; nil if there are none.
    private func forgottenJobs(_ state: Observations) -> String? {
        let known = Set((state.look?.backups ?? []).flatMap { $0.metadata?.due?.jobs ?? [] })
        let forgotten = known.subtracting(settings.jobs.map(\.name)).sorted()
        guard !forgotten.isEmpty else { return nil }
        return "backups of jobs that are no longer configured stay: \(forgotten.joined(separator: ", "))"
    }

    /// One line for `systemctl status`: what runs, else the next run, else what is wrong.
    package func statusLine() -> String {
        let state = observed
        guard let refusal = state.refusal else { return standing(state) }
        let words = "the new configuration is wrong, the old one stays in force: \(refusal)"
        return "\(words.cut(toBytes: 300)); \(standing(state))"
    }

    private func standing(_ state: Observations) -> String {
        if let (id, progress) = state.progress.min(by: { $0.key.description < $1.key.description }) {
            return "taking backup \(id), \(Int(progress * 100)) %"
        }
        if state.look == nil, let unread = state.unread {
            return "reading the repository, \(unread) snapshots are left"
        }
        if let failure = state.lookFailure { return "trouble: \(failure.message)" }
        guard let next = nextFireTimes(after: clock.now()).min(by: { $0.fire.time < $1.fire.time }) else {
            return "no jobs are scheduled"
        }
        let time = next.fire.time.rfc3339(offset: next.job.zone.offset(at: next.fire.time))
        let failures = state.lastFailure.sorted { $0.key < $1.key }.map {
            "; the last backup of \($0) failed: \($1.message)"
        }
        return "next run: \(next.job.name) at \(time)\(failures.joined())"
    }
}
