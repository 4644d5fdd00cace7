/// Why a backup stays, or goes.
package enum RetentionReason: Sendable, Hashable {
    // What keeps it.
    case notOurs, inProgress, unreadable
    case datedInTheFuture
    /// Another one is, so that nothing is removed at all.
    case clockIsWrong(backup: String)
    case clocksDisagree
    case unconfiguredJob(String)
    case held(reason: String)
    /// Of all if no job is named.
    case newestCompleted(job: String?)
    /// Of those that the engine can restore, or may, where it refuses the newest; of all if no job is named.
    case newestRestorable(job: String?)
    case takenLast
    /// A rule of a policy, in its words; the job is empty for those taken by hand.
    case rule(String, job: String)
    /// The newest that holds those indices, by their base names.
    case lastWith(indices: [String])
    case lastOfVersion(String)
    case formerCluster(String)
    /// One that was ours, and may still be alive.
    case livingCluster(String)
    case noNewerCompleted
    case failedRecently
    // What removes it.
    case moreThanMaxCount, olderThanExpireAfter, noRuleKeepsIt, failedLongAgo

    /// Whether the plan relies on that backup's being good.
    package var reliesOnIt: Bool {
        switch self {
        case .newestCompleted, .newestRestorable, .lastWith, .lastOfVersion: true
        default: false
        }
    }
}

extension RetentionReason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notOurs: "not made by this program"
        case .inProgress: "in progress"
        case .unreadable: "unreadable"
        case .datedInTheFuture: "dated in the future"
        case .clockIsWrong(let backup): "a clock is wrong: \(backup) is dated in the future"
        case .clocksDisagree: "the clocks disagree"
        case .unconfiguredJob(let job): "job \(job) is not configured"
        case .held(let reason): reason.isEmpty ? "held" : "held: \(reason)"
        case .newestCompleted(let job): "newest completed backup\(job.map { " of \($0)" } ?? "")"
        case .newestRestorable(let job): "newest backup\(job.map { " of \($0)" } ?? "") that the engine can restore"
        case .takenLast: "completed backup that was taken last"
        case .rule(let words, let job): job.isEmpty ? words : "\(job): \(words)"
        case .lastWith(let indices): "the last with \(indices.joined(separator: ", "))"
        case .lastOfVersion(let version): "the last of Optimize \(version)"
        case .formerCluster(let uuid): "of the former cluster \(uuid): only 'prune --yes' removes it"
        case .livingCluster(let uuid): "of the former cluster \(uuid), which may still be alive"
        case .noNewerCompleted: "no newer completed backup"
        case .failedRecently: "failed not long ago"
        case .moreThanMaxCount: "more than maxCount"
        case .olderThanExpireAfter: "older than expireAfter"
        case .noRuleKeepsIt: "no rule keeps it"
        case .failedLongAgo: "failed, and older than removeFailedAfter"
        }
    }
}

/// What removed a backup, as metrics name it: the setting, or that no rule kept it.
package enum RemovalCause: String, Sendable, CaseIterable {
    case maxCount, expireAfter, noRule, removeFailedAfter

    /// Nil for a reason to keep it.
    package init?(_ reason: RetentionReason) {
        switch reason {
        case .moreThanMaxCount: self = .maxCount
        case .olderThanExpireAfter: self = .expireAfter
        case .noRuleKeepsIt: self = .noRule
        case .failedLongAgo: self = .removeFailedAfter
        default: return nil
        }
    }
}
