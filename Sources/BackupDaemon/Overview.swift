internal import Backups
internal import Configuration
package import Time
internal import Verification

/// How everything stands, for a person: the verdict first, then what it rests on.
///
/// Made of the standing alone; it asks nobody.
package struct Overview: Sendable {
    /// What somebody who opens the page has to know.
    package struct Verdict: Sendable {
        package enum Level: String, Sendable {
            case good
            /// All is well as far as backups go, but somebody may want to know.
            case notice
            case trouble
            /// Nobody has looked yet.
            case unknown
        }

        package let level: Level
        package let headline: Phrase
        /// What else belongs to it, and what to do; each a sentence.
        package let remarks: [Phrase]
    }

    /// What has the repository, or waits for it.
    package struct Activity: Sendable {
        package let words: Phrase
        /// From 0 to 1; nil where nobody can tell.
        package let progress: Double?
    }

    /// A component of health that is not simply up, or that nothing can be restored, which is none.
    package struct Problem: Sendable {
        package let name: String
        package let status: Health.Status
        package let reason: String?
        /// Nil where nobody knows.
        package var since: Instant?
        /// What to do about it.
        package let advice: [Phrase]
    }

    package let verdict: Verdict
    package let jobs: [JobOverview]
    package let activities: [Activity]
    package let problems: [Problem]
    /// The components that are up, with nothing to be said of them.
    package let well: [String]
    /// When the repository was last seen.
    package let seen: Instant?
    /// How many backups it holds.
    package let backupCount: Int

    package init(_ standing: Standing, at now: Instant) {
        let health = Health(standing, at: now)
        verdict = Verdict(standing, health, at: now)
        jobs = standing.jobs.map { JobOverview($0, standing) }
        activities = Self.activities(standing)
        let all = health.components
        let told = all.filter { $0.status != .up || $0.reason != nil }.map { component in
            Problem(
                name: component.name, status: component.status, reason: component.reason, since: component.since,
                advice: standing.advice(on: component))
        }
        problems =
            standing.nothingRestorable.map {
                Problem(name: "backups", status: .down, reason: $0.headline.text(at: now), advice: $0.advice)
            } + told
        well = all.filter { $0.status == .up && $0.reason == nil }.map(\.name)
        seen = standing.seen?.time
        backupCount = standing.seen?.backups.count ?? 0
    }

    private static func activities(_ standing: Standing) -> [Activity] {
        var activities = standing.running.sorted { $0.key.description < $1.key.description }.map { id, running in
            let zone = standing.zone(of: running.jobs)
            let who: Phrase = running.jobs.isEmpty ? "by hand" : "for \(running.jobs.joined(separator: ", "))"
            let words: Phrase =
                "Backup \(id.description) \(who): part \(running.part) of 2, \(Int(running.progress * 100)) %, since \(standing.start(of: id, running), in: zone)"
            return Activity(words: words, progress: running.progress)
        }
        for backup in standing.seen?.backups ?? [] where backup.state == .inProgress {
            guard standing.running[backup.id] == nil else { continue }
            let host = backup.metadata.map { " by \($0.instance)" } ?? ""
            activities.append(
                Activity(words: "Backup \(backup.id.description)\(host), which this daemon watches", progress: nil))
        }
        if let request = standing.verifying {
            let what = request.kind == .drill ? "A restore drill" : "A verification"
            activities.append(Activity(words: "\(what) of backup \(request.id.description)", progress: nil))
        }
        if let restore = standing.seen?.markers.restore {
            let words: Phrase = "\(restore.subject) is being restored\(restore.byAndReason): no backup begins meanwhile"
            activities.append(Activity(words: words, progress: nil))
        }
        if let unread = standing.unread {
            activities.append(Activity(words: "The repository is being read: \(unread) snapshots left", progress: nil))
        }
        return activities
    }
}

extension Standing {
    /// When a backup that runs was begun, by whomever.
    func start(of id: BackupID, _ running: Running) -> Instant {
        seen?.backups.first { $0.id == id }?.startTime ?? running.start
    }

    /// In which times of those jobs are told: the first one's that is configured.
    func zone(of jobs: [String]) -> Zone {
        self.jobs.first { jobs.contains($0.settings.name) }?.settings.zone ?? self.jobs.first?.settings.zone ?? .utc
    }
}
