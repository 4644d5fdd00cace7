import ElasticsearchClient
import JSON
import Scheduling
import Testing
import Text
import Time

@testable import BackupDaemon
@testable import Backups

/// What the log says of each event, and that it says nothing twice.
@Suite(.timeLimit(.minutes(10)))
struct EventJournalTests {
    private static let id = BackupID(of: "2027-01-15T02:00:00Z")
    private static let due = time("2027-01-15T02:00:00Z")
    private static let failure = BackupError(
        .engineFailed, "no", setting: "engine.urls", cause: EngineError(.failed, status: 500, type: "t", reason: "no"))

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String { said.first ?? "nothing of \(event)" }
        let event: DaemonEvent.Kind
        var requester = Requester.daemon
        /// Kind, priority, message, and fields.
        let said: [String]
    }

    /// Made at each use: the leak checker does not see what a stored enum holds.
    static var cases: [Case] {
        [
            Case(
                event: .started(version: "1.0", addresses: ["port 1", "/run/s"], jobs: 2),
                said: ["daemonStarted notice optimize-backup 1.0 answers on port 1, /run/s, 2 jobs"]),
            Case(
                event: .stopping, said: ["daemonStopping notice stopping; the engine goes on with what it has accepted"]
            ),
            Case(
                event: .reloaded(DaemonSettings(jobs: [])),
                said: ["configurationReloaded notice the new configuration is in force: 0 jobs"]),
            Case(
                event: .reloadRefused(reason: "r"),
                said: ["configurationRefused error the new configuration was refused, the old one stays in force: r"]),
            Case(
                event: .filesReread(
                    changed: ["engine.passwordFile"], fixed: ["engine.caFile", "engine.clientKeyFile"]),
                said: [
                    "configurationReloaded notice read again, and changed: engine.passwordFile SETTING=engine.passwordFile",
                    "configurationReloaded notice engine.caFile, engine.clientKeyFile: systemd puts a changed credential in place at a start "
                        + "only, so that it takes a restart SETTING=engine.caFile SETTING=engine.clientKeyFile",
                ]),
            Case(event: .filesReread(changed: [], fixed: []), said: []),
            Case(
                event: .inheritedServed(addresses: ["port 9000", "/run/s"], insteadOf: 8_092),
                said: [
                    "daemonStarted notice served is port 9000, /run/s, as handed over, and not port 8092, which the configuration names "
                        + "SETTING=server.port"
                ]),
            Case(event: .reading(left: 3), said: []),
            Case(
                event: .firstLookFailed(failure),
                said: [
                    "engineTrouble warning what is unfinished, and what was missed, can't be told yet: no: t: no (HTTP 500) (setting: engine.urls) "
                        + "SETTING=engine.urls ENGINE_ERROR_TYPE=t ENGINE_STATUS=500"
                ]),
            Case(
                event: .jobStands("nightly", newest: nil),
                said: ["jobStanding info nightly: there is no backup yet BACKUP_JOB=nightly"]),
            Case(
                event: .jobStands("nightly", newest: backup("2027-01-15T02:00:00Z")),
                said: [
                    "jobStanding info nightly: the newest backup is 20270115020000, COMPLETED, ended at 2027-01-15T02:01:00Z after 1 min 0 s "
                        + "BACKUP_JOB=nightly BACKUP_ID=20270115020000 BACKUP_STATE=COMPLETED DURATION_USEC=60000000 "
                        + "DUE_TIME=2027-01-15T02:00:00Z ATTEMPT=1"
                ]),
            Case(
                event: .missed(job: "nightly", FireTimes(due)), requester: .schedule,
                said: [
                    "backupMissed warning nightly: nobody was there at 2027-01-15T02:00:00Z "
                        + "BACKUP_JOB=nightly DUE_TIME=2027-01-15T02:00:00Z REQUESTED_BY=schedule"
                ]),
            Case(
                event: .shownAgain(job: "nightly", FireTimes(due)),
                said: [
                    "clockChange notice nightly: a backup was begun for 2027-01-15T02:00:00Z before the clock was set back; none is taken again "
                        + "BACKUP_JOB=nightly DUE_TIME=2027-01-15T02:00:00Z"
                ]),
            Case(
                event: .clockChanged(job: "nightly", note: "n"),
                said: ["clockChange notice nightly: n BACKUP_JOB=nightly"]),
            Case(
                event: .skipped(jobs: ["a", "b"], due: due, reason: "r", counting: []),
                said: ["a", "b"].map {
                    "backupSkipped warning \($0): no backup for 2027-01-15T02:00:00Z: r "
                        + "BACKUP_JOB=\($0) DUE_TIME=2027-01-15T02:00:00Z"
                }),
            Case(
                event: .step(BackupEvent(id: id, .partStarted(part: 1, snapshot: "s", indices: 2)), jobs: ["nightly"]),
                requester: .host("other"),
                said: [
                    "backupStarted info backup 20270115020000 for nightly: part 1 started with 2 indices "
                        + "BACKUP_ID=20270115020000 REPOSITORY=backups BACKUP_JOB=nightly BACKUP_PART=1 SNAPSHOT=s "
                        + "BACKUP_STATE=IN_PROGRESS REQUESTED_BY=other"
                ]),
            Case(event: .step(BackupEvent(id: id, .partProgress(part: 1, fraction: 1)), jobs: []), said: []),
            Case(
                event: .retrying(failure, jobs: ["nightly"], due: due, attempt: 2, of: 20, delay: .seconds(30)),
                said: [
                    "engineTrouble warning a backup for nightly failed, attempt 2 of 20: no: t: no (HTTP 500) (setting: engine.urls); next attempt in 30 s "
                        + "DUE_TIME=2027-01-15T02:00:00Z ATTEMPT=2 BACKUP_JOB=nightly ERROR=engineFailed SETTING=engine.urls "
                        + "ENGINE_ERROR_TYPE=t ENGINE_STATUS=500"
                ]),
            Case(
                event: .waiting(BackupError(.repositoryBusy, "b"), jobs: ["nightly"], due: due, delay: .seconds(30)),
                said: [
                    "backupProgress notice a backup for nightly: waiting, and asking again in 30 s: b "
                        + "DUE_TIME=2027-01-15T02:00:00Z BACKUP_JOB=nightly ERROR=repositoryBusy"
                ]),
            Case(
                event: .failed(BackupError(.noIndices, "none"), id, jobs: [], due: nil, counting: []), requester: .api,
                said: [
                    "backupFailed error backup 20270115020000 failed: none BACKUP_ID=20270115020000 REPOSITORY=backups "
                        + "BACKUP_STATE=FAILED ERROR=noIndices REQUESTED_BY=api"
                ]),
            Case(
                event: .failed(BackupError(.noIndices, "none"), nil, jobs: ["a", "b"], due: nil, counting: []),
                said: ["backupFailed error a backup for a, b failed: none BACKUP_JOB=a BACKUP_JOB=b ERROR=noIndices"]),
            Case(
                event: .failed(
                    BackupError(.tooLate, "late", setting: "backup.timeout"), id, jobs: ["nightly"], due: due,
                    counting: [],
                    outlook: .init(attempt: 3, of: 20, next: "2027-01-16T02:00:00+01:00")),
                said: [
                    "backupFailed error backup 20270115020000 for nightly failed, attempt 3 of 20: late (setting: backup.timeout); "
                        + "next run 2027-01-16T02:00:00+01:00 BACKUP_ID=20270115020000 REPOSITORY=backups BACKUP_JOB=nightly "
                        + "BACKUP_STATE=FAILED ERROR=tooLate SETTING=backup.timeout"
                ]),
            Case(event: .failed(BackupError(.cancelled, "c"), nil, jobs: [], due: nil, counting: []), said: []),
            Case(
                event: .deleteFailed(id, BackupError(.held, "h")),
                said: ["deleteFailed error backup 20270115020000 is not deleted: h BACKUP_ID=20270115020000 ERROR=held"]
            ),
            Case(
                event: .removedOverdue(snapshot: "s"),
                said: [
                    "backupDeleted error s ran for longer than backup.timeout, and has been deleted SNAPSHOT=s SETTING=backup.timeout"
                ]),
            Case(
                event: .pruned(Pruning.Report(failures: [BackupError(.restoring, "r")], leftOver: 3), jobs: []),
                said: [
                    "retentionFailed error retention: r",
                    "retentionFailed notice retention: 0 backups deleted, 3 more are left for the next run "
                        + "SETTING=retentionDefaults.maximumDeletesPerRun",
                ]),
        ]
    }

    @Test(arguments: cases)
    func says(what: Case) {
        var journal = EventJournal(repository: "backups")
        let event = DaemonEvent(what.event, by: what.requester, at: Self.due)
        let entries = journal.entries(for: event)
        #expect(entries.map(Self.text) == what.said)
        #expect(entries.allSatisfy { $0.place == event.place && $0.place.file.hasSuffix("Tests.swift") })
    }

    private static func text(_ entry: LogEntry) -> String {
        (["\(entry.id) \(entry.priority) \(entry.message)"] + entry.fields.map { "\($0.name)=\($0.value)" })
            .joined(separator: " ")
    }

    /// The messages that a run of events leaves.
    private func messages(_ events: [DaemonEvent.Kind]) -> [String] {
        var journal = EventJournal(repository: "backups")
        return events.flatMap { journal.entries(for: DaemonEvent($0, at: Self.due)) }.map(\.message)
    }

    /// An engine that is away for hours is told of ever more rarely, with a count, and once when it is back.
    @Test func whatRepeatsIsCounted() {
        func failing(_ operation: EngineOperation) -> DaemonEvent.Kind {
            .engine(.retrying(operation, error: EngineError(.unreachable, reason: "away"), delay: .seconds(1)))
        }
        func answered(_ operation: EngineOperation, _ error: EngineError.Code? = nil) -> DaemonEvent.Kind {
            .engine(.ended(operation, error: error, duration: .zero))
        }
        let away = Array(repeating: failing(.getSnapshot), count: 9) + [answered(.getSnapshot, .unreachable)]
        let told = messages(
            [answered(.getSnapshot)] + away + [
                failing(.info), answered(.getSnapshot), answered(.info), answered(.info),
            ])
        let repeated = [2, 4, 8].map { "snapshot.get has failed \($0) times and is asked again in 1.0 s: away" }
        #expect(
            told == ["snapshot.get failed and is asked again in 1.0 s: away"] + repeated + [
                "info failed and is asked again in 1.0 s: away",
                "the engine answers again; snapshot.get had failed 9 times",
                "the engine answers again; info had failed once",
            ])
    }

    @Test func whatCannotBeReadIsToldOnceAndSoIsItsReturn() {
        let told = messages([
            looked([], unreadable: ["s2", "s1"]), looked([], unreadable: ["s1"]), looked([], unreadable: ["s1"]),
            looked([]),
        ])
        #expect(
            told.map { $0.split(separator: ",")[0] }.map(String.init) == [
                "s1 is listed", "s2 is listed", "s2 can be read again", "s1 can be read again",
            ])
    }

    /// While nodes are upgraded, now the one release answers and now the other.
    @Test func anUpgradeOfTheEngineIsToldOnce() {
        let releases = ["2.19.1", "2.19.1", "3.6.0", "2.19.1", "3.6.0", "4.0.0"]
        let told = messages(releases.map { looked([], version: $0) })
        #expect(told.count == 2 && told.first == "the engine is opensearch 3.6.0 now, was opensearch 2.19.1", "\(told)")
        #expect(
            told.last?.hasPrefix("the engine is opensearch 4.0.0 now, was opensearch 3.6.0; OpenSearch 4.0.0") == true)
    }

    @Test func troubleIsToldWhenItChanges() {
        let (full, gone) = (BackupError(.storageFailed, "full"), BackupError(.namesVanished, "gone"))
        let told = messages([
            .storageVerified(problem: nil), .lookFailed(full), .lookFailed(full), .lookFailed(gone),
            .lookFailed(BackupError(.engineUnreachable, "away")), .storageVerified(problem: full),
            .storageVerified(problem: nil), .storageVerified(problem: nil),
        ])
        #expect(told == ["full", "gone", "full", "the repository can be read and written again"])
    }

    /// Who let an earlier pause end has nothing to do with one that is over by itself.
    @Test func aPauseIsEndedByWhoeverEndedThatOne() {
        let owner = BackupOwner(cluster: "c", prefix: "optimize")
        func marker(_ kind: MarkerName.Kind, _ number: Int64, by who: String) -> Marker? {
            let name = MarkerName(kind, "nightly", owner: owner.hash, expiry: nil, number: number).description
            let entry = SnapshotEntry(name: name, uuid: SnapshotUUID(name), state: .success)
            return Marker(entry, Snapshot(name: name, state: .success, metadata: ["by": .string(who)]), of: owner)
        }
        let (first, resume) = (marker(.pause, 1, by: "ann"), marker(.resume, 2, by: "ann"))
        let second = marker(.pause, 3, by: "bob")
        var journal = PauseJournal()
        let told = [[], [first], [first, resume], [resume, second], [resume, second], [resume]].flatMap { markers in
            journal.entries(Markers(markers.compactMap { $0 }))
        }
        #expect(
            told.map(\.message) == [
                "nightly: paused by ann", "nightly: let go by ann", "nightly: paused by bob",
                "nightly: the pause is over",
            ])
    }

    /// A restore is told when it begins and how it ended; how one ended before the daemon began is no news.
    @Test func restoresAreTold() {
        let owner = BackupOwner(cluster: "c", prefix: "optimize")
        func marker(_ kind: MarkerName.Kind, _ number: Int64, _ outcome: RestoreNote.Outcome? = nil) -> Marker? {
            let name = MarkerName(kind, "7", owner: owner.hash, expiry: nil, number: number).description
            let note = RestoreNote(
                parts: [], phase: .restoring, process: "", begun: nil, outcome: outcome, duration: .seconds(9))
            let metadata = note.members.merging(["by": "ann@host"]) { $1 }
            let entry = SnapshotEntry(name: name, uuid: SnapshotUUID(name), state: .success)
            return Marker(entry, Snapshot(name: name, state: .success, metadata: .object(metadata)), of: owner)
        }
        let (old, begun, failed) = (marker(.restored, 1, .success), marker(.restore, 2), marker(.restored, 3, .failed))
        let (again, succeeded) = (marker(.restore, 4), marker(.restored, 5, .success))
        var journal = RestoreJournal()
        let looks = [
            [old], [old, begun], [begun], [begun, failed], [again, failed], [again, succeeded], [succeeded],
        ]
        let told = looks.map { markers in journal.entries(Markers(markers.compactMap { $0 })).map(\.message) }
        #expect(
            told == [
                [], ["7 is being restored by ann@host: no backup begins meanwhile"], [],
                ["the restore of 7 has failed after 9 s by ann@host"], [],
                [
                    "the restore of 7 has succeeded after 9 s",
                    "nothing is being restored any more: backups begin again",
                ], [],
            ])
    }

    /// One that was not done is told as well as what it came to.
    @Test func verificationsAreTold() {
        let due = time("2027-01-17T12:00:00Z")
        let told = messages([
            .verificationSkipped(job: "nightly", .drill, due: due, BackupError(.tooLate, "no room")),
            .verificationSkipped(job: nil, .check, due: nil, BackupError(.engineUnreachable, "away")),
            .drillsSwept(["drill-a"]), .drillsLeft(["drill-b"]),
            .sweepFailed(BackupError(.engineDenied, "no")),
        ])
        #expect(
            told == [
                "nightly: no restore drill for 2027-01-17T12:00:00Z: no room", "no verification: away",
                "removed what a drill had left of which nobody was left: drill-a",
                "indices of drills can't be removed, and it is tried again: drill-b",
                "whether a drill has left indices behind, drill-…, can't be told: no",
            ])
    }

    /// A prune that is tried again and again says what is new, and once that it is well.
    @Test func retentionTellsWhatIsNew() {
        func pruned(_ failures: BackupError..., putOff: BackupError? = nil) -> DaemonEvent.Kind {
            .pruned(Pruning.Report(failures: failures, putOff: putOff), jobs: [])
        }
        let (no, full) = (BackupError(.restoring, "no"), BackupError(.storageFailed, "full"))
        let busy = ["a runs", "b runs"].map { BackupError(.repositoryBusy, $0) }
        let told = messages([
            pruned(), pruned(no), pruned(no), pruned(full, no), pruned(putOff: busy[0]), pruned(no), pruned(), pruned(),
            pruned(putOff: busy[0]), pruned(), pruned(busy[0]), pruned(busy[1]), pruned(),
        ])
        let well = "nothing keeps it from its work any more"
        #expect(told == ["no", "full", well, "a runs", well].map { "retention: \($0)" })
    }

    /// Told while requests are still signed: who hears of it has until then to mend it.
    @Test func aKeyThatCannotBeRenewedIsTold() {
        var journal = EventJournal(repository: "backups")
        let event = EngineEvent.keyNotRenewed(reason: "no answer", expiry: time("2027-01-15T03:00:00Z"))
        let entries = journal.entries(for: DaemonEvent(.engine(event), at: time("2027-01-15T02:55:00Z")))
        #expect(
            entries.map(\.message) == [
                "the key that signs requests expires at 2027-01-15T03:00:00Z, and can't be renewed: no answer"
            ])
        #expect(entries.map(\.priority) == [.warning])
        #expect(entries.first?.fields == [.init("SETTING", "engine.aws")])
    }

    @Test func aWrongClockIsToldOnce() {
        let told = messages(
            [nil, "a", "b", nil, "a"].map { .clocksCompared(problem: $0) })
        #expect(told == ["a", "a"])
    }
}
