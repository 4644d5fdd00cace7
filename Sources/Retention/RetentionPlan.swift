package import Time

/// A backup as retention sees it.
package struct Candidate: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        case completed
        case inProgress
        /// FAILED, INCOMPLETE or INCOMPATIBLE.
        case useless
    }

    package let id: String
    /// When it was due, else when it started.
    package let time: Instant
    package let state: State
    /// Those it was taken for; none means by hand.
    package let jobs: [String]
    /// Whether this program may touch it at all.
    package let isOurs: Bool

    package init(id: String, time: Instant, state: State, jobs: [String], isOurs: Bool = true) {
        self.id = id
        self.time = time
        self.state = state
        self.jobs = jobs
        self.isOurs = isOurs
    }
}

/// Who is to keep what, and in which time zone days begin.
package struct RetentionRules: Sendable, Equatable {
    package struct Job: Sendable, Equatable {
        package var policy: RetentionPolicy
        package var zone: Zone

        package init(policy: RetentionPolicy, zone: Zone) {
            self.policy = policy
            self.zone = zone
        }

        package static func == (left: Job, right: Job) -> Bool {
            left.policy == right.policy && left.zone.name == right.zone.name
        }
    }

    package var jobs: [String: Job]
    /// For backups that were taken by hand.
    package var byHand: RetentionPolicy
    /// How long a useless backup stays.
    package var removeFailedAfter: Duration

    package init(
        jobs: [String: Job] = [:], byHand: RetentionPolicy = RetentionPolicy(),
        removeFailedAfter: Duration = .seconds(7 * 86_400)
    ) {
        self.jobs = jobs
        self.byHand = byHand
        self.removeFailedAfter = removeFailedAfter
    }
}

/// What becomes of one backup, and why.
package struct RetentionDecision: Sendable, Equatable {
    package let candidate: Candidate
    package let keeps: Bool
    /// All of them, at least one.
    package let reasons: [String]
}

extension RetentionRules {
    /// Decides for every backup; newest first.
    ///
    /// Pure: the preview and the daemon call this very function.
    ///
    /// Only completed backups count towards a policy. The newest completed one of all and of each job, those dated in the
    /// future, those in progress and those of others always stay.
    package func plan(_ candidates: [Candidate], now: Instant) -> [RetentionDecision] {
        let sorted = candidates.sorted { ($0.time, $0.id) > ($1.time, $1.id) }
        var reasons: [[String]] = sorted.map { alwaysKept($0, now: now) }
        let counting = sorted.indices.filter {
            sorted[$0].state == .completed && sorted[$0].isOurs && sorted[$0].time <= now
        }
        if let newest = counting.first { reasons[newest].append("newest completed backup") }
        for job in Set(sorted.flatMap(\.jobs)).sorted() {
            let own = counting.filter { sorted[$0].jobs.contains(job) }
            if let newest = own.first { reasons[newest].append("newest completed backup of \(job)") }
            guard let settings = jobs[job] else {
                for index in own { reasons[index].append("job \(job) is not configured") }
                continue
            }
            apply(settings.policy, settings.zone, of: job, to: own, sorted, &reasons)
        }
        apply(byHand, .utc, of: nil, to: counting.filter { sorted[$0].jobs.isEmpty }, sorted, &reasons)
        let newestGood = counting.first.map { sorted[$0].time }
        return zip(sorted, reasons).map { candidate, reasons in
            decision(on: candidate, reasons, newestGood: newestGood, now: now)
        }
    }

    private func alwaysKept(_ candidate: Candidate, now: Instant) -> [String] {
        var reasons: [String] = []
        if !candidate.isOurs { reasons.append("not made by this program") }
        if candidate.state == .inProgress { reasons.append("in progress") }
        if candidate.time > now { reasons.append("dated in the future") }
        return reasons
    }

    /// Adds a reason to each backup that a policy keeps.
    private func apply(
        _ policy: RetentionPolicy, _ zone: Zone, of job: String?, to indices: [Int], _ sorted: [Candidate],
        _ reasons: inout [[String]]
    ) {
        let owner = job.map { "\($0): " } ?? ""
        guard !policy.isEmpty else {
            for index in indices { reasons[index].append("\(owner)no policy") }
            return
        }
        for rule in policy.rules {
            var (left, lastBucket) = (rule.count, nil as Int?)
            for (position, index) in indices.enumerated() where left > 0 {
                let bucket = rule.bucket(zone.local(sorted[index].time), position)
                let isOldest = position == indices.count - 1
                // The oldest one stays while a rule still has counts left.
                guard bucket != lastBucket || isOldest else { continue }
                reasons[index].append("\(owner)\(rule.name) \(rule.count - left + 1) of \(rule.count)")
                (left, lastBucket) = (left - 1, bucket)
            }
        }
    }

    private func decision(
        on candidate: Candidate, _ reasons: [String], newestGood: Instant?, now: Instant
    ) -> RetentionDecision {
        guard reasons.isEmpty else { return RetentionDecision(candidate: candidate, keeps: true, reasons: reasons) }
        guard candidate.state == .useless else {
            return RetentionDecision(candidate: candidate, keeps: false, reasons: ["no rule keeps it"])
        }
        if newestGood.map({ $0 < candidate.time }) ?? true {
            return RetentionDecision(candidate: candidate, keeps: true, reasons: ["no newer completed backup"])
        }
        let isOld = now - candidate.time > removeFailedAfter
        return RetentionDecision(
            candidate: candidate, keeps: !isOld,
            reasons: [isOld ? "failed, and older than removeFailedAfter" : "failed not long ago"])
    }
}
