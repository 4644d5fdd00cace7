/// What becomes of one backup, and why.
package struct RetentionDecision: Sendable, Equatable {
    package let candidate: Candidate
    package let keeps: Bool
    /// All of them, at least one.
    package let reasons: [RetentionReason]
}

extension [RetentionDecision] {
    /// The jobs of which more than half of the good backups, and more than five, would go: a mistake in the policy is likelier
    /// than the wish.
    ///
    /// Backups that were taken by hand count as those of the job without a name.
    package var suspiciousJobs: Set<String> {
        var counts: [String: (good: Int, removed: Int)] = [:]
        for decision in self
        where decision.candidate.state == .completed && decision.candidate.isOurs && decision.candidate.cluster == nil {
            for job in decision.candidate.jobs.isEmpty ? [""] : decision.candidate.jobs {
                counts[job, default: (0, 0)].good += 1
                if !decision.keeps { counts[job, default: (0, 0)].removed += 1 }
            }
        }
        return Set(counts.filter { $0.value.removed > 5 && $0.value.removed * 2 > $0.value.good }.keys)
    }
}

extension Candidate {
    /// Whether one of the jobs is its own.
    package func isOf(_ names: Set<String>) -> Bool {
        jobs.isEmpty ? names.contains("") : jobs.contains { names.contains($0) }
    }
}
