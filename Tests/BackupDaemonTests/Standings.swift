import Configuration
import ElasticsearchClient
import Engines
import JSON
import Scheduling
import Time

@testable import BackupDaemon
@testable import Backups

/// A standing of two jobs that is told what happens, in January 2027.
struct StandingAtNight {
    private(set) var standing = Standing()
    let settings: DaemonSettings
    let agenda: Agenda

    /// `nightly` at 02:00 and `weekly` on Mondays at 04:00; it begins on the 14th at noon.
    init(_ change: (inout DaemonSettings) -> Void = { _ in }) throws {
        var settings = DaemonSettings(jobs: [
            JobSettings(name: "nightly", schedule: try Schedule("0 2 * * *")),
            JobSettings(name: "weekly", schedule: try Schedule("0 4 * * MON")),
        ])
        change(&settings)
        self.settings = settings
        agenda = Agenda(settings, at: time("2027-01-14T12:00:00Z"))
        standing.configure(settings, agenda)
    }

    mutating func take(_ kinds: DaemonEvent.Kind..., at now: String = "2027-01-15T02:10:00Z") {
        for kind in kinds { standing.take(DaemonEvent(kind, at: time(now))) }
    }

    mutating func configure(_ settings: DaemonSettings, at now: String) {
        var agenda = agenda
        agenda.replace(settings, at: time(now))
        standing.configure(settings, agenda)
    }

    /// Everything at a moment.
    ///
    /// - Parameter hasStopped: whether the scheduler has dealt with no fire time since the start.
    func at(_ now: String, schedulerHasStopped hasStopped: Bool = false) -> Standing {
        var (standing, agenda) = (standing, agenda)
        if !hasStopped { _ = agenda.advance(to: time(now)) }
        standing.awaited = agenda.awaited
        standing.advance(to: time(now))
        return standing
    }
}

func time(_ text: String) -> Instant {
    guard let time = try? Instant(rfc3339: text) else { preconditionFailure("no time: \(text)") }
    return time
}

/// A backup of jobs that was due at a time, and took so many seconds; of part 1 alone when it is in progress.
///
/// - Parameter start: when it began by the engine's clock, if not when it was due.
func backup(
    _ due: String, of jobs: [String] = ["nightly"], _ state: Snapshot.State = .success, seconds: Int64 = 60,
    isUnreadable: Bool = false, by instance: String = "host", started start: String? = nil, attempt: Int = 1,
    renamed: [String: String] = [:], version: String = "8.6.0",
    schedule: String? = nil, id: String? = nil
) -> Backup {
    let due = time(due)
    let begin = start.map(time) ?? due
    let id = id.map(BackupID.init(unchecked:)) ?? BackupID(fireTime: due)
    let metadata = BackupMetadata(
        createdBy: "optimize-backup/1.0.0", instance: instance, owner: BackupOwner(cluster: "c", prefix: "optimize"),
        jobs: jobs, due: jobs.isEmpty ? nil : .init(time: due, attempt: attempt, schedule: schedule ?? hashes(of: jobs))
    )
    let parts = (1...(state == .inProgress ? 1 : 2)).compactMap { number -> Part? in
        let (start, end) = (begin + .seconds(seconds / 2) * (number - 1), begin + .seconds(seconds / 2) * number)
        let name = SnapshotName(id: id, version: version, part: number).description
        return Part(
            Snapshot(
                name: name, uuid: SnapshotUUID(name), state: isUnreadable ? .unreadable : state,
                indices: ["optimize-a", "optimize-b"],
                metadata: metadata.json, startTime: start, endTime: state == .inProgress ? nil : end))
    }
    return Backup(id: id, parts: parts, renamed: renamed, now: begin, takeUpWithin: .seconds(3_600))
}

/// The hashes of the schedules that `StandingAtNight` has.
private func hashes(of jobs: [String]) -> String {
    let schedules = ["nightly": "0 2 * * *", "weekly": "0 4 * * MON"]
    return jobs.map { job in
        (try? schedules[job].map { JobSettings(name: job, schedule: try Schedule($0)).scheduleHash }) ?? "0000"
    }
    .joined()
}

/// What a look shows of those backups, the newest first.
///
/// - Parameter damaged: jobs, and ids of backups, whose verifications have found damage.
func looked(
    _ backups: [Backup], markers: [String] = [], unreadable: [String] = [], revision: Int = 1,
    at now: String = "2027-01-15T02:10:00Z", engineLead: Duration = .zero, version: String = "2.19.4",
    damaged: Set<String> = ["weekly"]
) -> DaemonEvent.Kind {
    .looked(
        SeenRepository(
            look(
                backups, markers: markers, unreadable: unreadable, revision: revision, version: version,
                damaged: damaged),
            time: time(now),
            uptime: .seconds(1), engineLead: engineLead))
}

func look(
    _ backups: [Backup], markers: [String] = [], unreadable: [String] = [], revision: Int = 1,
    clusters: [OtherCluster] = [], version: String = "2.19.4", damaged: Set<String> = ["weekly"]
) -> RepositoryLook {
    let owner = BackupOwner(cluster: "c", prefix: "optimize")
    let all = markers.compactMap { name -> Marker? in
        let entry = SnapshotEntry(name: name, uuid: SnapshotUUID(name), state: .success)
        // Of a restore's report it is shown what stands in it.
        let report = RestoreNote(parts: [], process: "", begun: nil, outcome: .success, duration: .seconds(95))
        // So it is of a verification's; a job's is of the backup 7.
        let subject = MarkerName(name)?.subject ?? ""
        let id = subject.allSatisfy(\.isNumber) ? subject : "7"
        var verification = VerificationNote(.drill, of: BackupID(unchecked: id), process: "")
        verification.outcome = damaged.contains(subject) ? .failed : .success
        let members =
            switch MarkerName(name)?.kind {
            case .restored: report.members
            case .verify: verification.members
            default: [String: JSONValue]?.none
            }
        let snapshot = members.map { Snapshot(name: name, state: .success, metadata: .object($0)) }
        return Marker(entry, snapshot, of: owner)
    }
    return RepositoryLook(
        engine: EngineDescription(
            distribution: .opensearch, version: version, clusterName: "c", clusterUUID: "c"),
        backups: backups.map { $0.with(Markers(all)) }, markers: Markers(all), clusters: clusters, revision: revision,
        unread: 0,
        unreadable: unreadable, strangers: [])
}

/// The name of a marker of the Optimize that those backups are of.
func marker(_ kind: MarkerName.Kind, _ subject: String, number: Int64 = 1_800_000_000) -> String {
    MarkerName(
        kind, subject, owner: BackupOwner(cluster: "c", prefix: "optimize").hash, expiry: nil, number: number
    )
    .description
}

extension Backup {
    /// The same with a size, half of it in each part.
    func sized(_ total: Int64) -> Backup {
        var sized = self
        for index in parts.indices { sized.record(Size(total: total / 2, incremental: 1), at: index) }
        return sized
    }
}

extension BackupID {
    init(of due: String) { self.init(fireTime: time(due)) }
}
