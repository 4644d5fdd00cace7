package import Backups
internal import Configuration
internal import ElasticsearchClient
internal import Engines
package import Retention
package import Time

/// Applies retention to a repository; what `prune --dry-run` shows is made by the same functions.
package struct Pruning: Sendable {
    let repository: BackupRepository
    private let configuredRules: RetentionRules
    let defaults: RetentionDefaults
    /// Only backups of that job are deleted; nil for all.
    package var job: String?
    /// Whether a plan that removes suspiciously much is carried out all the same.
    package var isConfirmed = false
    /// What a person has seen in a plan and agreed to, so that nothing else goes; nil for all that the plan of the moment removes.
    private var agreed: Set<Key>?

    package init(repository: BackupRepository, settings: DaemonSettings) {
        self.repository = repository
        configuredRules = settings.rules
        defaults = settings.defaults
    }

    /// A person who confirms has what former clusters left judged, too.
    private var rules: RetentionRules {
        var rules = configuredRules
        rules.judgesFormerClusters = isConfirmed
        return rules
    }

    /// What a run has done.
    package struct Report: Sendable {
        /// Oldest first.
        package var removed: [RetentionDecision] = []
        package var failures: [BackupError] = []
        /// What was in the way of the rest, which is tried again soon; nil if nothing was, or it is told as a failure.
        package var putOff: BackupError?
        /// What would have gone, where nothing is to be deleted; nil if that was not found out.
        package var reported: [RetentionDecision]?
        /// How many more would have gone, had not so many gone already.
        package var leftOver = 0
    }

    /// What would stay and what would go, newest first.
    ///
    /// - Parameter now: the present if nil, by the earlier of the engine's and the host's clock.
    /// - Throws: `.restoring`; whatever keeps the repository from being read.
    package func plan(now: Instant? = nil) async throws(BackupError) -> [RetentionDecision] {
        let look = try await repository.look()
        if let restore = look.markers.restore {
            throw BackupError(.restoring, "a restore is under way (\(restore.name)): nothing is pruned meanwhile")
        }
        guard look.unread == 0 else {
            throw BackupError(
                .repositoryBusy, "\(look.unread) snapshots have not been read yet: nothing is pruned before")
        }
        let time = await repository.engineClock.trustedTime()
        let candidates = defaults.candidates(
            look.allBackups, look.clusters, prefix: repository.settings.indexPrefix, at: time.earlier,
            areAgesKnown: time.problem == nil)
        if let now { return rules.plan(candidates, now: now) }
        return rules.plan(candidates, now: time.earlier, areAgesKnown: time.problem == nil)
    }

    /// The same for a person who has seen a plan, and agreed to what `deletable` tells of it.
    package func agreed(to plan: [RetentionDecision]) -> Pruning {
        var pruning = self
        pruning.agreed = Set(deletable(plan).map { Key($0.candidate) })
        return pruning
    }

    /// Of a plan what this run may delete, oldest first.
    package func deletable(_ plan: [RetentionDecision]) -> [RetentionDecision] {
        plan.deletable(besides: isConfirmed ? [] : plan.suspiciousJobs).filter { decision in
            (job.map { decision.candidate.isOf([$0]) } ?? true)
                && (agreed.map { $0.contains(Key(decision.candidate)) } ?? true)
        }
    }

    /// Deletes what the plan removes, oldest first and one after the other; one failure doesn't keep the rest.
    ///
    /// A plan is made afresh before each delete, so that nothing that has changed meanwhile is overlooked.
    ///
    /// Each round either tries another backup or finds that one which was thought good can't be read; without a plan it ends.
    package func run(observe: BackupObserver) async -> Report {
        var progress = Progress()
        while !Task.isCancelled, await deleteNext(&progress, observe: observe) {}
        return progress.report
    }

    /// Several clusters may have taken a backup of one id.
    fileprivate struct Key: Hashable {
        let id: String
        let cluster: String?

        init(_ candidate: Candidate) { (id, cluster) = (candidate.id, candidate.cluster?.uuid) }
    }

    /// How far a run has come.
    struct Progress: Sendable {
        var report = Report()
        fileprivate var tried: Set<Key> = []
        fileprivate var hasPlanned = false
        fileprivate var disappointments = 0
    }

    /// Plans afresh, and deletes the first backup that the plan removes.
    ///
    /// - Returns: whether there may be more to do.
    func deleteNext(_ progress: inout Progress, observe: BackupObserver) async -> Bool {
        do throws(BackupError) {
            let plan = try await plan()
            if !progress.hasPlanned { progress.report.failures += concerns(plan) }
            progress.hasPlanned = true
            let left = deletable(plan).filter { !progress.tried.contains(Key($0.candidate)) }
            guard defaults.mode == .apply else {
                progress.report.reported = plan.reversed().filter { !$0.keeps }
                return false
            }
            guard let next = left.first else { return false }
            guard progress.report.removed.count < defaults.maximumDeletesPerRun else {
                progress.report.leftOver = left.count
                return false
            }
            // The plan is worth as much as the newest good backups that it relies on.
            guard try await repository.blobs.canRead(plan.reliedOn) else {
                progress.disappointments += 1
                if progress.disappointments < 10 { return true }
                throw BackupError(.unreadable, "ever more of the newest backups can't be read: nothing is pruned")
            }
            progress.tried.insert(Key(next.candidate))
            try await delete(next, &progress.report, observe: observe)
            return true
        } catch {
            // The rest would fare no better.
            progress.report.failures.append(error)
            return false
        }
    }

    /// Deletes a backup; what keeps this one alone is told, and thrown is what keeps all.
    private func delete(
        _ next: RetentionDecision, _ report: inout Report, observe: BackupObserver
    ) async throws(BackupError) {
        do throws(BackupError) {
            try await repository.removal.delete(
                try BackupID(next.candidate.id), in: next.candidate.cluster.map { .cluster($0.uuid) } ?? .own,
                isByHand: false, observe: observe)
            report.removed.append(next)
        } catch {
            // Somebody else was quicker; or this one alone stays, and is told of.
            if error.code == .notFound { return }
            let isBeingRestored = error.cause?.code == .busy
            guard isBeingRestored || [.held, .newerFormat, .unreadable].contains(error.code) else { throw error }
            report.failures.append(error)
        }
    }

    /// What keeps a plan from being carried out, apart from failures.
    package func concerns(_ plan: [RetentionDecision]) -> [BackupError] {
        defaults.concerns(plan, suspicious: isConfirmed ? [] : plan.suspiciousJobs)
    }
}

extension RetentionDefaults {
    /// What stands in a repository, as retention sees it.
    ///
    /// - Parameters:
    ///   - backups: ours, and those of the clusters that were.
    ///   - now: the earlier of the engine's and the host's clock.
    ///   - areAgesKnown: false while the two disagree.
    func candidates(
        _ backups: [Backup], _ clusters: [OtherCluster], prefix: String, at now: Instant, areAgesKnown: Bool
    ) -> [Candidate] {
        // By a clock that is ahead all would be dead.
        let living = Set(clusters.filter { !areAgesKnown || $0.mayLive(at: now) }.map(\.uuid))
        return backups.compactMap { backup in
            var candidate = Candidate(backup, adoptsForeign: adoptForeign, prefix: prefix)
            candidate?.cluster = backup.cluster.map { .init(uuid: $0, mayLive: living.contains($0)) }
            return candidate
        }
    }

    /// What keeps a plan from being carried out, apart from failures.
    ///
    /// - Parameter suspicious: the jobs of which suspiciously much would go; none if a person has agreed to it.
    func concerns(_ plan: [RetentionDecision], suspicious: Set<String>) -> [BackupError] {
        var concerns: [BackupError] = []
        for case .clockIsWrong(let backup) in plan.first?.reasons ?? [] {
            let reason = RetentionReason.clockIsWrong(backup: backup)
            concerns.append(BackupError(.configuration, "nothing is pruned: \(reason)"))
        }
        guard mode == .apply else { return concerns }
        for job in suspicious.sorted() {
            let own = plan.filter {
                $0.candidate.isOf([job]) && $0.candidate.state == .completed && $0.candidate.cluster == nil
            }
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
    ///   It has to hold nothing but indices that are named as ours.
    init?(_ backup: Backup, adoptsForeign: Bool, prefix: String) {
        let isUnreadable = backup.isUnreadable
        // One that could never be read has no time but that of its id, and stays in any case.
        guard
            let time = backup.time
                ?? (isUnreadable ? backup.id.fireTime ?? Instant(secondsSinceEpoch: 0) : nil)
        else { return nil }
        let isAdopted = adoptsForeign && backup.isUnderstood && backup.holdsOnlyIndices(of: prefix)
        let contents =
            isAdopted
            ? backup.countingParts.map { part in
                Set(part.indices.compactMap { IndexSelection.baseName(of: $0, prefix: prefix) }).sorted()
            } : backup.contents
        self.init(
            id: backup.id.description, time: time, startTime: backup.startTime,
            state: isUnreadable && backup.state == .failed ? .unreadable : .init(backup.state),
            kind: backup.state.rawValue, jobs: backup.jobs,
            isOurs: backup.isOurs || isAdopted, hold: backup.hold?.reason, contents: contents,
            version: backup.version, isRestorable: backup.restorability?.isRestorable)
    }
}

extension [RetentionDecision] {
    /// What may be deleted of a plan, oldest first.
    ///
    /// - Parameter suspicious: the jobs of which suspiciously much would go; none if a person has agreed to it.
    func deletable(besides suspicious: Set<String>) -> [RetentionDecision] {
        reversed().filter { !$0.keeps && !$0.candidate.isOf(suspicious) }
    }

    /// The good backups on whose being there a plan relies.
    fileprivate var reliedOn: Set<String> {
        Set(filter { $0.keeps && $0.reasons.contains(where: \.reliesOnIt) }.map(\.candidate.id))
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
