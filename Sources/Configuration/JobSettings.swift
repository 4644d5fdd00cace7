package import Retention
package import Scheduling
package import Time

/// `jobs.NAME.*`: a schedule, and what becomes of its backups.
package struct JobSettings: Sendable, Equatable {
    /// What becomes of a fire time at which nobody was there.
    package enum CatchUp: String, Sendable, CaseIterable {
        /// The newest one is run, as soon as possible.
        case once
        case none
    }

    /// How often a backup that failed is tried again, and after what delays.
    package struct Retry: Sendable, Equatable {
        /// The first one included.
        package var attempts = 20
        /// Each delay is up to twice as long as the one before.
        package var initialDelay = Duration.seconds(30)
        package var maximumDelay = Duration.seconds(900)

        package init() {}
    }

    package let name: String
    package var schedule: Schedule
    package var zone: Zone
    package var clockChange = ClockChangePolicy()
    package var catchUp = CatchUp.once
    /// Older fire times are not run any more.
    package var catchUpWithin = Duration.seconds(86_400)
    package var retry = Retry()
    /// Whether it takes no backups for now.
    package var isPaused = false
    /// After a fire time, when monitoring calls its backup late; nil for an hour, or twice what backups take if that is more.
    package var overdueAfter: Duration?
    package var retention = RetentionPolicy()
    package var verify = Verify()
    /// What it was called before: backups of those names are its own.
    package var formerNames: [String] = []

    package init(name: String, schedule: Schedule, zone: Zone = .utc) {
        self.name = name
        self.schedule = schedule
        self.zone = zone
    }
}

extension [JobSettings] {
    /// Today's names of jobs that were renamed, by the former.
    package var renamed: [String: String] {
        Dictionary(flatMap { job in job.formerNames.map { ($0, job.name) } }) { $1 }
    }
}

extension JobSettings {
    /// The first fire time strictly later than the given one.
    package func nextFireTime(after instant: Instant) -> FireTime? {
        schedule.next(after: instant, in: zone, clockChange: clockChange)
    }

    /// Whether both are due at the same moments.
    package func hasSameFireTimes(as other: JobSettings) -> Bool {
        schedule == other.schedule && zone == other.zone && clockChange == other.clockChange
    }
}

extension JobSettings: ConfiguredSection {
    static let unset = JobSettings(name: "", schedule: .daily)

    static let keys: [Key<JobSettings>] = [
        Key(
            required: "schedule", \.schedule, { .schedule(of: $0.name) }, example: "0 2 * * *",
            "When backups are taken: five fields as Debian's cron reads them, six as Spring does, or a word."),
        Key(
            "timeZone", \.zone, .timeZone, example: "UTC",
            "The time zone of the schedule, and of days in retention."),
        Key(section: "clockChange", \.clockChange, "What a change of the clock does to fire times."),
        Key(
            "catchUp", \.catchUp, .choice,
            "What to do about fire times at which nobody was there: the newest is run, or none."),
        Key(
            "catchUpWithin", \.catchUpWithin, .duration(.seconds(1)...(.days(366))),
            "Older fire times are not run any more."),
        Key(
            section: "retry", \.retry,
            "How a backup is tried again whose error waiting can cure; until the job's next fire time at most."),
        Key(
            "paused", \.isPaused, .flag,
            "Whether it takes no backups for now, on this host; a pause by the API holds for every host."),
        Key(
            "overdueAfter", \.overdueAfter, .duration(.seconds(1)...(.days(366))),
            unset: "the larger of 1h and twice the median duration",
            "After a fire time, when monitoring calls its backup late."),
        Key(
            "formerNames", \.formerNames, .jobNames,
            "What the job was called before: backups of those names are its own. Takes a restart."),
        Key(
            section: "retention", \.retention, example: ["keepLast": "3", "keepDaily": "14"],
            "Which of its backups stay: rules that keep, or rules that let expire; without a rule, all."),
        Key(section: "verify", \.verify, "How its newest good backup is verified by itself."),
    ]

    func check(_ section: Section) {
        if !isJobName(name) {
            section.complainOfItself(
                "'\(name)' is no name of a job, allowed are up to 64 lower-case letters, digits and '-'")
        }
        // Some time of the present; which does not matter.
        if nextFireTime(after: Instant(secondsSinceEpoch: 1_800_000_000)) == nil {
            section.complain(
                "schedule", "'\(schedule)' never comes in \(zone.name): changes of the clock leave out every such time")
        }
    }
}

extension Notation where Value == [String] {
    fileprivate static let jobNames = list("a list of names of jobs, each once, such as [nightly]") {
        (names) throws(Refusal) in
        guard Set(names).count == names.count, names.allSatisfy(isJobName) else { throw Refusal() }
        return names
    }
}

extension ClockChangePolicy: ConfiguredSection {
    static let unset = ClockChangePolicy()

    static let keys: [Key<ClockChangePolicy>] = [
        Key("gap", \.gap, .choice, "What becomes of a fire time that a change of the clock leaves out."),
        Key("overlap", \.overlap, .choice, "What becomes of a fire time that a change of the clock brings twice."),
    ]
}

extension JobSettings.Retry: ConfiguredSection {
    static let unset = JobSettings.Retry()

    static let keys: [Key<JobSettings.Retry>] = [
        Key(
            "attempts", \.attempts, .number(1...1_000),
            "How often a backup is tried, the first time included; so many take some four hours."),
        Key("initialDelay", \.initialDelay, .duration(.seconds(1)...(.days(1))), "Before the second attempt."),
        Key(
            "maximumDelay", \.maximumDelay, .duration(.seconds(1)...(.days(1))),
            "Each delay is up to twice as long as the one before, and no longer than this."),
    ]

    mutating func check(_ section: Section) {
        guard maximumDelay < initialDelay else { return }
        // Given alone, one of them may cross the other's default.
        switch (section.isGiven("initialDelay"), section.isGiven("maximumDelay")) {
        case (true, true): section.complain("maximumDelay", "is less than initialDelay")
        case (true, false): maximumDelay = initialDelay
        default: initialDelay = maximumDelay
        }
    }
}

private func isJobName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
        && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
}
