import Configuration
import ElasticsearchClient
import Engines
import Scheduling
import Testing
import Time

@testable import BackupDaemon
@testable import Backups

/// What health, the status line and the list of scheduled tasks make of a standing.
@Suite(.timeLimit(.minutes(10)))
struct HealthTests {
    private static let good = backup("2027-01-15T02:00:00Z")
    private static let now = "2027-01-15T02:10:00Z"

    /// Good, and made by an engine that this one is too new for.
    private static var refused: Backup {
        var backup = backup("2027-01-15T02:00:00Z")
        let version = IndexVersion(.elasticsearch, 7)
        backup.restorability = .refused(.madeByOlder(version, writtenBy: version), by: .elasticsearch9)
        return backup
    }

    private static let failure = BackupError(.snapshotFailed, "part 2 is FAILED")

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var now = HealthTests.now
        let events: [DaemonEvent.Kind]
        /// The components that are not UP, or have something to say.
        let health: [String]
        let status: String
    }

    private static let next = "next run: nightly at 2027-01-16T02:00:00Z"
    private static let nextRun = "next run nightly at 2027-01-16T02:00:00Z"

    private static var retrying: DaemonEvent.Kind {
        .retrying(failure, jobs: ["nightly"], due: time(now), attempt: 1, of: 3, delay: .seconds(60))
    }

    private static var begun: DaemonEvent.Kind {
        .step(BackupEvent(id: good.id, .partStarted(part: 1, snapshot: "s", indices: 1)), jobs: ["nightly"])
    }

    /// Made at each use: the leak checker does not see what a stored enum holds.
    static var cases: [Case] {
        [
            Case(
                testDescription: "nobody has looked", events: [],
                health: ["engine UNKNOWN", "repository UNKNOWN", "indices UNKNOWN", "job-nightly UNKNOWN"],
                status: "\(next); the repository has not been seen yet"),
            Case(
                testDescription: "the first look reads", events: [.reading(left: 12)],
                health: [
                    "engine UNKNOWN", "repository UNKNOWN: being read: 12 snapshots left", "indices UNKNOWN",
                    "job-nightly UNKNOWN",
                ],
                status: "reading the repository, 12 snapshots left"),
            Case(testDescription: "all is well", events: [looked([good])], health: [], status: next),
            Case(
                testDescription: "nobody knows an engine of that major", events: [looked([good], version: "4.0.0")],
                health: [
                    "engine UP: OpenSearch 4.0.0 is not known to this program, which knows Elasticsearch 7, Elasticsearch 8, "
                        + "Elasticsearch 9, OpenSearch 2, OpenSearch 3 and treats it as OpenSearch 3: try create, list, delete "
                        + "and a restore before you rely on it"
                ], status: next),
            Case(
                testDescription: "the engine is away",
                events: [looked([good]), .lookFailed(BackupError(.engineUnreachable, "away"))],
                health: ["engine DOWN: away", "repository DOWN: away"], status: "trouble: away"),
            Case(
                testDescription: "the storage refuses",
                events: [looked([good]), .lookFailed(BackupError(.storageFailed, "full"))],
                health: ["repository DOWN: full"], status: "trouble: full"),
            Case(
                testDescription: "it is missing from the start",
                events: [.lookFailed(BackupError(.storageFailed, "gone"))],
                health: ["repository DOWN: gone", "indices UNKNOWN", "job-nightly UNKNOWN"], status: "trouble: gone"),
            Case(
                testDescription: "the engine comes back without it",
                events: [
                    looked([good]), .lookFailed(BackupError(.engineUnreachable, "away")),
                    .lookFailed(BackupError(.storageFailed, "gone")),
                ],
                health: ["repository DOWN: gone"], status: "trouble: gone"),
            Case(
                testDescription: "somebody else has succeeded since", now: "2027-01-15T05:00:00Z",
                events: [
                    looked([good]), .failed(failure, nil, jobs: ["nightly"], due: nil, counting: []),
                    looked([backup("2027-01-15T04:00:00Z"), good], revision: 2),
                ],
                health: [], status: next),
            Case(
                testDescription: "it can't be written",
                events: [looked([good]), .storageVerified(problem: BackupError(.storageFailed, "full"))],
                health: ["repository DOWN: full"], status: "trouble: full"),
            Case(
                testDescription: "it is well again",
                events: [
                    .lookFailed(BackupError(.storageFailed, "full")), looked([good]), .storageVerified(problem: nil),
                ],
                health: [], status: next),
            Case(
                testDescription: "something can't be read, the clocks disagree",
                events: [looked([good], unreadable: ["s1", "s2"]), .clocksCompared(problem: "the clocks disagree")],
                health: ["repository UP: can't be read: s1, s2; the clocks disagree"], status: next),
            Case(
                testDescription: "the engine refuses the newest",
                events: [looked([refused, backup("2027-01-14T02:00:00Z")])],
                health: [
                    "repository UP: the engine refuses to restore 1 good backup, the newest of them 20270115020000, made by "
                        + "Elasticsearch 7; Elasticsearch 9 refuses it; Elasticsearch 8 can restore it: the newest that it can restore is "
                        + "20270114020000"
                ], status: next),
            Case(
                testDescription: "the engine refuses all", events: [looked([refused])],
                health: [
                    "repository DOWN: the engine refuses to restore 1 good backup, the newest of them 20270115020000, made by "
                        + "Elasticsearch 7; Elasticsearch 9 refuses it; Elasticsearch 8 can restore it: there is none that it can restore: take "
                        + "one now"
                ], status: next),
            Case(
                testDescription: "the engine refuses all that has been read so far",
                events: [looked([refused]), .reading(left: 3)],
                health: ["repository UP: being read: 3 snapshots left"], status: next),
            Case(
                testDescription: "no backup has come when one was owed", now: "2027-01-16T03:00:01Z",
                events: [looked([good])],
                health: ["job-nightly DOWN: no backup has succeeded when one was owed"],
                status: "next run: nightly at 2027-01-17T02:00:00Z"),
            Case(
                testDescription: "a backup failed, and none is owed yet",
                events: [looked([good]), .failed(failure, nil, jobs: ["nightly"], due: nil, counting: [])],
                health: ["job-nightly UP: the last backup failed: part 2 is FAILED"],
                status: "\(next); the last backup of nightly failed: part 2 is FAILED"),
            Case(
                testDescription: "a paused job owes nothing", now: "2027-01-16T03:00:01Z",
                events: [looked([good], markers: [marker(.pause, "nightly")])], health: ["job-nightly UP: paused"],
                status: "next run: weekly at 2027-01-18T04:00:00Z; paused: nightly"),
            Case(
                testDescription: "a drill has proven it",
                events: [looked([good], markers: [marker(.verify, "nightly")])],
                health: [], status: "\(next); proven 2027-01-15"),
            Case(
                testDescription: "a drill has found damage",
                events: [looked([good], markers: [marker(.verify, "weekly")])],
                health: ["job-weekly DOWN: the backup 7 can't be relied on"],
                status: "\(next); a backup of weekly can't be relied on"),
            Case(
                testDescription: "retention failed",
                events: [looked([good]), .pruned(Pruning.Report(failures: [BackupError(.restoring, "no")]), jobs: [])],
                health: ["retention DOWN: no"], status: next),
            Case(
                testDescription: "retention is put off",
                events: [
                    looked([good]), .pruned(Pruning.Report(putOff: BackupError(.repositoryBusy, "s runs")), jobs: []),
                ],
                health: ["retention UP: put off since 2027-01-15T02:10:00Z: s runs"], status: next),
            Case(
                testDescription: "retention failed, and is put off since",
                events: [
                    looked([good]), .pruned(Pruning.Report(failures: [BackupError(.restoring, "no")]), jobs: []),
                    .pruned(Pruning.Report(putOff: BackupError(.repositoryBusy, "s runs")), jobs: []),
                ],
                health: ["retention DOWN: no"], status: next),
            Case(
                testDescription: "retention works again",
                events: [
                    looked([good]), .pruned(Pruning.Report(failures: [BackupError(.restoring, "no")]), jobs: []),
                    .pruned(Pruning.Report(putOff: BackupError(.repositoryBusy, "s runs")), jobs: []),
                    .pruned(Pruning.Report(), jobs: []),
                ],
                health: [], status: next),
            Case(
                testDescription: "a job is no longer configured",
                events: [looked([good, backup("2027-01-14T02:00:00Z", of: ["old", "nightly"])])],
                health: ["retention UP: backups of jobs that are no longer configured stay: old"], status: next),
            Case(
                testDescription: "a backup runs",
                events: [
                    looked([good]),
                    .step(
                        BackupEvent(id: good.id, .partStarted(part: 2, snapshot: "s", indices: 1)), jobs: ["nightly"]),
                ],
                health: [], status: "nightly: part 2 of 2, 50 %, 00:00:00; next run nightly at 2027-01-16T02:00:00Z"),
            Case(
                testDescription: "an attempt has failed, and another follows",
                events: [looked([good]), retrying],
                health: [],
                status: "nightly: attempt 2 of 3 at 2027-01-15T02:11:00Z, after: part 2 is FAILED; \(nextRun)"),
            Case(
                testDescription: "it has begun",
                events: [looked([good]), retrying, begun],
                health: [], status: "nightly: part 1 of 2, 0 %, 00:00:00; \(nextRun)"),
            Case(
                testDescription: "none follows",
                events: [
                    looked([good]), retrying, .failed(failure, nil, jobs: ["nightly"], due: nil, counting: []),
                ],
                health: ["job-nightly UP: the last backup failed: part 2 is FAILED"],
                status: "\(next); the last backup of nightly failed: part 2 is FAILED"),
            Case(
                testDescription: "something is in the way",
                events: [
                    looked([good]),
                    .waiting(BackupError(.repositoryBusy, "s runs"), jobs: ["nightly"], due: time(now), delay: .zero),
                ],
                health: [], status: "nightly: waiting: s runs; \(nextRun)"),
            Case(
                testDescription: "other snapshots run",
                events: [
                    looked([good]), .step(BackupEvent(id: good.id, .waitingForOthers(["s"])), jobs: ["nightly"]),
                ],
                health: [], status: "nightly: waiting: other snapshots run: s; \(nextRun)"),
            Case(
                testDescription: "what was in the way has kept it from the fire time",
                events: [
                    looked([good]), .step(BackupEvent(id: good.id, .waitingForOthers(["s"])), jobs: ["nightly"]),
                    .skipped(jobs: ["nightly"], due: time(now), reason: "", counting: []),
                ],
                health: [], status: next),
            Case(
                testDescription: "a configuration was refused",
                events: [looked([good]), .reloadRefused(reason: "line 3")],
                health: ["configuration DOWN: refused at 2027-01-15T02:10:00Z, the old one stays in force: line 3"],
                status: "configuration refused at 2027-01-15T02:10:00Z, the old one stays in force: line 3; \(next)"),
        ]
    }

    @Test(arguments: cases)
    func tells(what: Case) throws {
        var scene = try StandingAtNight()
        for event in what.events { scene.take(event) }
        let health = Health(scene.at(what.now), at: time(what.now))
        #expect(told(health) == what.health)
        let down = what.health.filter { $0.contains(" DOWN") && !$0.hasPrefix("configuration") }.map {
            $0.prefix { $0 != " " }
        }
        let told = what.status.contains("next run: ") && !down.isEmpty ? "; DOWN: \(down.joined(separator: ", "))" : ""
        #expect(StatusLine(scene.at(what.now), at: time(what.now)).text == what.status + told)
        let isDown = what.health.contains { $0.contains(" DOWN") }
        // Of weekly nobody knows yet whether it works.
        let weekly = try #require(health.components.last)
        #expect(health.status == (isDown ? .down : weekly.status == .up ? .up : .unknown))
        for component in health.components {
            #expect((component.remedy != nil) == (component.status == .down), "\(component)")
        }
    }

    private func told(_ health: Health) -> [String] {
        // It has no backup yet, and owes none.
        health.components.filter {
            ($0.status != .up || $0.reason != nil) && !($0.name == "job-weekly" && $0.status == .unknown)
        }.map {
            "\($0.name) \($0.status.rawValue)" + ($0.reason.map { ": \($0)" } ?? "")
        }
    }

    /// Nobody knows whether a job works before its first success is owed.
    @Test func aJobIsUnknownUntilItsFirstSuccessIsOwed() throws {
        var scene = try StandingAtNight()
        scene.take(looked([Self.good]))
        let owed = "2027-01-18T05:00:00Z"
        func weekly(_ now: String) -> Health.Component? { Health(scene.at(now), at: time(now)).components.last }
        let before = weekly("2027-01-18T05:00:00Z")
        #expect(
            before?.status == .unknown && before?.reason == "no backup has succeeded yet; the first is owed at \(owed)")
        let after = weekly("2027-01-18T05:00:01Z")
        #expect(after?.status == .down && after?.since == time(owed))
    }

    /// What is down says since when, however often it has been seen since.
    @Test func tellsSinceWhen() throws {
        let (first, later) = ("2027-01-15T03:00:00Z", "2027-01-15T04:00:00Z")
        let full = BackupError(.storageFailed, "full")
        let events: [(name: String, events: [DaemonEvent.Kind])] = [
            ("repository", [.lookFailed(full)]), ("engine", [.lookFailed(BackupError(.engineUnreachable, "away"))]),
            ("repository", [looked([Self.good]), .storageVerified(problem: full)]),
            ("retention", [.pruned(Pruning.Report(failures: [full]), jobs: [])]),
            ("configuration", [.reloadRefused(reason: "line 3")]),
        ]
        for (name, events) in events {
            var scene = try StandingAtNight()
            for event in [looked([Self.good])] + events { scene.take(event, at: first) }
            for event in events where name != "configuration" { scene.take(event, at: later) }
            let component = Health(scene.at(later), at: time(later)).components.first { $0.name == name }
            #expect(component?.status == .down && component?.since == time(first), "\(name)")
        }
    }

    /// A fire time that nobody deals with has no other explanation than a scheduler that stands still.
    @Test func aFireTimeThatIsLeftLyingIsTold() throws {
        var scene = try StandingAtNight()
        scene.take(looked([Self.good]))
        for (now, isTold) in [("2027-01-15T02:01:00Z", false), ("2027-01-15T02:01:01Z", true)] {
            let words =
                "scheduler DOWN: the fire time 2027-01-15T02:00:00Z of nightly was left lying"
            let standing = scene.at(now, schedulerHasStopped: true)
            #expect(told(Health(standing, at: time(now))) == (isTold ? [words] : []))
        }
    }

    @Test func scheduledTasksTellTheLastAndTheNextRun() throws {
        var scene = try StandingAtNight { settings in
            settings.jobs.append(JobSettings(name: "yearly", schedule: try! Schedule("@every 365d")))
        }
        scene.take(
            looked([backup("2027-01-15T02:00:00Z", .failed)], markers: [marker(.pause, "weekly")]),
            .failed(Self.failure, nil, jobs: ["nightly"], due: nil, counting: []))
        let told = [ScheduledJob](scene.at(Self.now)).map { job in
            let next = job.next?.rfc3339 ?? "never"
            let last = job.last.map { "\($0.id) \($0.state.rawValue)" } ?? "none"
            return
                "\(job.name) \(job.expression) \(job.interval != nil) \(next) \(last) \(job.failure?.message ?? "well")"
        }
        #expect(
            told == [
                "nightly 0 2 * * * false 2027-01-16T02:00:00Z 20270115020000 FAILED part 2 is FAILED",
                "weekly 0 4 * * MON false never none well",
                "yearly @every 365d true 2027-12-18T00:00:00Z none well",
            ])
    }
}
