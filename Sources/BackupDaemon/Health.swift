internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import Retention
internal import Text
package import Time

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
        /// Since when it is down; nil where nobody knows.
        package var since: Instant?
        /// What mends it; nil while it is not down.
        package var remedy: String?
    }

    package let components: [Component]

    /// Down if one of them is.
    package var status: Status {
        components.contains { $0.status == .down }
            ? .down : components.contains { $0.status == .unknown } ? .unknown : .up
    }
}

extension Health {
    /// As it was last seen; it asks nobody.
    package init(_ standing: Standing, at now: Instant) {
        components =
            [
                .engine(standing), .repository(standing), .indices(standing), .scheduler(standing, at: now),
                .retention(standing), .configuration(standing),
            ] + standing.jobs.map { .job($0, standing) }
    }
}

extension Health.Component {
    fileprivate static func engine(_ standing: Standing) -> Self {
        guard standing.seen != nil || standing.lookFailure != nil else {
            return Self(name: "engine", status: .unknown, reason: nil)
        }
        guard standing.isEngineUp else {
            return Self(
                name: "engine", status: .down, reason: standing.lookFailure?.message, since: standing.lookFailure?.time,
                remedy: "see to the engine; 'optimize-backup check' tells whether it can be used again")
        }
        return Self(name: "engine", status: .up, reason: standing.seen?.engine.wordsOnUnknownKind)
    }

    fileprivate static func repository(_ standing: Standing) -> Self {
        if let failure = standing.lookFailure {
            return Self(
                name: "repository", status: .down, reason: failure.message, since: failure.time,
                remedy: "'optimize-backup check' tells all that is wrong with engine, repository and storage")
        }
        if let rival = standing.clusters.first(where: { standing.rivals.contains($0.uuid) }) {
            return Self(
                name: "repository", status: .down, reason: rival.wordsOnRivalry,
                remedy: "let one cluster alone write it, before anything else is deleted")
        }
        // What has not been read yet may be restorable.
        let refused = standing.unread == nil ? standing.seen?.refused : nil
        if let words = refused?.words, refused?.newestRestorable == nil {
            return Self(
                name: "repository", status: .down, reason: words, remedy: "'optimize-backup create' takes a backup now")
        }
        var reasons = [refused?.words].compactMap { $0 }
        if let unread = standing.unread { reasons.append("being read: \(unread.of("snapshot")) left") }
        if let unreadable = standing.seen?.unreadable, !unreadable.isEmpty {
            reasons.append("can't be read: \(unreadable.joined(separator: ", "))")
        }
        if let clock = standing.clockProblem { reasons.append(clock) }
        for other in standing.clusters where !other.isFormer {
            reasons.append("\(other.summary) are not ours: 'optimize-backup check' says how they can be")
        }
        return Self(
            name: "repository", status: standing.seen == nil ? .unknown : .up,
            reason: reasons.isEmpty ? nil : reasons.joined(separator: "; "))
    }

    /// Down while Optimize lacks what its backups hold.
    fileprivate static func indices(_ standing: Standing) -> Self {
        guard standing.seen != nil else { return Self(name: "indices", status: .unknown, reason: nil) }
        let lost = (standing.vanished ?? []).map(\.words)
        guard !lost.isEmpty else {
            let uncovered = standing.uncovered.flatMap { $0 > 0 ? $0.of("index", "indices") : nil }
            let words = uncovered.map { "\($0) of the prefix in no backup: 'optimize-backup check' names them" }
            return Self(name: "indices", status: .up, reason: words)
        }
        return Self(
            name: "indices", status: .down, reason: "gone from Optimize: \(lost.joined(separator: "; "))",
            since: standing.vanished?.map(\.since).min(),
            remedy:
                "if nobody has deleted them on purpose, 'optimize-backup restore \(standing.vanished?.first?.holder ?? "ID")' brings them back"
        )
    }

    /// Down while what somebody has written is not in force.
    fileprivate static func configuration(_ standing: Standing) -> Self {
        let refusal = standing.refusal.map {
            "refused at \($0.time.toTheSecond), the old one stays in force: \($0.reason)"
        }
        guard let refusal else { return Self(name: "configuration", status: .up, reason: nil) }
        return Self(
            name: "configuration", status: .down, reason: refusal, since: standing.refusal?.time,
            remedy:
                standing.refusal?.needsRestart == true
                ? "'systemctl restart optimize-backup' brings it into force"
                : "mend it, and reload; 'optimize-backup check --config-only' tells each mistake")
    }

    /// Down once a fire time has been left lying for a while, which no job's schedule can explain.
    fileprivate static func scheduler(_ standing: Standing, at now: Instant) -> Self {
        guard let lying = standing.leftLying(at: now) else {
            return Self(name: "scheduler", status: .up, reason: nil)
        }
        return Self(
            name: "scheduler", status: .down,
            reason: "the fire time \(lying.time.rfc3339) of \(lying.job) was left lying", since: lying.time,
            remedy: "restart the daemon")
    }

    fileprivate static func retention(_ standing: Standing) -> Self {
        if let failure = standing.retention.failure {
            return Self(
                name: "retention", status: .down, reason: failure.message, since: failure.time,
                remedy: "'optimize-backup prune --dry-run' tells what it would do, and what is in its way")
        }
        let putOff = standing.retention.putOff.map { "put off since \($0.time.rfc3339): \($0.message)" }
        return Self(
            name: "retention", status: .up,
            reason: putOff ?? standing.wordsOnReport ?? standing.wordsOnForgottenJobs)
    }

    /// Down once a success is overdue, or the newest backup was found damaged; unknown until the first success is due.
    fileprivate static func job(_ job: Standing.Job, _ standing: Standing) -> Self {
        let name = "job-\(job.settings.name)"
        let failure = job.lastFailure.map { "the last backup failed: \($0.message)" }
        if let damage = standing.damage(of: job.settings.name) {
            let id = damage.verification?.backup.description ?? ""
            return Self(
                name: name, status: .down, reason: "the backup \(id) can't be relied on\(damage.byAndReason)",
                since: damage.date,
                remedy:
                    "'optimize-backup create --job \(job.settings.name)' takes another, 'optimize-backup verify' looks at it"
            )
        }
        if job.isOverdue {
            return Self(
                name: name, status: .down, reason: failure ?? "no backup has succeeded when one was owed",
                since: job.owed,
                remedy:
                    "'optimize-backup create --job \(job.settings.name)' takes one now; the journal tells why there was none"
            )
        }
        if job.isPaused { return Self(name: name, status: .up, reason: failure ?? "paused") }
        guard standing.seen != nil, job.held.lastSuccess == nil else {
            return Self(name: name, status: standing.seen == nil ? .unknown : .up, reason: failure)
        }
        // Who looks once knows no start from which on it is owed.
        let owed =
            job.isSeenOnce
            ? "no backup has succeeded yet"
            : job.owed.map { "no backup has succeeded yet; the first is owed at \($0.toTheSecond)" }
        return Self(name: name, status: .unknown, reason: failure ?? owed)
    }
}

extension Standing {
    /// The last verdict on a backup of a job, if it was a bad one.
    func damage(of job: String) -> Marker? {
        let last = lastVerdict(on: job)
        return last?.verification?.outcome == .failed ? last : nil
    }

    /// The last verdict on a backup of a job: by its schedule, or a bad one by hand on the newest good one.
    func lastVerdict(
        on job: String, by kinds: [VerificationNote.Kind] = VerificationNote.Kind.allCases
    ) -> Marker? {
        // One that is older than what was found damaged is not what a restore would bring back.
        let last = seen?.markers.lastVerdict(onBackupsOf: job, by: kinds) { well, damaged in
            if well == damaged { return true }
            return seen?.backups.first { $0.isFor(job) && [well, damaged].contains($0.id) }?.id == well
        }
        guard let byHand = verdictOnNewest(of: job), let note = byHand.verification, note.outcome == .failed,
            kinds.contains(note.kind), last.map({ byHand.name.number > $0.name.number }) ?? true
        else { return last }
        return byHand
    }

    /// The last verdict on the newest good backup of a job, whoever asked for it.
    private func verdictOnNewest(of job: String) -> Marker? {
        jobs.first { $0.settings.name == job }?.held.newestGood?.verification
    }

    /// When a drill of a job's backup last succeeded: by its schedule, or by hand of what was the newest one then.
    func proven(_ job: String) -> Instant? {
        verified(job, .drill)
    }

    /// The same of a kind of verification.
    func verified(_ job: String, _ kind: VerificationNote.Kind) -> Instant? {
        [seen?.markers.verification(of: job, kind, .success)?.date, seen?.jobs[job]?.verified[kind]].compactMap { $0 }
            .max()
    }
}

extension OtherCluster {
    /// That two clusters write one repository: each overwrites what the other relies on.
    package var wordsOnRivalry: String {
        let host = writes.lastHost.isEmpty ? "" : " by \(writes.lastHost)"
        let write = writes.last.map { " (last at \($0.toTheSecond)\(host))" } ?? ""
        return "the cluster \(uuid) writes this repository\(write) while this cluster does, too, which destroys it: "
            + "register it read-only in one of them, or give each a repository of its own"
    }
}

extension Standing {
    /// Says how much retention would delete; nil where it deletes, or has nothing to delete.
    fileprivate var wordsOnReport: String? {
        let counts = (retention.reported ?? [:]).sorted { $0.key < $1.key }
        guard !counts.isEmpty else { return nil }
        let words = counts.map { "\($0.value) \($0.key.isEmpty ? "taken by hand" : "of \($0.key)")" }
        return "would delete \(words.joined(separator: ", ")), were retentionDefaults.mode not report"
    }

    /// Says of which jobs there are backups that no policy judges any more; nil if there are none.
    fileprivate var wordsOnForgottenJobs: String? {
        let forgotten = Set((seen?.jobs ?? [:]).keys).subtracting(jobs.map(\.settings.name)).sorted()
        guard !forgotten.isEmpty else { return nil }
        return "backups of jobs that are no longer configured stay: \(forgotten.joined(separator: ", "))"
    }
}
