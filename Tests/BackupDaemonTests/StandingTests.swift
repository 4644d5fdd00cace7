import Configuration
import ElasticsearchClient
import PrometheusExposition
import Scheduling
import Testing
import Time

@testable import BackupDaemon
@testable import Backups
@testable import Retention

/// How everything stands after what has happened, and what is told of it.
@Suite(.timeLimit(.minutes(10)))
struct StandingTests {
    private static let good = backup("2027-01-15T02:00:00Z")
    private static let id = BackupID(of: "2027-01-15T02:00:00Z")
    private static let failure = BackupError(.snapshotFailed, "part 2 is FAILED")

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var before: [DaemonEvent.Kind] = []
        let event: DaemonEvent.Kind
        /// The lines of /metrics that are new, or have changed, without `optimize_backup_`.
        let metrics: [String]
    }

    /// Made at each use: the leak checker does not see what a stored enum holds.
    static var cases: [Case] {
        [
            Case(
                testDescription: "part 1 begins",
                event: .step(BackupEvent(id: id, .partStarted(part: 1, snapshot: "s", indices: 2)), jobs: ["nightly"]),
                metrics: [
                    #"in_progress{backup_job="nightly"} 1"#,
                    #"last_attempt_timestamp_seconds{backup_job="nightly"} 1799979000"#,
                ]),
            Case(
                testDescription: "half of part 2 is done",
                before: [
                    .step(BackupEvent(id: id, .partStarted(part: 2, snapshot: "s", indices: 2)), jobs: ["nightly"])
                ],
                event: .step(BackupEvent(id: id, .partProgress(part: 2, fraction: 0.5)), jobs: ["nightly"]),
                metrics: [#"progress_ratio{backup_job="nightly"} 0.75"#]),
            Case(
                testDescription: "it is good",
                before: [
                    .failed(failure, nil, jobs: ["nightly"], due: nil, counting: ["nightly"]),
                    .step(BackupEvent(id: id, .partStarted(part: 2, snapshot: "s", indices: 2)), jobs: ["nightly"]),
                ],
                event: .step(BackupEvent(id: id, .completed(good)), jobs: ["nightly"]),
                metrics: [
                    #"duration_seconds_bucket{backup_job="nightly",le="60"} 1"#,
                    #"duration_seconds_count{backup_job="nightly"} 1"#,
                    #"in_progress{backup_job="nightly"} 0"#, #"progress_ratio{backup_job="nightly"} 0"#,
                ]),
            Case(
                testDescription: "a success counts, whoever completed it, and ends what failed",
                before: [.failed(failure, nil, jobs: ["nightly"], due: nil, counting: ["nightly"])],
                event: .succeeded(good, jobs: ["nightly", "weekly"], due: nil, counting: ["nightly", "weekly"]),
                metrics: [
                    #"runs_total{backup_job="nightly",outcome="success"} 1"#,
                    #"runs_total{backup_job="weekly",outcome="success"} 1"#,
                    #"consecutive_failures{backup_job="nightly"} 0"#,
                ]),
            Case(
                testDescription: "nobody's order counts as nobody's",
                event: .succeeded(good, jobs: [], due: nil, counting: [""]),
                metrics: [
                    #"runs_total{backup_job="",outcome="success"} 1"#, #"consecutive_failures{backup_job=""} 0"#,
                ]),
            Case(
                testDescription: "nobody's order fails once more",
                before: [.failed(failure, id, jobs: [], due: nil, counting: [""])],
                event: .failed(failure, id, jobs: [], due: nil, counting: [""]),
                metrics: [
                    #"runs_total{backup_job="",outcome="failed"} 2"#, #"consecutive_failures{backup_job=""} 2"#,
                ]),
            Case(
                testDescription: "it failed",
                before: [.step(BackupEvent(id: id, .takenUp(from: "host")), jobs: ["nightly"])],
                event: .failed(failure, id, jobs: ["nightly"], due: nil, counting: ["nightly"]),
                metrics: [
                    #"runs_total{backup_job="nightly",outcome="failed"} 1"#, #"in_progress{backup_job="nightly"} 0"#,
                    #"consecutive_failures{backup_job="nightly"} 1"#,
                ]),
            Case(
                testDescription: "what was stopped with the process has not failed",
                before: [.step(BackupEvent(id: id, .takenUp(from: "host")), jobs: ["nightly"])],
                event: .failed(BackupError(.cancelled, "stopped"), id, jobs: ["nightly"], due: nil, counting: []),
                metrics: [#"in_progress{backup_job="nightly"} 0"#]),
            Case(
                testDescription: "an attempt is made again",
                event: .retrying(
                    failure, jobs: ["nightly"], due: time("2027-01-15T02:00:00Z"), attempt: 1, delay: .zero),
                metrics: [#"retries_total{backup_job="nightly",reason="snapshotFailed"} 1"#]),
            Case(
                testDescription: "a fire time is skipped",
                event: .skipped(
                    jobs: ["nightly", "weekly"], due: time("2027-01-15T02:00:00Z"), reason: "r", counting: ["weekly"]),
                metrics: [#"runs_total{backup_job="weekly",outcome="skipped"} 1"#]),
            Case(
                testDescription: "fire times are missed",
                event: .missed(
                    job: "nightly",
                    {
                        var times = FireTimes(time("2027-01-15T02:00:00Z"))
                        times.append(time("2027-01-16T02:00:00Z"), counts: false)
                        times.append(time("2027-01-17T02:00:00Z"))
                        return times
                    }()),
                metrics: [#"runs_total{backup_job="nightly",outcome="missed"} 2"#]),
            Case(
                testDescription: "indices are in no backup", before: [looked([])],
                event: .step(BackupEvent(id: id, .uncovered(["a", "b"])), jobs: []), metrics: ["uncovered_indices 2"]),
            Case(
                testDescription: "the engine can't be reached", before: [looked([])],
                event: .lookFailed(BackupError(.engineUnreachable, "away")),
                metrics: ["engine_up 0", "repository_up 0"]),
            Case(
                testDescription: "the storage refuses, the engine does not", before: [looked([])],
                event: .lookFailed(BackupError(.storageFailed, "full")), metrics: ["repository_up 0"]),
            Case(
                testDescription: "a new configuration is refused", event: .reloadRefused(reason: "r"),
                metrics: [
                    "configuration_last_reload_successful 0", "configuration_last_reload_timestamp_seconds 1799979000",
                ]),
            Case(
                testDescription: "retention has removed something, and failed for one job",
                event: .pruned(
                    Pruning.Report(
                        removed: [
                            RetentionDecision(
                                candidate: Candidate(
                                    id: "1", time: time("2027-01-01T00:00:00Z"), startTime: nil, state: .completed,
                                    kind: "COMPLETED", jobs: ["nightly", "weekly"], isOurs: true, hold: nil),
                                keeps: false, reasons: [.noRuleKeepsIt])
                        ],
                        failures: [BackupError(.configuration, "no", setting: "jobs.nightly.retention")]),
                    jobs: ["nightly", "weekly"]),
                metrics: [
                    #"retention_removed_total{backup_job="nightly",reason="noRule"} 1"#,
                    #"retention_removed_total{backup_job="weekly",reason="noRule"} 1"#,
                    #"retention_failures_total{backup_job="nightly"} 1"#,
                    #"retention_last_run_timestamp_seconds{backup_job="nightly"} 1799979000"#,
                    #"retention_last_run_timestamp_seconds{backup_job="weekly"} 1799979000"#,
                ]),
            Case(
                testDescription: "a pause is seen", before: [looked([good])],
                event: looked([good], markers: [marker(.pause, "nightly")]),
                metrics: [
                    #"overdue_timestamp_seconds{backup_job="nightly"} +Inf"#, #"job_paused{backup_job="nightly"} 1"#,
                    #"paused_since_timestamp_seconds{backup_job="nightly"} 1800000000"#,
                ]),
            Case(
                testDescription: "a hold is seen", before: [looked([good])],
                event: looked([good], markers: [marker(.hold, good.id.description)]), metrics: ["held 1"]),
            Case(
                testDescription: "a size is read", before: [looked([good])],
                event: .sizeRead(job: "nightly", Backup.Size(total: 20, incremental: 3)),
                metrics: [
                    #"size_bytes{backup_job="nightly"} 20"#, #"incremental_size_bytes{backup_job="nightly"} 3"#,
                ]),
            Case(
                testDescription: "a failed one is the newest, one can't be read", before: [looked([good])],
                event: looked([
                    backup("2027-01-15T02:05:00Z", .failed), backup("2027-01-15T02:04:00Z", isUnreadable: true), good,
                ]),
                metrics: [
                    #"consecutive_failures{backup_job="nightly"} 1"#,
                    #"last_attempt_timestamp_seconds{backup_job="nightly"} 1799978700"#,
                    #"state{backup_job="nightly",state="COMPLETED"} 0"#,
                    #"state{backup_job="nightly",state="FAILED"} 1"#,
                    #"backups{state="FAILED"} 1"#, #"backups{state="unreadable"} 1"#,
                ]),
        ]
    }

    @Test(arguments: cases)
    func metricsTell(what: Case) throws {
        var scene = try StandingAtNight()
        for event in what.before { scene.take(event) }
        let before = Set(lines(scene.at("2027-01-15T02:10:00Z")))
        scene.take(what.event)
        let changed = lines(scene.at("2027-01-15T02:10:00Z")).filter { !before.contains($0) }
        // Of a histogram one bucket tells enough.
        let shown = changed.filter { !$0.contains("_bucket") || $0.contains(#"le="60""#) }.filter {
            !$0.contains("_sum")
        }
        #expect(shown == what.metrics)
    }

    private func lines(_ standing: Standing) -> [String] {
        ExpositionFormat.text.exposition(of: StandingMetrics(standing).families).split(separator: "\n").filter {
            !$0.hasPrefix("#")
        }
        .map { String($0.dropFirst("optimize_backup_".count)) }
    }

    /// Nothing is told of what only the repository knows before it has been seen.
    @Test func beforeTheFirstLookOnlyTheConfigurationIsKnown() throws {
        let names = StandingMetrics(try StandingAtNight().at("2027-01-15T02:10:00Z")).families.filter {
            !$0.series.isEmpty
        }.map(\.name)
        let repository = ["backups", "state", "oldest_timestamp_seconds", "overdue_timestamp_seconds", "held"]
        #expect(Set(names).isDisjoint(with: repository.map { "optimize_backup_\($0)" }))
        #expect(names.contains("optimize_backup_next_run_timestamp_seconds"))
    }

    /// When a success is owed: after the first fire time that follows the newest one, and some time on top.
    @Test(
        arguments: [
            ("none has succeeded", [], nil, "2027-01-15T02:10:00Z", "2027-01-15T03:00:00Z"),
            ("one has", [backup("2027-01-15T02:00:00Z")], nil, "2027-01-15T02:10:00Z", "2027-01-16T03:00:00Z"),
            (
                "they are slow", [backup("2027-01-15T02:00:00Z", seconds: 3_600)], nil, "2027-01-15T02:10:00Z",
                "2027-01-16T04:00:00Z"
            ),
            (
                "a margin is configured", [backup("2027-01-15T02:00:00Z")], 60, "2027-01-15T02:10:00Z",
                "2027-01-16T02:01:00Z"
            ),
            (
                "one is dated in the future", [backup("2027-02-15T02:00:00Z"), backup("2027-01-15T02:00:00Z")], nil,
                "2027-01-15T02:10:00Z", "2027-01-16T03:00:00Z"
            ),
            (
                "only one of the future is there", [backup("2027-02-15T02:00:00Z")], nil, "2027-01-15T02:10:00Z",
                "2027-01-15T03:00:00Z"
            ),
            (
                "the future has come", [backup("2027-02-15T02:00:00Z")], nil, "2027-02-15T02:10:00Z",
                "2027-02-16T03:00:00Z"
            ),
            (
                "attempts have failed since before the start",
                [backup("2027-01-13T02:00:00Z", .failed), backup("2027-01-12T02:00:00Z", .failed)], nil,
                "2027-01-15T02:10:00Z", "2027-01-12T03:00:00Z"
            ),
            (
                "they were of another schedule", [backup("2027-01-13T02:00:00Z", .failed, schedule: "abcd")], nil,
                "2027-01-15T02:10:00Z", "2027-01-15T03:00:00Z"
            ),
            (
                "the schedule was changed, and its first attempt failed before the start",
                [
                    backup("2027-01-13T02:00:00Z", .failed),
                    backup("2027-01-10T10:00:00Z", schedule: "abcd"),
                ], nil, "2027-01-15T02:10:00Z", "2027-01-13T03:00:00Z"
            ),
            (
                "the schedule was changed before a start long after the newest success",
                ["10", "09", "08"].map { backup("2027-01-\($0)T05:00:00Z", schedule: "abcd") }, nil,
                "2027-01-15T02:10:00Z", "2027-01-13T03:00:00Z"
            ),
            (
                "the schedule was changed before the start",
                ["14", "13"].map { backup("2027-01-\($0)T05:00:00Z", schedule: "abcd") }, nil,
                "2027-01-14T12:10:00Z", "2027-01-15T03:00:00Z"
            ),
            ("the clock was set back before the start", [], nil, "2027-01-10T00:00:00Z", "2027-01-10T03:00:00Z"),
        ] as [(String, [Backup], Int64?, String, String)])
    func owes(what: String, backups: [Backup], margin: Int64?, now: String, owed: String) throws {
        var scene = try StandingAtNight { $0.jobs[0].overdueAfter = margin.map { .seconds($0) } }
        scene.take(looked(backups))
        #expect(scene.at(now).jobs[0].owed == time(owed))
        #expect(!scene.at(owed).jobs[0].isOverdue || scene.at(owed).jobs[0].owed != time(owed))
    }

    /// What a clock that was wrong has dated in the future is the newest of nothing, until time has passed, though nobody looks.
    @Test(
        arguments: [
            ("the host's", "2027-02-15T02:00:00Z", "2027-01-15T02:01:00Z", "2027-02-15T02:00:00Z"),
            ("the engine's", "2027-01-15T02:00:30Z", "2027-02-15T02:00:00Z", "2027-02-15T02:01:00Z"),
            ("both", "2027-02-15T02:00:00Z", "2027-02-15T02:00:00Z", "2027-02-15T02:01:00Z"),
        ])
    func whatIsDatedInTheFutureIsNotTheNewest(wrong: String, due: String, started: String, present: String) throws {
        let ahead = [backup(due, .failed, started: started), backup(due, seconds: 120, started: started)]
        let others = [Self.good, backup("2027-01-14T02:00:00Z", .failed), backup("2027-01-13T02:00:00Z")]
        var (scene, plain) = (try StandingAtNight(), try StandingAtNight())
        scene.take(looked(ahead + others))
        plain.take(looked(others))
        func shown(_ standing: Standing) -> [String] {
            lines(standing).filter { !$0.hasPrefix("backups{") && !$0.hasPrefix("last_attempt") }
        }
        let now = "2027-01-15T02:10:00Z"
        var standing = scene.at(now)
        #expect(shown(standing) == shown(plain.at(now)))
        #expect([ScheduledJob](standing)[0].last?.id == Self.good.id)
        // When one began is told by the engine's clock alone.
        let begun = max(time("2027-01-15T02:00:00Z"), time(started) <= time(now) ? time(started) : Self.longAgo)
        #expect(standing.jobs[0].lastBegun == begun)
        standing.advance(to: time(present) - .seconds(1))
        #expect(standing.jobs[0].held.newest?.id == Self.good.id)
        standing.advance(to: time(present) + .seconds(120))
        #expect(standing.jobs[0].held.newest?.id == ahead[0].id && standing.jobs[0].lastBegun == time(started))
        #expect(standing.jobs[0].held.newestGood == ahead[1])
        #expect(lines(standing).contains(#"state{backup_job="nightly",state="FAILED"} 1"#))
        standing.advance(to: time(now))
        #expect(shown(standing) == shown(plain.at(now)))
    }

    private static let longAgo = time("1970-01-01T00:00:00Z")

    /// Where there are no others, there is none; the oldest is no exception.
    @Test func onlyWhatIsDatedInTheFutureIsNothing() throws {
        var (scene, plain) = (try StandingAtNight(), try StandingAtNight())
        scene.take(looked([backup("2027-02-15T02:00:00Z")]))
        plain.take(looked([]))
        func shown(_ standing: Standing) -> [String] { lines(standing).filter { !$0.hasPrefix("backups{") } }
        let now = "2027-01-15T02:10:00Z"
        #expect(shown(scene.at(now)) == shown(plain.at(now)))
    }

    /// The future begins where the engine's clock says so, however the host's differs.
    @Test(
        arguments: [
            ("2027-01-15T01:10:00Z", 3_600, "2027-01-15T02:00:00Z"),
            ("2027-01-15T00:50:00Z", 3_600, "2027-01-14T02:00:00Z"),
            ("2027-01-15T02:10:00Z", -3_600, "2027-01-14T02:00:00Z"),
            ("2027-01-15T03:10:00Z", -3_600, "2027-01-15T02:00:00Z"),
        ] as [(String, Int64, String)])
    func thePresentIsTheEngines(now: String, lead: Int64, newest: String) throws {
        var scene = try StandingAtNight()
        scene.take(
            looked([Self.good, backup("2027-01-14T02:00:00Z")], at: now, engineLead: .seconds(lead)), at: now)
        let standing = scene.at(now)
        #expect(standing.jobs[0].held.newestGood?.id == BackupID(of: newest) && !standing.jobs[0].isOverdue)
        // Time alone tells when that changes.
        var later = scene.at("2027-01-15T00:10:00Z")
        later.advance(to: time(now))
        #expect(later.jobs[0].held.newestGood?.id == BackupID(of: newest))
    }

    /// An attempt that this process dated in the future, before its clock was set right, is not the last one.
    @Test func anAttemptOfAWrongClockIsNotTheLast() throws {
        var scene = try StandingAtNight()
        scene.take(looked([Self.good]))
        let begin = DaemonEvent.Kind.step(
            BackupEvent(id: Self.id, .partStarted(part: 1, snapshot: "s", indices: 2)), jobs: ["nightly"])
        scene.take(begin, at: "2027-02-15T02:10:00Z")
        #expect(scene.at("2027-01-15T02:10:00Z").jobs[0].lastBegun == time("2027-01-15T02:00:00Z"))
        scene.take(begin, at: "2027-01-15T02:11:00Z")
        #expect(scene.at("2027-01-15T02:11:00Z").jobs[0].lastBegun == time("2027-01-15T02:11:00Z"))
    }

    /// What depends on the present is worked out again when it changes, and only then.
    @Test func timeAloneChangesWhatDependsOnIt() throws {
        var scene = try StandingAtNight()
        scene.take(looked([backup("2027-01-15T02:00:00Z")]))
        var standing = scene.at("2027-01-15T02:10:00Z")
        let version = standing.version
        standing.advance(to: time("2027-01-15T23:00:00Z"))
        standing.advance(to: time("2027-01-16T01:59:59Z"))
        #expect(standing.version == version && standing.jobs[0].next?.time == time("2027-01-16T02:00:00Z"))
        standing.advance(to: time("2027-01-16T02:00:00Z"))
        #expect(standing.version > version && standing.jobs[0].next?.time == time("2027-01-17T02:00:00Z"))
        standing.advance(to: time("2027-01-16T03:00:00Z"))
        #expect(!standing.jobs[0].isOverdue)
        standing.advance(to: time("2027-01-16T03:00:01Z"))
        #expect(standing.jobs[0].isOverdue)
        standing.advance(to: time("2027-01-15T12:00:00Z"))
        #expect(!standing.jobs[0].isOverdue && standing.jobs[0].next?.time == time("2027-01-16T02:00:00Z"))
    }

    /// A backup that was found damaged is looked at by hand, and found well.
    @Test func aLookByHandTakesDamageBack() throws {
        var scene = try StandingAtNight()
        let shown = #"verification_last_successful{backup_job="weekly",kind="drill"} "#
        let report = marker(.verify, "weekly")
        for (number, isDamaged) in [(Int64(1_799_999_999), true), (1_800_000_001, false)] {
            scene.take(
                looked([Self.good], markers: [report, marker(.verify, "7", number: number)], revision: Int(number)))
            let standing = scene.at("2027-01-15T02:10:00Z")
            #expect(lines(standing).contains(shown + (isDamaged ? "0" : "1")), "\(lines(standing))")
            #expect((standing.damage(of: "weekly") != nil) == isDamaged)
        }
    }

    /// Another backup is looked at by hand, and found well: that counts if it is the job's and newer than the damaged one, or that is gone.
    @Test func aLookAtANewerOneTakesDamageBack() throws {
        let damaged = backup("2027-01-11T04:00:00Z", of: ["weekly"], id: "7")
        let (older, newer) = (
            backup("2027-01-04T04:00:00Z", of: ["weekly"]), backup("2027-01-14T04:00:00Z", of: ["weekly"])
        )
        let all = [Self.good, newer, damaged, older]
        for (well, backups, isDamaged) in [
            (Self.good, all, true), (older, all, true), (newer, all, false), (older, [Self.good, newer, older], false),
        ] {
            var scene = try StandingAtNight()
            let markers = [marker(.verify, "weekly"), marker(.verify, well.id.description, number: 1_800_000_001)]
            scene.take(looked(backups, markers: markers))
            #expect((scene.at("2027-01-15T02:10:00Z").damage(of: "weekly") != nil) == isDamaged, "\(well.id)")
        }
    }

    /// Damage that is found by hand counts as long as that backup is the job's newest good one, or until it is found well.
    @Test func damageFoundByHandIsDown() throws {
        let (old, new) = (backup("2027-01-14T02:00:00Z"), Self.good)
        let report = marker(.verify, new.id.description)
        let next = backup("2027-01-15T02:05:00Z")
        for (backups, damaged, isDown) in [
            ([old], [], false), ([new, old], [new.id], true), ([new, old], [], false),
            ([next, new, old], [new.id], false),
            ([new, old], [old.id], false),
        ] as [([Backup], [BackupID], Bool)] {
            var scene = try StandingAtNight()
            scene.take(looked(backups, markers: [report], damaged: Set(damaged.map(\.description))))
            let standing = scene.at("2027-01-15T02:10:00Z")
            let shown = #"verification_last_successful{backup_job="nightly",kind="drill"} 0"#
            #expect(lines(standing).contains(shown) == isDown, "\(lines(standing))")
            let health = Health(standing, at: time("2027-01-15T02:10:00Z"))
            let job = health.components.first { $0.name == "job-nightly" }
            #expect((job?.status == .down) == isDown && (standing.damage(of: "nightly") != nil) == isDown)
        }
    }

    /// A drill by hand proves the newest backup as well as one by schedule.
    @Test func aDrillByHandProves() throws {
        var scene = try StandingAtNight()
        scene.take(looked([Self.good]))
        #expect(scene.at("2027-01-15T02:10:00Z").proven("nightly") == nil)
        scene.take(looked([Self.good], markers: [marker(.verify, Self.good.id.description)], revision: 2))
        let standing = scene.at("2027-01-15T02:10:00Z")
        #expect(standing.proven("nightly") == Instant(secondsSinceEpoch: 1_800_000_000))
        let series = #"verification_last_success_timestamp_seconds{backup_job="nightly",kind="drill"} 1800000000"#
        #expect(lines(standing).contains(series))
        // It stays so when another backup comes, but what was not the newest one then proves nothing.
        let next = backup("2027-01-16T02:00:00Z")
        scene.take(looked([next, Self.good], markers: [marker(.verify, Self.good.id.description)], revision: 3))
        #expect(scene.at("2027-01-16T02:10:00Z").proven("nightly") == Instant(secondsSinceEpoch: 1_800_000_000))
        let old = backup("2027-01-14T02:00:00Z")
        scene.take(looked([next, Self.good, old], markers: [marker(.verify, old.id.description)], revision: 4))
        #expect(scene.at("2027-01-16T02:10:00Z").proven("nightly") == nil)
    }

    /// A change of a job, or the end of its pause, owes nothing of what failed before.
    @Test func whoChangesAJobStartsAnew() throws {
        var scene = try StandingAtNight()
        var paused = scene.settings
        paused.jobs[0].isPaused = true
        scene.take(looked([backup("2027-01-12T02:00:00Z", .failed)]))
        var standing = scene.standing
        var agenda = scene.agenda
        for (settings, now) in [(paused, "2027-01-14T13:00:00Z"), (scene.settings, "2027-01-20T13:00:00Z")] {
            agenda.replace(settings, at: time(now))
            standing.configure(settings, agenda)
        }
        standing.advance(to: time("2027-01-20T13:00:00Z"))
        #expect(standing.jobs[0].owed == time("2027-01-21T03:00:00Z"))
    }

    /// A fire time that has its good backup has not failed, whoever took that while this host could not.
    @Test func whatAnotherHostDidMeanwhileHasNotFailed() throws {
        var scene = try StandingAtNight()
        let due = time("2027-01-15T02:00:00Z")
        scene.take(looked([backup("2027-01-14T02:00:00Z")]))
        scene.take(
            .failed(Self.failure, nil, jobs: ["nightly"], due: due, counting: ["nightly"]), at: "2027-01-15T06:30:00Z")
        let failed = #"consecutive_failures{backup_job="nightly"} "#
        #expect(lines(scene.at("2027-01-15T07:00:00Z")).contains("\(failed)1"))
        scene.take(looked([Self.good], revision: 2), at: "2027-01-15T07:00:00Z")
        let standing = scene.at("2027-01-15T07:00:00Z")
        #expect(lines(standing).contains("\(failed)0") && standing.jobs[0].lastFailure == nil)
    }

    /// Counters of a verification that is scheduled no more go away; and one without a backup to verify is none that was skipped.
    @Test func whatIsVerifiedNoMoreIsNotCounted() throws {
        var scene = try StandingAtNight { settings in
            settings.jobs[1].verify.schedule = settings.jobs[1].schedule
            settings.jobs[1].verify.isDrill = true
        }
        for code in [BackupError.Code.notFound, .tooLate] {
            scene.take(.verificationSkipped(job: "weekly", .drill, due: nil, BackupError(code, "no")))
        }
        func shown() -> [String] {
            lines(scene.at("2027-01-15T02:10:00Z")).filter { $0.hasPrefix("verification_runs_total") }
        }
        let series = #"verification_runs_total{backup_job="weekly",kind="drill",outcome="skipped"} 1"#
        #expect(shown().contains(series) && shown().count == 3, "\(shown())")
        var settings = scene.settings
        settings.jobs[1].verify.isDrill = false
        scene.configure(settings, at: "2027-01-15T02:10:00Z")
        #expect(shown().count == 3 && shown().allSatisfy { $0.contains(#"kind="check""#) }, "\(shown())")
    }

    /// What was found damaged is nothing to restore.
    @Test func theDamagedCantBeRestored() throws {
        var scene = try StandingAtNight()
        let before = backup("2027-01-14T02:00:00Z")
        let newest = Self.good.id.description
        scene.take(.versionTold("8.6.0"), looked([Self.good, before]))
        #expect(scene.at("2027-01-15T02:10:00Z").restorable == Self.good.startTime)
        scene.take(looked([Self.good, before], markers: [marker(.verify, newest)], revision: 2, damaged: [newest]))
        #expect(scene.at("2027-01-15T02:10:00Z").restorable == before.startTime)
    }

    /// What has failed before a restart is in the repository.
    @Test func failuresOutliveARestart() throws {
        var scene = try StandingAtNight()
        let failed = ["15", "14"].map { backup("2027-01-\($0)T02:00:00Z", .failed) }
        let again = backup("2027-01-15T02:00:00Z", .failed, started: "2027-01-15T02:05:00Z", attempt: 2)
        let running = backup("2027-01-15T02:09:00Z", .inProgress)
        scene.take(
            looked(
                [running, again] + failed + [
                    backup("2027-01-13T02:00:00Z"), backup("2027-01-12T02:00:00Z", .failed),
                    backup("2027-01-13T02:00:00Z", .failed, started: "2027-01-14T01:00:00Z", attempt: 2),
                ]))
        #expect(lines(scene.at("2027-01-15T02:10:00Z")).contains(#"consecutive_failures{backup_job="nightly"} 2"#))
        #expect(lines(scene.at("2027-01-15T02:10:00Z")).contains(#"consecutive_failures{backup_job="weekly"} 0"#))
    }

    /// A reload keeps what is known of the jobs that stay, and forgets the others.
    @Test func aReloadForgetsOtherJobs() throws {
        var scene = try StandingAtNight()
        for job in ["nightly", "weekly"] {
            scene.take(.failed(Self.failure, nil, jobs: [job], due: nil, counting: [job]))
        }
        let other = JobSettings(name: "other", schedule: try Schedule("0 1 * * *"))
        let nightly = JobSettings(name: "nightly", schedule: try Schedule("0 3 * * *"))
        scene.configure(DaemonSettings(jobs: [nightly, other]), at: "2027-01-15T12:00:00Z")
        let shown = lines(scene.at("2027-01-15T12:00:00Z"))
        #expect(shown.contains(#"runs_total{backup_job="nightly",outcome="failed"} 1"#))
        #expect(shown.contains(#"consecutive_failures{backup_job="nightly"} 1"#))
        #expect(shown.contains(#"runs_total{backup_job="other",outcome="failed"} 0"#))
        #expect(!shown.contains { $0.contains(#""weekly""#) })
    }

    /// A clock that is set back behind the newest success finds the one before it, though nobody has looked since.
    @Test func aClockThatIsSetBackOwesNothingNew() throws {
        var scene = try StandingAtNight()
        scene.take(looked([backup("2027-01-15T02:00:00Z"), backup("2027-01-14T02:00:00Z")]))
        #expect(scene.at("2027-01-15T02:10:00Z").jobs[0].owed == time("2027-01-16T03:00:00Z"))
        #expect(scene.at("2027-01-15T01:30:00Z").jobs[0].owed == time("2027-01-15T03:00:00Z"))
    }

    /// While a part 2 may follow, time alone changes the state; what was given up has failed, however late it is, and says why.
    @Test func whatMayStillComeDependsOnTime() throws {
        let half = backup("2027-01-15T02:00:00Z", .inProgress)
        let late = Backup(
            id: half.id, parts: Self.good.parts.prefix(1) + [], now: time("2027-01-16T02:00:00Z"), takeUpWithin: .zero)
        #expect(late.state == .incomplete)
        for backup in [half, late] {
            let givenUp = look([backup], markers: [marker(.failed, backup.id.description)])
            #expect(givenUp.backups[0].state == .failed && givenUp.backups[0].failureReason == "given up")
            #expect(!givenUp.dependsOnTime)
        }
        #expect(look([half]).dependsOnTime && !look([Self.good]).dependsOnTime)
        #expect(!look([backup("2027-01-15T02:00:00Z", .failed)]).dependsOnTime)
    }

    /// A look that has seen nothing new is taken over as it was.
    @Test func anUnchangedRepositoryIsNotWorkedOutAgain() throws {
        let first = SeenRepository(look([Self.good]), time: time("2027-01-15T02:10:00Z"), uptime: .zero)
        // Told by another revision's backups whether they were looked at.
        let same = first.after(look([]), time: time("2027-01-15T02:11:00Z"), uptime: .seconds(60))
        #expect(same.counts == [.completed: 1] && same.time == time("2027-01-15T02:11:00Z"))
        #expect(same.uptime == .seconds(60))
        let other = first.after(look([], revision: 2), time: time("2027-01-15T02:11:00Z"), uptime: .zero)
        #expect(other.counts.isEmpty)
    }
}
