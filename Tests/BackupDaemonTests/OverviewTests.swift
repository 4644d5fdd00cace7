import Configuration
import ElasticsearchClient
import Retention
import Scheduling
import Testing
import Time
import Verification

@testable import BackupDaemon
@testable import Backups

/// What the status page says first, and of each job.
@Suite(.timeLimit(.minutes(10)))
struct OverviewTests {
    private static let good = backup("2027-01-15T02:00:00Z")
    private static let now = "2027-01-15T02:10:00Z"
    private static let failure = BackupError(.snapshotFailed, "part 2 is FAILED")

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var now = OverviewTests.now
        var events: [DaemonEvent.Kind]
        let level: Overview.Verdict.Level
        let headline: String
        var remarks: [String] = []
    }

    private static let restorable = "Restorable to today 02:00 UTC"
    private static let old = "\(restorable), as the repository was last seen today 02:10 UTC."
    private static let journal = "'journalctl -u optimize-backup BACKUP_JOB=nightly' tells what happened."
    private static let create =
        "'optimize-backup create --job nightly' takes one now; the journal tells why there was none."
    private static let engine = "see to the engine; 'optimize-backup check' tells whether it can be used again."
    private static let storage = "'optimize-backup check' tells all that is wrong with engine, repository and storage."

    /// Made at each use: the leak checker does not see what a stored enum holds.
    static var cases: [Case] {
        [
            Case(
                testDescription: "nobody has looked", events: [], level: .unknown,
                headline: "The repository has not been seen yet",
                remarks: ["What can be restored is known once it has been."]),
            Case(
                testDescription: "the first look reads", events: [.reading(left: 12)], level: .unknown,
                headline: "The repository is being read for the first time: 12 snapshots left",
                remarks: ["What can be restored is known once it has been."]),
            Case(
                testDescription: "the first look failed",
                events: [.lookFailed(BackupError(.engineUnreachable, "away"))],
                level: .trouble, headline: "The engine can't be used: away",
                remarks: [engine, "Nobody knows yet what can be restored."]),
            Case(testDescription: "all is well", events: [looked([good])], level: .good, headline: restorable),
            Case(
                testDescription: "a drill has proven it", now: "2027-01-20T00:10:00Z",
                events: [
                    looked(
                        [backup("2027-01-20T00:00:00Z"), backup("2027-01-18T04:00:00Z", of: ["weekly"])],
                        markers: [marker(.verify, "nightly")], at: "2027-01-20T00:10:00Z")
                ], level: .good, headline: "Restorable to today 00:00 UTC (proven Friday)"),
            Case(
                testDescription: "nobody has looked for long", now: "2027-01-15T04:00:00Z", events: [looked([good])],
                level: .good, headline: restorable,
                remarks: [
                    "So it was today 02:10 UTC, when the repository was last looked at; 'optimize-backup check' looks now."
                ]),
            Case(
                testDescription: "there is no backup", events: [looked([])], level: .trouble,
                headline: "Nothing can be restored: there is no good backup",
                remarks: ["'optimize-backup create' takes a backup now."]),
            Case(
                testDescription: "there is none of the Optimize that runs",
                events: [looked([good]), .versionTold("8.7.0")], level: .trouble,
                headline: "Nothing can be restored into Optimize 8.7.0: the newest backup is of 8.6.0",
                remarks: ["'optimize-backup create' takes a backup now."]),
            Case(
                testDescription: "the engine is away",
                events: [looked([good]), .lookFailed(BackupError(.engineUnreachable, "away"))], level: .trouble,
                headline: "The engine can't be used: away", remarks: [engine, old]),
            Case(
                testDescription: "the storage refuses",
                events: [looked([good]), .lookFailed(BackupError(.storageFailed, "full"))], level: .trouble,
                headline: "The repository is in trouble: full", remarks: [storage, old]),
            Case(
                testDescription: "a success is owed", now: "2027-01-16T03:00:01Z", events: [looked([good])],
                level: .trouble, headline: "nightly is overdue: its last good backup is of yesterday 02:00 UTC",
                remarks: [create, journal, "Restorable to yesterday 02:00 UTC."]),
            Case(
                testDescription: "a drill has found damage",
                events: [looked([good], markers: [marker(.verify, "weekly")])], level: .trouble,
                headline: "A backup of weekly is damaged: 7 can't be relied on",
                remarks: [
                    "'optimize-backup create --job weekly' takes another, 'optimize-backup verify' looks at it.",
                    "'optimize-backup show 7' tells what was found.", "\(restorable).",
                ]),
            Case(
                testDescription: "two things are wrong", now: "2027-01-16T03:00:01Z",
                events: [looked([good]), .reloadRefused(reason: "jobs: no")], level: .trouble,
                headline: "nightly is overdue: its last good backup is of yesterday 02:00 UTC",
                remarks: [create, journal, "One more problem stands below.", "Restorable to yesterday 02:00 UTC."]),
            Case(
                testDescription: "the configuration is refused",
                events: [looked([good]), .reloadRefused(reason: "jobs: no")], level: .trouble,
                headline:
                    "The configuration was refused at 2027-01-15T02:10:00Z, the old one stays in force: jobs: no",
                remarks: [
                    "mend it, and reload; 'optimize-backup check --config-only' tells each mistake.", "\(restorable).",
                ]),
            Case(
                testDescription: "the last backup failed",
                events: [
                    looked([good]), .failed(failure, nil, jobs: ["nightly"], due: nil, counting: ["nightly"]),
                ], level: .notice, headline: "\(restorable); the last backup of nightly failed", remarks: [journal]),
            Case(
                testDescription: "the newest backup is no good, and nobody here saw it fail",
                events: [looked([backup("2027-01-15T02:05:00Z", .failed), good])], level: .notice,
                headline: "\(restorable); the last backup of nightly failed", remarks: [journal]),
            Case(
                testDescription: "it is tried again",
                events: [
                    looked([good]),
                    .retrying(
                        failure, jobs: ["nightly"], due: time(now), attempt: 1, of: 3, delay: .seconds(3_600)),
                ], level: .notice, headline: "\(restorable); nightly failed, and attempt 2 of 3 comes today 03:10",
                remarks: [journal]),
            Case(
                testDescription: "it waits",
                events: [looked([good]), .waiting(failure, jobs: ["nightly"], due: time(now), delay: .seconds(1))],
                level: .notice, headline: "\(restorable); the backup of nightly waits for its turn"),
            Case(
                testDescription: "somebody has paused a job",
                events: [looked([good], markers: [marker(.pause, "nightly")])], level: .notice,
                headline: "\(restorable); nightly is paused",
                remarks: ["'optimize-backup resume nightly' ends the pause."]),
            Case(
                testDescription: "somebody restores, a job is paused",
                events: [looked([good], markers: [marker(.pause, "nightly"), marker(.restore, "7")])],
                level: .notice, headline: "\(restorable); 7 is being restored: no backup begins meanwhile",
                remarks: ["Also: nightly is paused.", "'optimize-backup resume nightly' ends the pause."]),
            Case(
                testDescription: "what others wrote is shown, and not obeyed",
                events: [looked([good]), .lookFailed(BackupError(.engineUnreachable, "a\u{202E}b\u{1B}[0m\nc"))],
                level: .trouble, headline: #"The engine can't be used: a\u{202E}b\u{1B}[0m c"#,
                remarks: [engine, old]),
        ]
    }

    @Test(arguments: cases)
    func theFirstLine(_ the: Case) throws {
        var night = try StandingAtNight()
        for event in the.events { night.take(event) }
        let (overview, now) = (Overview(night.at(the.now), at: time(the.now)), time(the.now))
        #expect(overview.verdict.headline.text(at: now) == the.headline)
        #expect(overview.verdict.level == the.level)
        #expect(overview.verdict.remarks.map { $0.text(at: now) } == the.remarks)
        // Whatever is wrong is also told with the problems, or with the jobs.
        if the.level == .trouble { #expect(!overview.problems.isEmpty) }
        if the.level == .good { #expect(!overview.problems.contains { $0.status == .down }) }
    }

    @Test func aJobTellsWhatBecomesOfIt() throws {
        var night = try StandingAtNight { $0.jobs[0].zone = try! Zone.load("Europe/Berlin") }
        night.take(
            looked([Self.good], markers: [marker(.pause, "weekly")]),
            .step(BackupEvent(id: Self.good.id, .partStarted(part: 1, snapshot: "s", indices: 1)), jobs: ["nightly"]),
            .step(BackupEvent(id: Self.good.id, .partProgress(part: 1, fraction: 0.5)), jobs: ["nightly"]))
        let (overview, now) = (Overview(night.at(Self.now), at: time(Self.now)), time(Self.now))
        let words = overview.jobs.map { job in
            "\(job.name) \(job.state.words): \(job.remarks.map { $0.text(at: now) }.joined(separator: " "))"
        }
        #expect(
            words == [
                "nightly running: Backup 20270115020000 runs since today 03:00: part 1 of 2, 25 %.",
                "weekly paused: Paused: 'optimize-backup resume weekly' ends that.",
            ])
        #expect(overview.jobs.map { $0.next?.rfc3339 } == ["2027-01-16T01:00:00Z", nil])
        #expect(
            overview.activities.map { $0.words.text(at: now) } == [
                "Backup 20270115020000 for nightly: part 1 of 2, 25 %, since today 03:00"
            ])
        #expect(overview.activities.first?.progress == 0.25)
    }

    @Test(arguments: [
        ("2027-01-15T23:30:00Z", "tomorrow 00:30"), ("2027-01-14T22:59:00Z", "yesterday 23:59"),
        ("2027-01-14T23:00:00Z", "today 00:00"), ("2027-01-10T02:00:00Z", "Sunday 03:00"),
        ("2027-01-21T02:00:00Z", "Thursday 03:00"), ("2027-01-22T02:00:00Z", "22 Jan 03:00"),
        ("2027-07-01T02:00:00Z", "1 Jul 04:00"), ("2026-12-31T02:00:00Z", "31 Dec 2026 03:00"),
    ])
    func timesAreSaidAsPeopleDo(instant: String, words: String) throws {
        #expect(time(instant).words(in: try Zone.load("Europe/Berlin"), as: .moment, at: time(Self.now)) == words)
    }
}
