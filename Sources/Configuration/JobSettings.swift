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

extension JobSettings {
    private static let timeZone = Key(
        "timeZone", allowed: "an IANA name such as Europe/Berlin, UTC, or local",
        "The time zone of the schedule, and of days in retention."
    ) { (text) throws(Refusal) in text }

    private static let catchUp = Key<CatchUp>(
        choice: "catchUp", "What to do about fire times at which nobody was there.")
    private static let catchUpWithin = Key(
        duration: "catchUpWithin", .seconds(1)...(.seconds(366 * 86_400)), "Older fire times are not run any more.")
    private static let paused = Key<Bool>(flag: "paused", "Whether it takes no backups for now.")
    private static let overdueAfter = Key(
        duration: "overdueAfter", .seconds(1)...(.seconds(366 * 86_400)),
        "After a fire time, when monitoring calls its backup late.")

    private static let formerNames = Key(
        list: "formerNames", allowed: "a list of names of jobs, each once, such as [nightly]",
        "What the job was called before: backups of those names are its own."
    ) { (names) throws(Refusal) in
        guard Set(names).count == names.count, names.allSatisfy(isJobName) else { throw Refusal() }
        return names
    }

    /// Nil, with a complaint, without a good name and a good schedule.
    init?(_ name: String, _ section: inout Section) {
        if !isJobName(name) {
            section.complainOfItself(
                "'\(name)' is no name of a job, allowed are up to 64 lower-case letters, digits and '-'")
        }
        let key = Key<Schedule>(schedule: "schedule", job: name, "When backups are taken.")
        let schedule = section.read(key)
        if schedule == nil, !section.isGiven("schedule") {
            section.complain("schedule", "is missing, allowed is \(key.allowed)")
        }
        let zone = Self.zone(&section)
        var clockChange = section.section("clockChange")
        let policy = ClockChangePolicy(&clockChange)
        let (catchUp, within) = (section.read(Self.catchUp), section.read(Self.catchUpWithin))
        var retry = section.section("retry")
        let retrying = Retry(&retry)
        let paused = section.read(Self.paused)?.value ?? false
        let overdueAfter = section.read(Self.overdueAfter)?.value
        var retention = section.section("retention")
        let kept = RetentionPolicy(&retention)
        let formerNames = section.read(Self.formerNames)?.value ?? []
        section.finish()
        guard let schedule, let zone else { return nil }
        self.init(name: name, schedule: schedule.value, zone: zone)
        self.clockChange = policy
        if let catchUp { self.catchUp = catchUp.value }
        if let within { catchUpWithin = within.value }
        self.retry = retrying
        self.isPaused = paused
        self.overdueAfter = overdueAfter
        self.retention = kept
        self.formerNames = formerNames
        // Some time of the present; which does not matter.
        if nextFireTime(after: Instant(secondsSinceEpoch: 1_800_000_000)) == nil {
            section.complain(
                "schedule",
                "'\(self.schedule)' never comes in \(zone.name): changes of the clock leave out every such time")
        }
    }

    private static func zone(_ section: inout Section) -> Zone? {
        guard let (name, place) = section.read(timeZone) else { return section.isGiven("timeZone") ? nil : .utc }
        do {
            return try section.reading.inputs.loadZone(name)
        } catch {
            section.reading.complain(place, section.path(of: "timeZone"), "\(error)")
            return nil
        }
    }
}

private enum ClockChangeKeys {
    static let gap = Key<ClockChangePolicy.Gap>(
        choice: "gap", "What becomes of a fire time that a change of the clock leaves out.")
    static let overlap = Key<ClockChangePolicy.Overlap>(
        choice: "overlap", "What becomes of a fire time that a change of the clock brings twice.")
}

extension ClockChangePolicy {
    fileprivate init(_ section: inout Section) {
        self.init()
        if let (value, _) = section.read(ClockChangeKeys.gap) { gap = value }
        if let (value, _) = section.read(ClockChangeKeys.overlap) { overlap = value }
        section.finish()
    }
}

extension JobSettings.Retry {
    private static let attempts = Key(
        "attempts", 1...1_000, "How often a backup is tried, the first time included.")
    private static let initialDelay = Key(
        duration: "initialDelay", .seconds(1)...(.seconds(86_400)), "Before the second attempt.")
    private static let maximumDelay = Key(
        duration: "maximumDelay", .seconds(1)...(.seconds(86_400)), "Delays grow up to this.")

    fileprivate init(_ section: inout Section) {
        self.init()
        if let (value, _) = section.read(Self.attempts) { attempts = value }
        if let (value, _) = section.read(Self.initialDelay) { initialDelay = value }
        if let (value, _) = section.read(Self.maximumDelay) { maximumDelay = value }
        section.finish()
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
