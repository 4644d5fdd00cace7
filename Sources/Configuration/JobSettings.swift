package import Scheduling
package import Time

/// `jobs.NAME.*`: a schedule, and what becomes of its backups.
package struct JobSettings: Sendable {
    package let name: String
    package var schedule: Schedule
    package var zone: Zone
    /// Whether it takes no backups for now.
    package var isPaused = false
    /// After a fire time, when monitoring calls its backup late; nil for an hour, or twice what backups take if that is more.
    package var overdueAfter: Duration?
    package var retention = RetentionSettings()

    package init(name: String, schedule: Schedule, zone: Zone = .utc) {
        self.name = name
        self.schedule = schedule
        self.zone = zone
    }
}

extension JobSettings: Equatable {
    /// Zones are equal by name: their rules come from the same files.
    package static func == (left: JobSettings, right: JobSettings) -> Bool {
        left.name == right.name && left.schedule == right.schedule && left.zone.name == right.zone.name
            && left.isPaused == right.isPaused && left.overdueAfter == right.overdueAfter
            && left.retention == right.retention
    }
}

extension JobSettings {
    private static let schedule = Key(
        "schedule", allowed: "five fields of cron, @daily and the like, or @every 6h", "When backups are taken."
    ) { (text) throws(Refusal) in
        do throws(ScheduleError) {
            return try Schedule(text)
        } catch {
            let own = "'\(text)' "
            let reason = error.description
            throw Refusal(reason.hasPrefix(own) ? String(reason.dropFirst(own.count)) : "is no schedule: \(reason)")
        }
    }

    private static let timeZone = Key(
        "timeZone", allowed: "an IANA name such as Europe/Berlin, UTC, or local",
        "The time zone of the schedule, and of days in retention."
    ) { (text) throws(Refusal) in text }

    private static let paused = Key<Bool>(flag: "paused", "Whether it takes no backups for now.")
    private static let overdueAfter = Key(
        duration: "overdueAfter", .seconds(1)...(.seconds(366 * 86_400)),
        "After a fire time, when monitoring calls its backup late.")

    /// Nil, with a complaint, without a good name and a good schedule.
    init?(_ name: String, _ section: inout Section) {
        if !isJobName(name) {
            section.complainOfItself(
                "'\(name)' is no name of a job, allowed are up to 64 lower-case letters, digits and '-'")
        }
        let schedule = section.read(Self.schedule)
        if schedule == nil, !section.isGiven("schedule") {
            section.complain("schedule", "is missing, allowed is \(Self.schedule.allowed)")
        }
        let zone = Self.zone(&section)
        let paused = section.read(Self.paused)?.value ?? false
        let overdueAfter = section.read(Self.overdueAfter)?.value
        var retention = section.section("retention")
        let policy = RetentionSettings(&retention)
        section.finish()
        guard let schedule, let zone else { return nil }
        self.init(name: name, schedule: schedule.value, zone: zone)
        self.isPaused = paused
        self.overdueAfter = overdueAfter
        self.retention = policy
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

private func isJobName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
        && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
}

extension Key where Value == Bool {
    /// `true` or `false`.
    init(flag name: String, _ documentation: String) {
        self.init(name, allowed: "true or false", documentation) { (text) throws(Refusal) in
            switch text {
            case "true": return true
            case "false": return false
            default: throw Refusal()
            }
        }
    }
}
