package import Backups
internal import Configuration
package import Retention
internal import Scheduling
package import Time

/// What retention will remove next, and why, made of what was seen by the functions that the pruner calls.
package struct RetentionPreview: Sendable {
    /// What will have retention applied next.
    package enum Occasion: Sendable, Equatable {
        /// The backup that those jobs take at a time.
        case backup(of: [String], at: Instant, zone: Zone)
        /// The one that runs.
        case runningBackup(BackupID)
        /// Its own schedule.
        case schedule(Instant)
        /// What the last run has left undone is tried again soon.
        case anotherTry
        /// A person alone.
        case person
    }

    package struct Hold: Sendable, Equatable {
        package let id: BackupID
        package let marker: Marker
    }

    package let occasion: Occasion
    /// Why nothing can be told, or nothing is pruned at all.
    package let obstacle: String?
    /// What goes then, the oldest first.
    package let removals: [RetentionDecision]
    /// How many more would go then, did a run not delete so many at most.
    package let leftOver: Int
    /// What keeps some of it from being removed.
    package let concerns: [String]
    /// Whether it is only told, and nothing is deleted.
    package let isReport: Bool
    package let keptCount: Int
    /// The newest first.
    package let holds: [Hold]
}

extension RetentionPreview {
    package init(_ standing: Standing, at now: Instant) {
        let defaults = standing.retentionDefaults
        let occasion = Occasion(standing, at: now)
        self.occasion = occasion
        isReport = defaults.mode == .report
        holds = (standing.seen?.backups ?? []).compactMap { backup in
            backup.hold.map { Hold(id: backup.id, marker: $0) }
        }
        guard let seen = standing.seen else {
            obstacle = "the repository has not been seen yet"
            (removals, leftOver, concerns, keptCount) = ([], 0, [], 0)
            return
        }
        let plan = Self.plan(standing, seen, occasion, at: now)
        obstacle = Self.obstacle(standing)
        let suspicious = plan.suspiciousJobs
        concerns = defaults.concerns(plan, suspicious: suspicious).map { "\($0)" }
        // What is only reported is all of it.
        let removable = isReport ? plan.reversed().filter { !$0.keeps } : plan.deletable(besides: suspicious)
        let limit = isReport ? removable.count : defaults.maximumDeletesPerRun
        removals = Array(removable.prefix(limit))
        leftOver = removable.count - removals.count
        keptCount = plan.count - removable.count
    }

    static func obstacle(_ standing: Standing) -> String? {
        if let restore = standing.seen?.markers.restore {
            return "\(restore.subject) is being restored\(restore.byAndReason): nothing is pruned meanwhile"
        }
        if standing.unread != nil { return "not all snapshots have been read: nothing is pruned before" }
        return standing.lookFailure.map { "the repository can't be relied on: \($0.message)" }
    }

    private static func plan(
        _ standing: Standing, _ seen: SeenRepository, _ occasion: Occasion, at now: Instant
    ) -> [RetentionDecision] {
        let (defaults, agree) = (standing.retentionDefaults, standing.clockProblem == nil)
        // The backup after which it is applied has ended by then.
        let then: Instant =
            switch occasion {
            case .backup(let jobs, let time, _):
                time + (jobs.compactMap { seen.jobs[$0]?.medianDuration }.max() ?? .zero)
            case .schedule(let time): time
            case .runningBackup, .anotherTry, .person: now
            }
        let time = min(then, then + seen.engineLead)
        let former = standing.clusters.filter(\.isFormer).flatMap(\.backups)
        var candidates = defaults.candidates(
            seen.backups + former, standing.clusters, prefix: standing.indexPrefix, at: time, areAgesKnown: agree)
        switch occasion {
        case .backup(let jobs, let due, _):
            candidates.append(Candidate(after: seen, of: jobs, dueAt: due, id: BackupID(fireTime: due)))
        case .runningBackup(let id):
            candidates.removeAll { $0.id == id.description }
            let running = standing.running[id]
            let start = id.fireTime ?? running?.start ?? now
            candidates.append(Candidate(after: seen, of: running?.jobs ?? [], dueAt: min(start, time), id: id))
        case .schedule, .anotherTry, .person: break
        }
        return standing.retentionRules.plan(candidates, now: time, areAgesKnown: agree)
    }
}

extension RetentionPreview.Occasion {
    init(_ standing: Standing, at now: Instant) {
        if let running = standing.firstRunning {
            self = .runningBackup(running.id)
            return
        }
        if standing.retention.putOff != nil || standing.retention.failure != nil {
            self = .anotherTry
            return
        }
        let coming = standing.jobs.compactMap { job in job.next.map { (time: $0.time, settings: job.settings) } }
        let next = coming.min { $0.time < $1.time }
        let scheduled = standing.retentionDefaults.schedule?.next(after: now, in: .utc)?.time
        if let scheduled, next.map({ scheduled < $0.time }) ?? true {
            self = .schedule(scheduled)
        } else if let next {
            let jobs = coming.filter { $0.time == next.time }.map(\.settings.name)
            self = .backup(of: jobs, at: next.time, zone: next.settings.zone)
        } else {
            self = .person
        }
    }
}

extension Candidate {
    /// A backup that has yet to come, as if it held what the newest good one does.
    fileprivate init(after seen: SeenRepository, of jobs: [String], dueAt time: Instant, id: BackupID) {
        let newest = seen.backups.first { $0.state == .completed }
        self.init(
            id: id.description, time: time, startTime: time, state: .completed, jobs: jobs,
            contents: newest?.contents ?? [], version: newest?.version ?? "", isRestorable: true)
    }
}
