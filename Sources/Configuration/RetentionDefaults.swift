package import Scheduling

/// `retentionDefaults.*`: what the retention of all jobs has in common.
package struct RetentionDefaults: Sendable, Equatable {
    /// How long a backup that failed stays.
    package var removeFailedAfter = Duration.seconds(7 * 86_400)
    /// Whether backups that another program made are pruned as if they were taken by hand.
    package var adoptForeign = false
    /// When retention is applied, in UTC, besides after each backup.
    package var schedule: Schedule?
    package var maximumDeletesPerRun = 100
    /// How long the newest backup stays that holds an index which later ones lack, and how long that is told.
    package var keepVanishedFor = Duration.seconds(30 * 86_400)
    /// How long the newest backup of an earlier version of Optimize stays.
    package var keepVersionsFor = Duration.seconds(30 * 86_400)
    package var mode = Mode.apply

    package enum Mode: String, Sendable, CaseIterable {
        /// What no rule keeps is deleted.
        case apply
        /// What would be deleted is only told.
        case report
    }

    package init() {}
}

extension RetentionDefaults {
    private static let removeFailedAfter = Key(
        duration: "removeFailedAfter", .seconds(0)...(.seconds(3_660 * 86_400)), "How long a backup that failed stays.")
    private static let adoptForeign = Key<Bool>(
        flag: "adoptForeign", "Whether backups that another program made are pruned as if they were taken by hand.")
    private static let schedule = Key<Schedule>(
        schedule: "schedule", "When retention is applied, in UTC, besides after each backup.")
    private static let maximumDeletesPerRun = Key(
        "maximumDeletesPerRun", 1...1_000_000, "How many backups a run deletes at most.")

    private static let keepVanishedFor = Key(
        duration: "keepVanishedFor", .seconds(0)...(.seconds(3_660 * 86_400)),
        "How long an index that is gone is told of, and the newest backup that holds it stays.")
    private static let keepVersionsFor = Key(
        duration: "keepVersionsFor", .seconds(0)...(.seconds(3_660 * 86_400)),
        "How long the newest backup of an earlier version of Optimize stays.")
    private static let mode = Key<Mode>(
        choice: "mode",
        "Whether what no rule keeps is deleted, or only reported; 'report' deletes nothing, whoever asks.")

    init(_ section: inout Section) {
        if let (duration, _) = section.read(Self.removeFailedAfter) { removeFailedAfter = duration }
        if let (adopts, _) = section.read(Self.adoptForeign) { adoptForeign = adopts }
        schedule = section.read(Self.schedule)?.value
        if let (maximum, _) = section.read(Self.maximumDeletesPerRun) { maximumDeletesPerRun = maximum }
        if let (duration, _) = section.read(Self.keepVanishedFor) { keepVanishedFor = duration }
        if let (duration, _) = section.read(Self.keepVersionsFor) { keepVersionsFor = duration }
        if let (mode, _) = section.read(Self.mode) { self.mode = mode }
        section.finish()
    }
}
