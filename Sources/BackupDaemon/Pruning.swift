package import Backups
internal import Configuration
internal import ElasticsearchClient
package import Retention
package import Time

/// Applies retention to a repository; what `prune --dry-run` shows is made by the same functions.
package struct Pruning: Sendable {
    let repository: BackupRepository
    let rules: RetentionRules
    let defaults: RetentionDefaults
    /// Only backups of that job are deleted; nil for all.
    package var job: String?
    /// Whether a plan that removes suspiciously much is carried out all the same.
    package var isConfirmed = false

    package init(repository: BackupRepository, settings: DaemonSettings) {
        self.repository = repository
        rules = settings.rules
        defaults = settings.defaults
    }

    /// What a run has done.
    package struct Report: Sendable {
        /// Oldest first.
        package var removed: [RetentionDecision] = []
        package var failures: [BackupError] = []
        /// How many more would have gone, had not so many gone already.
        package var leftOver = 0
    }

    /// What would stay and what would go, newest first.
    ///
    /// - Parameter now: the present if nil.
    package func plan(now: Instant? = nil) async throws(BackupError) -> [RetentionDecision] {
        let (backups, markers) = try await repository.survey()
        if let restore = markers.first(where: { $0.kind == .restore }) {
            throw BackupError(.repositoryBusy, "a restore is under way (\(restore.name)): nothing is pruned meanwhile")
        }
        let candidates = backups.compactMap { Candidate($0, adoptsForeign: defaults.adoptForeign) }
        return rules.plan(candidates, now: now ?? repository.client.clock.now())
    }

    /// Of a plan what this run may delete, oldest first.
    private func deletable(_ plan: [RetentionDecision]) -> [RetentionDecision] {
        let suspicious = isConfirmed ? [] : plan.suspiciousJobs
        return plan.reversed().filter { decision in
            !decision.keeps && !decision.candidate.isOf(suspicious)
                && (job.map { decision.candidate.isOf([$0]) } ?? true)
        }
    }

    /// Deletes what the plan removes, oldest first and one after the other; one failure doesn't keep the rest.
    ///
    /// A plan is made afresh before each delete, so that nothing that has changed meanwhile is overlooked.
    package func run(observe: BackupObserver) async -> Report {
        var report = Report()
        var tried: Set<String> = []
        var isFirst = true
        while !Task.isCancelled {
            do throws(BackupError) {
                let plan = try await plan()
                if isFirst { report.failures += concerns(plan) }
                isFirst = false
                let left = deletable(plan).filter { !tried.contains($0.candidate.id) }
                guard let next = left.first else { break }
                guard report.removed.count < defaults.maximumDeletesPerRun else {
                    report.leftOver = left.count
                    break
                }
                tried.insert(next.candidate.id)
                try await repository.delete(try BackupID(next.candidate.id), observe: observe)
                report.removed.append(next)
            } catch {
                // Somebody else was quicker.
                if error.code == .notFound { continue }
                report.failures.append(error)
                // Without an answer, or while something runs, the rest would fare no better.
                if [.engineUnreachable, .engineDenied, .repositoryBusy, .configuration, .cancelled].contains(error.code)
                {
                    break
                }
            }
        }
        return report
    }

    /// What keeps a plan from being carried out, apart from failures.
    package func concerns(_ plan: [RetentionDecision]) -> [BackupError] {
        var concerns: [BackupError] = []
        if let reason = plan.lazy.flatMap(\.reasons).first(where: { $0.hasPrefix("a clock is wrong") }) {
            concerns.append(BackupError(.configuration, "nothing is pruned: \(reason)"))
        }
        guard !isConfirmed else { return concerns }
        for job in plan.suspiciousJobs.sorted() {
            let own = plan.filter { $0.candidate.isOf([job]) && $0.candidate.state == .completed }
            let gone = own.count { !$0.keeps }
            let who = job.isEmpty ? "taken by hand" : "of \(job)"
            concerns.append(
                BackupError(
                    .configuration,
                    "\(gone) of \(own.count) good backups \(who) would go, more than half: they wait for 'optimize-backup prune --yes'",
                    setting: job.isEmpty ? "retention" : "jobs.\(job).retention"))
        }
        return concerns
    }
}

extension Candidate {
    /// Nil for a backup that has no time at all, which no rule can judge.
    ///
    /// - Parameter adoptsForeign: whether another program's backup counts as one that was taken by hand.
    init?(_ backup: Backup, adoptsForeign: Bool) {
        guard let time = backup.time else { return nil }
        self.init(
            id: backup.id.description, time: time, startTime: backup.startTime, state: .init(backup.state),
            kind: backup.state.rawValue,
            jobs: backup.metadata?.due?.jobs ?? [], isOurs: adoptsForeign ? backup.isUnderstood : backup.isOurs,
            hold: backup.hold?.reason)
    }
}

extension Candidate.State {
    package init(_ state: BackupState) {
        self =
            switch state {
            case .completed: .completed
            case .inProgress: .inProgress
            case .failed, .incomplete, .incompatible: .useless
            }
    }
}
