package import Time

/// Who is to keep what, and in which time zone days begin.
package struct RetentionRules: Sendable, Equatable {
    package struct Job: Sendable, Equatable {
        package var policy: RetentionPolicy
        package var zone: Zone

        package init(policy: RetentionPolicy, zone: Zone) {
            self.policy = policy
            self.zone = zone
        }
    }

    package var jobs: [String: Job]
    /// For backups that were taken by hand.
    package var byHand: RetentionPolicy
    /// How long a useless backup stays.
    package var removeFailedAfter: Duration
    /// How long the newest backup stays that holds an index which later ones lack.
    package var keepVanishedFor: Duration
    /// How long the newest backup of an earlier version of Optimize stays.
    package var keepVersionsFor: Duration
    /// Whether a person wants backups of former clusters judged, too.
    package var judgesFormerClusters = false

    package init(
        jobs: [String: Job] = [:], byHand: RetentionPolicy = RetentionPolicy(),
        removeFailedAfter: Duration = .seconds(7 * 86_400), keepVanishedFor: Duration = .seconds(30 * 86_400),
        keepVersionsFor: Duration = .seconds(30 * 86_400)
    ) {
        self.jobs = jobs
        self.byHand = byHand
        self.removeFailedAfter = removeFailedAfter
        self.keepVanishedFor = keepVanishedFor
        self.keepVersionsFor = keepVersionsFor
    }
}

extension RetentionRules {
    /// Decides for every backup; newest first.
    ///
    /// Pure: the preview and the daemon call this very function.
    ///
    /// Only completed backups count towards a policy. The newest completed one of all and of each job, the newest restorable one of
    /// each where that is another, those dated in the future, those held, those in progress and those of others always stay. If one is dated more than a minute in the future,
    /// one of the clocks is wrong, and all stay. What a former cluster has left is judged apart, if at all.
    ///
    /// - Parameter areAgesKnown: false while the engine's clock and the host's disagree: then nothing goes by its age.
    package func plan(_ candidates: [Candidate], now: Instant, areAgesKnown: Bool = true) -> [RetentionDecision] {
        let sorted = candidates.sorted {
            $0.time != $1.time ? $0.time > $1.time : ($0.id.utf8.count, $0.id) > ($1.id.utf8.count, $1.id)
        }
        var verdicts = sorted.map { Verdict(kept: alwaysKept($0, now: now)) }
        let limit = now + .seconds(60)
        if let wrong = sorted.first(where: { $0.time > limit || $0.startTime.map { $0 > limit } ?? false }) {
            for index in verdicts.indices {
                verdicts[index].kept.append(.clockIsWrong(backup: wrong.id))
            }
        }
        let counting = sorted.indices.filter {
            sorted[$0].state == .completed && sorted[$0].isOurs && sorted[$0].time <= now
        }
        let age = areAgesKnown ? now : nil
        let clusters = Dictionary(grouping: counting) { sorted[$0].cluster?.uuid }
        for indices in clusters.values { judge(indices, sorted, &verdicts, now: age) }
        return zip(sorted, verdicts).map { candidate, verdict in
            let newestGood = clusters[candidate.cluster?.uuid]?.first.map { sorted[$0].time }
            return decision(on: candidate, verdict, newestGood: newestGood, now: age)
        }
    }

    /// Judges the good backups of one cluster.
    private func judge(_ counting: [Int], _ sorted: [Candidate], _ verdicts: inout [Verdict], now: Instant?) {
        keepNewest(of: counting, job: nil, sorted, &verdicts)
        // The same one, unless a clock was wrong when one of them was due.
        let latest = counting.max {
            (sorted[$0].startTime ?? sorted[$0].time) < (sorted[$1].startTime ?? sorted[$1].time)
        }
        if let latest, latest != counting.first { verdicts[latest].kept.append(.takenLast) }
        keepLosses(of: counting, sorted, &verdicts, now: now)
        var own: [String: [Int]] = [:]
        for index in counting {
            for job in sorted[index].jobs.isEmpty ? [""] : sorted[index].jobs { own[job, default: []].append(index) }
        }
        for (job, indices) in own.sorted(by: { $0.key < $1.key }) {
            judge(indices, of: job, sorted, &verdicts, now: now)
        }
    }

    /// Keeps the newest, the newest that the engine does not refuse to restore, and the newest of which that is sure.
    private func keepNewest(of counting: [Int], job: String?, _ sorted: [Candidate], _ verdicts: inout [Verdict]) {
        guard let newest = counting.first else { return }
        verdicts[newest].kept.append(.newestCompleted(job: job))
        guard sorted[newest].isRestorable != true else { return }
        let perhaps = counting.first { sorted[$0].isRestorable != false }
        let surely = counting.first { sorted[$0].isRestorable == true }
        for index in Set([perhaps, surely].compactMap { $0 }) where index != newest {
            verdicts[index].kept.append(.newestRestorable(job: job))
        }
    }

    /// Keeps for a while what alone holds an index, or belongs to a version, that later ones lack.
    private func keepLosses(of counting: [Int], _ sorted: [Candidate], _ verdicts: inout [Verdict], now: Instant?) {
        let start = now.map { $0 - max(keepVanishedFor, keepVersionsFor) }
        let losses = Losses(counting.lazy.map { sorted[$0] }, until: start)
        let indices = Dictionary(grouping: losses.indices.filter { $0.isRecent(within: keepVanishedFor, at: now) }) {
            $0.holder
        }
        let versions = Dictionary(grouping: losses.versions.filter { $0.isRecent(within: keepVersionsFor, at: now) }) {
            $0.holder
        }
        guard !indices.isEmpty || !versions.isEmpty else { return }
        for index in counting {
            let id = sorted[index].id
            if let lost = indices[id] { verdicts[index].kept.append(.lastWith(indices: lost.map(\.name))) }
            verdicts[index].kept += (versions[id] ?? []).map { .lastOfVersion($0.name) }
        }
    }

    /// What is said for a backup, and against it.
    struct Verdict {
        var kept: [RetentionReason]
        var removed: [RetentionReason] = []
    }

    private func alwaysKept(_ candidate: Candidate, now: Instant) -> [RetentionReason] {
        var reasons: [RetentionReason] = []
        if !candidate.isOurs { reasons.append(.notOurs) }
        if let former = candidate.cluster {
            if former.mayLive {
                reasons.append(.livingCluster(former.uuid))
            } else if !judgesFormerClusters {
                reasons.append(.formerCluster(former.uuid))
            }
        }
        if candidate.state == .inProgress { reasons.append(.inProgress) }
        if candidate.state == .unreadable { reasons.append(.unreadable) }
        if candidate.time > now { reasons.append(.datedInTheFuture) }
        if candidate.state == .useless {
            // Those that count are told of where the jobs' policies are applied.
            for job in candidate.jobs where jobs[job] == nil { reasons.append(.unconfiguredJob(job)) }
        }
        if let hold = candidate.hold { reasons.append(.held(reason: hold)) }
        return reasons
    }

    /// Lets the policy of a job judge its backups; the one without a name has those that were taken by hand.
    private func judge(
        _ indices: [Int], of job: String, _ sorted: [Candidate], _ verdicts: inout [Verdict], now: Instant?
    ) {
        if !job.isEmpty { keepNewest(of: indices, job: job, sorted, &verdicts) }
        guard let settings = job.isEmpty ? Job(policy: byHand, zone: .utc) : jobs[job] else {
            for index in indices { verdicts[index].kept.append(.unconfiguredJob(job)) }
            return
        }
        let times = indices.map { sorted[$0].time }
        for (index, verdict) in zip(indices, settings.policy.judge(times, zone: settings.zone, now: now)) {
            verdicts[index].kept += verdict.kept.map { .rule($0, job: job) }
            verdicts[index].removed += verdict.removed
        }
    }

    private func decision(
        on candidate: Candidate, _ verdict: Verdict, newestGood: Instant?, now: Instant?
    ) -> RetentionDecision {
        guard verdict.kept.isEmpty else {
            return RetentionDecision(candidate: candidate, keeps: true, reasons: verdict.kept)
        }
        guard candidate.state == .useless else {
            return RetentionDecision(
                candidate: candidate, keeps: false,
                reasons: verdict.removed.isEmpty ? [.noRuleKeepsIt] : verdict.removed)
        }
        if newestGood.map({ $0 <= candidate.time }) ?? true {
            return RetentionDecision(candidate: candidate, keeps: true, reasons: [.noNewerCompleted])
        }
        guard let now else {
            return RetentionDecision(candidate: candidate, keeps: true, reasons: [.clocksDisagree])
        }
        let isOld = now - candidate.time > removeFailedAfter
        return RetentionDecision(
            candidate: candidate, keeps: !isOld,
            reasons: [isOld ? .failedLongAgo : .failedRecently])
    }
}
