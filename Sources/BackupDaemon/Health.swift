internal import Backups
internal import Configuration
internal import ElasticsearchClient
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
            ] + standing.jobs.map { Component($0, damage: standing.damage(of: $0.settings.name)) }
    }
}

extension Health.Component {
    fileprivate static func engine(_ standing: Standing) -> Self {
        guard standing.seen != nil || standing.lookFailure != nil else {
            return Self(name: "engine", status: .unknown, reason: nil)
        }
        return Self(
            name: "engine", status: standing.isEngineUp ? .up : .down,
            reason: standing.isEngineUp ? standing.seen?.engine.wordsOnUnknownKind : standing.lookFailure?.message)
    }

    fileprivate static func repository(_ standing: Standing) -> Self {
        if let failure = standing.lookFailure {
            return Self(name: "repository", status: .down, reason: failure.message)
        }
        if let rival = standing.clusters.first(where: { standing.rivals.contains($0.uuid) }) {
            return Self(name: "repository", status: .down, reason: rival.wordsOnRivalry)
        }
        // What has not been read yet may be restorable.
        let refused = standing.unread == nil ? standing.seen?.refused : nil
        if let words = refused?.words, refused?.newestRestorable == nil {
            return Self(name: "repository", status: .down, reason: words)
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
        return Self(
            name: "indices", status: lost.isEmpty ? .up : .down,
            reason: lost.isEmpty ? nil : "gone from Optimize: \(lost.joined(separator: "; "))")
    }

    /// Down while what somebody has written is not in force.
    fileprivate static func configuration(_ standing: Standing) -> Self {
        let refusal = standing.refusal.map {
            "refused at \($0.time.toTheSecond), the old one stays in force: \($0.reason)"
        }
        return Self(name: "configuration", status: refusal == nil ? .up : .down, reason: refusal)
    }

    /// Down once a fire time has been left lying for a while, which no job's schedule can explain.
    fileprivate static func scheduler(_ standing: Standing, at now: Instant) -> Self {
        guard let lying = standing.leftLying(at: now) else {
            return Self(name: "scheduler", status: .up, reason: nil)
        }
        return Self(
            name: "scheduler", status: .down,
            reason: "the fire time \(lying.time.rfc3339) of \(lying.job) was left lying: restart the daemon")
    }

    fileprivate static func retention(_ standing: Standing) -> Self {
        let failure = standing.retention.failure
        let putOff = standing.retention.putOff.map { "put off since \($0.time.rfc3339): \($0.message)" }
        return Self(
            name: "retention", status: failure == nil ? .up : .down,
            reason: failure?.message ?? putOff ?? standing.wordsOnReport ?? standing.wordsOnForgottenJobs)
    }

    /// - Parameter damage: what its last verification has found.
    fileprivate init(_ job: Standing.Job, damage: Marker?) {
        let failure = job.lastFailure.map { "the last backup failed: \($0.message)" }
        let damaged = damage.map { marker in
            "the backup \(marker.verification?.backup.description ?? "") can't be relied on\(marker.byAndReason)"
        }
        self.init(
            name: "job-\(job.settings.name)", status: job.isOverdue || damage != nil ? .down : .up,
            reason: damaged ?? failure
                ?? (job.isOverdue ? "no backup has succeeded when one was owed" : job.isPaused ? "paused" : nil))
    }
}

extension Standing {
    /// The last verdict on a backup of a job, if it was a bad one.
    func damage(of job: String) -> Marker? {
        let last = VerificationNote.Kind.allCases.flatMap { kind in
            [VerificationNote.Outcome.success, .failed].compactMap { seen?.markers.verification(of: job, kind, $0) }
        }
        .max { $0.name.number < $1.name.number }
        return last?.verification?.outcome == .failed ? last : nil
    }

    /// When a drill of a job's backup last succeeded.
    func proven(_ job: String) -> Instant? { seen?.markers.verification(of: job, .drill, .success)?.date }
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
        let counts = retention.reported.sorted { $0.key < $1.key }
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
