internal import Retention
package import Scheduling

/// `retentionDefaults.*`: what the retention of all jobs has in common.
package struct RetentionDefaults: Sendable, Equatable {
    /// How long a backup that failed stays.
    package var removeFailedAfter = RetentionRules().removeFailedAfter
    /// Whether backups that another program made are pruned as if they were taken by hand.
    package var adoptForeign = false
    /// When retention is applied, in UTC, besides after each backup.
    package var schedule: Schedule?
    package var maximumDeletesPerRun = 100
    /// How long the newest backup stays that holds an index which later ones lack, and how long that is told.
    package var keepVanishedFor = RetentionRules().keepVanishedFor
    /// How long the newest backup of an earlier version of Optimize stays.
    package var keepVersionsFor = RetentionRules().keepVersionsFor
    package var mode = Mode.apply

    package enum Mode: String, Sendable, CaseIterable {
        /// What no rule keeps is deleted.
        case apply
        /// What would be deleted is only told.
        case report
    }

    package init() {}
}

extension RetentionDefaults: ConfiguredSection {
    static let unset = RetentionDefaults()

    static let keys: [Key<RetentionDefaults>] = [
        Key(
            "removeFailedAfter", \.removeFailedAfter, .duration(.seconds(0)...(.days(3_660))),
            "How long a backup that failed stays; it goes only once there is a newer good one."),
        Key(
            "adoptForeign", \.adoptForeign, .flag,
            "Whether backups that another program made are pruned as if they were taken by hand."),
        Key(
            "schedule", \.schedule, .schedule(), unset: "only after each backup",
            "When retention is applied, in UTC, besides after each backup."),
        Key(
            "maximumDeletesPerRun", \.maximumDeletesPerRun, .number(1...1_000_000),
            "How many backups a run deletes at most."),
        Key(
            "keepVanishedFor", \.keepVanishedFor, .duration(.seconds(0)...(.days(3_660))),
            "How long an index that is gone is told of, and the newest backup that holds it stays."),
        Key(
            "keepVersionsFor", \.keepVersionsFor, .duration(.seconds(0)...(.days(3_660))),
            "How long the newest backup of an earlier version of Optimize stays, after the first of the next."),
        Key(
            "mode", \.mode, .choice,
            "Whether what no rule keeps is deleted ('apply'), or only told in the journal, health and a metric ('report'): a way to see what a policy "
                + "would do before it does it. 'report' deletes nothing, whoever asks."),
    ]
}
