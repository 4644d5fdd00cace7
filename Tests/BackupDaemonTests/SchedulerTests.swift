import BackupDaemon
import Backups
import Configuration
import ElasticsearchClient
import JSON
import PrometheusExposition
import Scheduling
import SimulatedEngine
import Simulation
import Synchronization
import TestSupport
import Testing
import Time

/// The daemon's scheduler in a world without faults, where each case can be told exactly.
@Suite(.timeLimit(.minutes(10)))
struct SchedulerTests {
    fileprivate struct Said: Sendable {
        let id: MessageID
        let text: String
        let fields: [LogEntry.Field]

        subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
    }

    /// A daemon of one job in a world.
    private func makeDaemon(
        _ world: World, _ instance: Instance, _ schedule: String, _ said: SharedSaid,
        _ change: (inout JobSettings) -> Void = { _ in }
    ) -> Daemon {
        guard let schedule = try? Schedule(schedule) else { preconditionFailure("no schedule: \(schedule)") }
        var job = JobSettings(name: "job", schedule: schedule)
        change(&job)
        let journal = SharedJournal(repository: "backups") { entry in
            said.entries.withLock { $0.append(Said(id: entry.id, text: entry.message, fields: entry.fields)) }
        }
        return Daemon(repository: makeRepository(world, instance), settings: DaemonSettings(jobs: [job])) { event in
            if !instance.isCut { journal.take(event) }
        }
    }

    private func size(_ daemon: Daemon) -> Int64? {
        let family = StandingMetrics(daemon.standing).families.first { $0.name == "optimize_backup_size_bytes" }
        guard case .number(let size)? = family?.series.first?.value else { return nil }
        return Int64(size)
    }

    private func health(_ daemon: Daemon) -> Health { Health(daemon.standing, at: daemon.clock.now()) }

    /// What is said while a scenario runs; snapshots take so long.
    private func saying(
        snapshotsTake duration: Duration, _ scenario: @escaping @Sendable (World, SharedSaid) async -> Void
    ) -> [Said] {
        let said = SharedSaid()
        inQuietWorld(snapshotsTake: duration) { world in await scenario(world, said) }
        return said.entries.withLock { $0 }
    }

    /// What a daemon of one job says while a scenario runs.
    private func messages(
        _ schedule: String, snapshotsTake duration: Duration,
        _ scenario: @escaping @Sendable (World, Instance, Daemon) async -> Void
    ) -> [(MessageID, String)] {
        saying(snapshotsTake: duration) { world, said in
            let instance = world.makeInstance()
            let daemon = makeDaemon(world, instance, schedule, said)
            await live(daemon, instance) { await scenario(world, instance, daemon) }
        }.map { ($0.id, $0.text) }
    }

    @Test func everyFireTimeGetsItsBackup() {
        let said = messages("@every 60s", snapshotsTake: .seconds(2)) { _, instance, _ in
            try? await instance.sleep(for: .seconds(605))
        }
        #expect(said.count { $0.0 == .backupCompleted } == 10)
        #expect(!said.contains { [.backupFailed, .backupSkipped, .backupMissed].contains($0.0) })
    }

    @Test func aFireTimeThatIsOvertakenIsSkipped() {
        let said = messages("@every 60s", snapshotsTake: .seconds(70)) { _, instance, _ in
            try? await instance.sleep(for: .seconds(1_000))
        }
        let (done, skipped) = (said.count { $0.0 == .backupCompleted }, said.count { $0.0 == .backupSkipped })
        #expect(done >= 4 && skipped >= 4, "\(done) done, \(skipped) skipped")
        #expect(said.first { $0.0 == .backupSkipped }?.1.contains("was overtaken") == true)
    }

    /// A daemon that was away for five hours runs the newest missed fire time, and counts the others.
    @Test(arguments: [JobSettings.CatchUp.once, .none])
    func whatWasMissedIsCaughtUp(policy: JobSettings.CatchUp) {
        let said = away("@every 1h") { $0.catchUp = policy }
        #expect(said.count { $0.id == .backupCompleted } == 2 + (policy == .once ? 1 : 0))
        let missed = said.filter { $0.id == .backupMissed }.map(\.text)
        #expect(missed.count == 1 && missed[0].contains("at \(policy == .once ? 4 : 5) fire times"), "\(missed)")
    }

    /// It may be good: it is told as what it is, and neither missed nor taken anew.
    @Test func whatCannotBeReadIsNotCaughtUp() {
        let said = saying(snapshotsTake: .seconds(1)) { world, said in
            let first = world.makeInstance()
            await live(makeDaemon(world, first, "@every 1h", said), first) {
                try? await first.sleep(for: .seconds(2 * 3_600 + 600))
            }
            world.engine.withState { state in
                let newest = (state.repositories["backups"]?.snapshots ?? []).suffix(2)
                for part in newest { state.repositories["backups"]?.unreadable[part.uuid] = .missing }
            }
            let second = world.makeInstance()
            await live(makeDaemon(world, second, "@every 1h", said), second) {
                try? await second.sleep(for: .seconds(1_200))
            }
        }
        #expect(said.count { $0.id == .backupCompleted } == 2)
        #expect(said.count { $0.id == .snapshotUnreadable } == 2)
        let others: [MessageID] = [.backupMissed, .backupSkipped, .backupFailed, .engineTrouble]
        #expect(!said.contains { others.contains($0.id) }, "\(said.map(\.text))")
    }

    /// Fire times of another schedule than that of the last backup were never promised.
    @Test func aChangedScheduleHasMissedNothing() {
        let said = away("@every 1h", then: "@every 2h")
        #expect(said.count { $0.id == .backupCompleted } == 2)
        #expect(!said.contains { $0.id == .backupMissed })
    }

    /// Two fire times of a schedule, five hours of nobody, and half an hour of another daemon.
    private func away(
        _ schedule: String, then other: String? = nil,
        _ change: @escaping @Sendable (inout JobSettings) -> Void = { _ in }
    ) -> [Said] {
        saying(snapshotsTake: .seconds(1)) { world, said in
            let first = world.makeInstance()
            await live(makeDaemon(world, first, schedule, said, change), first) {
                // The world begins at a full hour, give or take some seconds.
                try? await first.sleep(for: .seconds(2 * 3_600 + 600))
            }
            let pause = world.makeInstance()
            try? await pause.sleep(for: .seconds(5 * 3_600))
            let second = world.makeInstance()
            await live(makeDaemon(world, second, other ?? schedule, said, change), second) {
                try? await second.sleep(for: .seconds(1_800))
            }
        }
    }

    /// What waiting can cure is tried again, under the next free second, for the same fire time; where a node was lost, first at once.
    @Test func aPartialSnapshotIsTriedAgain() {
        let said = saying(snapshotsTake: .seconds(1)) { world, said in
            world.engine.withState { $0.nextSnapshot.outcome = .partial }
            let instance = world.makeInstance()
            await live(makeDaemon(world, instance, "@every 1h", said), instance) {
                try? await instance.sleep(for: .seconds(3_605))
                world.engine.withState { $0.nextSnapshot.outcome = .success }
                try? await instance.sleep(for: .seconds(600))
            }
        }
        let done = said.filter { $0.id == .backupCompleted }
        #expect(done.count == 1 && done[0]["ATTEMPT"] == "3")
        #expect(done.first?["DUE_TIME"]?.hasSuffix(":00:00Z") == true)
        #expect(done.first?["BACKUP_ID"]?.hasSuffix("0002") == true)
        #expect(
            said.contains {
                $0.id == .engineTrouble && $0.text.contains("failed, attempt 1 of")
                    && $0.text.contains("; next attempt in 0 s")
            })
        #expect(
            said.contains {
                $0.id == .engineTrouble && $0.text.contains("failed, attempt 2 of")
                    && $0.text.contains("; next attempt in")
            })
        #expect(!said.contains { $0.id == .backupFailed })
    }

    /// What the storage swallows leaves no trace in the repository, and is an attempt all the same.
    @Test func attemptsThatVanishCount() {
        let said = saying(snapshotsTake: .seconds(1)) { world, said in
            world.engine.withState { $0.repositories["backups"]?.storage = .full }
            let instance = world.makeInstance()
            await live(makeDaemon(world, instance, "@every 1h", said), instance) {
                try? await instance.sleep(for: .seconds(3_605))
                world.engine.withState { $0.repositories["backups"]?.storage = .working }
                try? await instance.sleep(for: .seconds(600))
            }
        }
        let done = said.filter { $0.id == .backupCompleted }
        #expect(done.count == 1 && done[0]["ATTEMPT"] == "2")
        // A start tells how each job stands, once.
        #expect(said.count { $0.id == .jobStanding } == 1)
    }

    @Test func whatIsNotCuredInTimeHasFailedOnce() {
        let said = saying(snapshotsTake: .seconds(1)) { world, said in
            world.engine.withState { $0.repositories["backups"]?.storage = .full }
            let instance = world.makeInstance()
            let daemon = makeDaemon(world, instance, "@every 1h", said) { $0.retry.attempts = 3 }
            await live(daemon, instance) {
                try? await instance.sleep(for: .seconds(3_600 + 1_800))
                // Whoever asks is told why, long before a success is owed.
                let job = health(daemon).components.first { $0.name == "job-job" }
                let status = StatusLine(daemon.standing, at: daemon.clock.now()).text
                for text in [job?.reason ?? "", status] where !text.contains("No space left") {
                    world.fail("nothing is said of the failure: \(text)")
                }
                if job?.status != .unknown { world.fail("\(status)") }
            }
        }
        #expect(said.count { $0.text.contains("; next attempt in") } == 2)
        #expect(said.count { $0.id == .backupFailed } == 1)
    }

    /// A retry that would come after the next fire time is left to that.
    @Test func retriesEndWithTheNextFireTime() {
        let said = saying(snapshotsTake: .seconds(1)) { world, said in
            world.engine.withState { $0.repositories["backups"]?.storage = .full }
            let instance = world.makeInstance()
            let daemon = makeDaemon(world, instance, "@every 60s", said) { $0.retry.attempts = 50 }
            await live(daemon, instance) { try? await instance.sleep(for: .seconds(600)) }
        }
        #expect(said.count { $0.id == .backupFailed } >= 9)
        #expect(!said.contains { $0.id == .backupSkipped })
        #expect(said.contains { $0.text.contains("; next attempt in") })
    }

    @Test func aSchedulerThatHasStoppedIsTold() {
        _ = saying(snapshotsTake: .seconds(1)) { world, said in
            let instance = world.makeInstance()
            let daemon = makeDaemon(world, instance, "@every 1h", said)
            for (hours, isRunning) in [(3, true), (1, false)] {
                await withTaskGroup(of: Void.self) { group in
                    if isRunning { group.addTask { await daemon.run() } }
                    try? await instance.sleep(for: .seconds(hours * 3_600 + 120))
                    let scheduler = health(daemon).components.first { $0.name == "scheduler" }
                    if scheduler?.status != (isRunning ? .up : .down) { world.fail("\(String(describing: scheduler))") }
                    group.cancelAll()
                }
            }
        }
    }

    /// Nobody wants a backup back that somebody has cancelled, wherever that was, and whoever starts a daemon later.
    @Test(arguments: [30, 80]) func whatWasCancelledIsNotTriedAgain(secondsIntoTheBackup: Int) {
        let said = saying(snapshotsTake: .seconds(60)) { world, said in
            let (first, second, elsewhere) = (world.makeInstance(), world.makeInstance(), world.makeInstance())
            let daemon = makeDaemon(world, first, "@every 1h", said)
            await live(daemon, first) {
                try? await first.sleep(for: .seconds(2 * 3_600))
                // The first hour's is good, so that the next daemon knows what it may have missed.
                try? await first.sleep(for: .seconds(secondsIntoTheBackup))
                let repository = makeRepository(world, elsewhere)
                guard let running = try? await repository.backups.list().first(where: { $0.state == .inProgress })
                else {
                    return world.fail("nothing runs")
                }
                do { try await repository.removal.cancel(running.id, by: "somebody") { _ in } } catch {
                    world.fail("\(error)")
                }
                try? await first.sleep(for: .seconds(1_200))
            }
            let next = makeDaemon(world, second, "@every 1h", said)
            await live(next, second) { try? await second.sleep(for: .seconds(1_200)) }
        }
        #expect(said.count { $0.id == .backupFailed && $0.text.contains("was cancelled by somebody") } == 1)
        #expect(said.count { $0.id == .backupCompleted } == 1)
        #expect(!said.contains { $0.text.contains("next attempt") || [.backupMissed, .backupSkipped].contains($0.id) })
    }

    /// A pause is a marker in the repository: it outlives the daemon, and another one sees it.
    @Test func aPauseIsSeenByTheNextDaemon() {
        let said = saying(snapshotsTake: .seconds(1)) { world, said in
            let first = world.makeInstance()
            let daemon = makeDaemon(world, first, "@every 1h", said)
            await live(daemon, first) {
                _ = try? await daemon.pause(job: "job", reason: "upgrade")
                try? await first.sleep(for: .seconds(3_700))
            }
            let second = world.makeInstance()
            let other = makeDaemon(world, second, "@every 1h", said)
            await live(other, second) {
                try? await second.sleep(for: .seconds(3_700))
                let paused = StandingMetrics(other.standing).families.first { $0.name == "optimize_backup_job_paused" }
                if paused?.series.first?.value != .number(1) { world.fail("the pause is not to be seen") }
                try? await other.resume(job: "job")
                try? await second.sleep(for: .seconds(3_700))
            }
        }
        let skipped = said.filter { $0.id == .backupSkipped }.map(\.text)
        // Each life tells the first that the pause skips, and the one that sees its end what it skipped.
        #expect(skipped.count == 2 && skipped.count { $0.contains("paused by") && $0.contains("upgrade") } == 2)
        #expect(said.count { $0.text.contains("the pause is over, which skipped") } == 1, "\(skipped)")
        #expect(said.count { $0.id == .backupCompleted } == 1)
        // Each life tells the pause, with who and why, and the end where somebody ended it.
        let standing = said.filter { $0.id == .jobStanding }.map(\.text)
        #expect(standing.count { $0.hasPrefix("job: paused by ") && $0.hasSuffix(": upgrade") } == 2, "\(standing)")
        #expect(standing.count { $0.hasPrefix("job: let go by ") } == 1, "\(standing)")
    }

    /// What a clock that was ahead had run is no reason to leave out what comes once it is right.
    @Test func aClockThatWasAheadOvertakesNothing() {
        let said = messages("0 2 * * *", snapshotsTake: .seconds(2)) { _, instance, _ in
            try? await instance.sleep(for: .seconds(10))
            instance.stepClock(by: .seconds(11 * 86_400))
            try? await instance.sleep(for: .seconds(60))
            instance.stepClock(by: .seconds(-11 * 86_400))
            try? await instance.sleep(for: .seconds(3 * 86_400))
        }
        #expect(said.count { $0.0 == .backupCompleted } == 4, "\(said.map(\.1))")
        #expect(said.count { $0.0 == .backupSkipped } == 0)
    }

    /// Nor to call nothing overdue, or not to look at the repository, until the wrong time has come.
    @Test func aClockThatWasAheadPutsNothingOff() {
        _ = messages("0 2 * * *", snapshotsTake: .seconds(2)) { world, instance, daemon in
            try? await instance.sleep(for: .seconds(10))
            instance.stepClock(by: .seconds(11 * 86_400))
            try? await instance.sleep(for: .seconds(60))
            instance.stepClock(by: .seconds(-11 * 86_400))
            try? await instance.sleep(for: .seconds(60))
            await daemon.lookIfStale()
            try? await instance.sleep(for: .seconds(1))
            func value(_ name: String) async -> Double {
                guard
                    case .number(let value)? = StandingMetrics(daemon.standing).families.first(where: {
                        $0.name == name
                    })?
                    .series.first?.value
                else { return .infinity }
                return value
            }
            let now = Double(instance.now().secondsSinceEpoch)
            if await value("optimize_backup_overdue_timestamp_seconds") > now + 25 * 3_600 {
                world.fail("the next backup is not owed in time")
            }
            if await value("optimize_backup_repository_last_look_timestamp_seconds") > now {
                world.fail("nobody has looked")
            }
        }
    }

    /// A backup that another host began while its clock was ahead is finished, and takes no other's place.
    @Test func whatAnotherHostsWrongClockBeganOvertakesNothing() {
        let said = saying(snapshotsTake: .seconds(1_200)) { world, said in
            let wrong = world.makeInstance()
            wrong.stepClock(by: .seconds(11 * 86_400))
            let (right, mute) = (world.makeInstance(), SharedSaid())
            await live(makeDaemon(world, wrong, "@every 1h", mute), wrong) {
                try? await wrong.sleep(for: .seconds(3_900))
            }
            await live(makeDaemon(world, right, "@every 1h", said), right) {
                try? await right.sleep(for: .seconds(2 * 3_600))
            }
        }
        #expect(
            said.contains { $0.id == .backupProgress && $0.text.contains("going on with it") }, "\(said.map(\.text))")
        #expect(!said.contains { $0.id == .backupSkipped })
        let done = said.filter { $0.id == .backupCompleted }.map { String($0.text.prefix(21)) }
        #expect(
            done == ["backup 20270126090000", "backup 20270115100000"], "\(said.map(\.text))")
    }

    /// Nor does it hide what was missed.
    @Test func whatAnotherHostsWrongClockTookHidesNothingMissed() {
        let said = saying(snapshotsTake: .seconds(1)) { world, said in
            for (ahead, hours) in [(0, 1), (11 * 86_400, 1), (0, 2)] {
                let instance = world.makeInstance()
                instance.stepClock(by: .seconds(ahead))
                await live(makeDaemon(world, instance, "@every 1h", said), instance) {
                    try? await instance.sleep(for: .seconds(hours == 2 ? 60 : 3_900))
                }
                try? await world.makeInstance().sleep(for: .seconds(3_600))
            }
        }
        let done = said.filter { $0.id == .backupCompleted }.map { String($0.text.prefix(21)) }
        let due = ["20270115090000", "20270126100000", "20270126110000", "20270115120000"]
        #expect(done == due.map { "backup \($0)" }, "\(said.map(\.text))")
    }

    /// Nor does a start take it for how the job stands, nor its size for that of the newest good backup.
    @Test func whatAnotherHostsWrongClockTookIsNotHowAJobStands() {
        let said = saying(snapshotsTake: .seconds(1)) { world, said in
            let sizes = Mutex<[Int64?]>([])
            for (ahead, schedule) in [(0, "@every 1h"), (11 * 86_400, "@every 1h"), (0, "0 0 1 1 *")] {
                let instance = world.makeInstance()
                instance.stepClock(by: .seconds(ahead))
                let isLast = schedule != "@every 1h"
                let daemon = makeDaemon(world, instance, schedule, isLast ? said : SharedSaid())
                await live(daemon, instance) {
                    try? await instance.sleep(for: .seconds(isLast ? 60 : 3_900))
                    sizes.withLock { $0.append(size(daemon)) }
                }
                world.engine.withState { $0.indices["optimize-more_v1"] = EngineState.Index() }
            }
            let all = sizes.withLock { $0 }
            if all.contains(nil) || all[0] != all[2] || all[0] == all[1] { world.fail("the sizes are \(all)") }
        }
        let stands = said.filter { $0.id == .jobStanding }.map(\.text)
        #expect(
            stands.count == 1 && stands[0].hasPrefix("job: the newest backup is 20270115090000, "), "\(stands)")
    }

    /// What Optimize lacks now is told at the next look, and so is that it is back; an index that no backup takes as well.
    @Test func whatIsGoneIsToldBeforeTheNextBackup() {
        _ = messages("@every 12h", snapshotsTake: .seconds(1)) { world, instance, daemon in
            func told(_ name: String) -> [Double?] {
                StandingMetrics(daemon.standing).families.filter { $0.name == "optimize_backup_\(name)" }
                    .flatMap(\.series).map { if case .number(let value) = $0.value { value } else { nil } }
            }
            func look() async { _ = await daemon.sharedLook() }
            try? await instance.sleep(for: .seconds(13 * 3_600))
            await look()
            if told("vanished_indices") != [0] || told("uncovered_indices") != [0] { world.fail("at first") }
            let index = world.engine.withState { $0.indices.removeValue(forKey: "optimize-alert_v4") }
            world.engine.withState { $0.indices["optimize-odd"] = EngineState.Index() }
            await look()
            if told("vanished_indices") != [1] || told("uncovered_indices") != [1] { world.fail("nothing is gone") }
            world.engine.withState { $0.indices["optimize-alert_v4"] = index }
            world.engine.withState { $0.indices["optimize-odd"] = nil }
            await look()
            if told("vanished_indices") != [0] || told("uncovered_indices") != [0] { world.fail("it is not back") }
        }
    }

    /// A question for indices that nobody answers is no news of them.
    @Test func whatIsGoneStaysGoneWhereNobodyAnswers() {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            addBackups(world, at: [world.trueTime - .seconds(3_600)])
            let index = world.engine.withState { $0.indices.removeValue(forKey: "optimize-alert_v4") }
            let instance = world.makeInstance()
            let wire = Wire(instance)
            let repository = BackupRepository(
                client: EngineClient(transport: wire, clock: instance, random: { world.random() }),
                settings: makeRepository(world, instance).settings)
            guard let never = try? Schedule("0 0 1 1 *") else { return world.fail("no schedule") }
            let settings = DaemonSettings(jobs: [JobSettings(name: "job", schedule: never)])
            let daemon = Daemon(repository: repository, settings: settings) { _ in }
            await live(daemon, instance) {
                for (hides, isBack, status) in [
                    (false, false, Health.Status.down), (true, false, .down), (true, true, .down), (false, true, .up),
                ] {
                    wire.hidesIndices.withLock { $0 = hides }
                    world.engine.withState { $0.indices["optimize-alert_v4"] = isBack ? index : nil }
                    _ = await daemon.sharedLook()
                    let told = health(daemon).components.first { $0.name == "indices" }?.status
                    if told != status { world.fail("\(hides), \(isBack): \(String(describing: told))") }
                }
            }
        }
    }

    /// A repository that is registered read-only takes no backup, which is told before one is due.
    @Test func aReadOnlyRepositoryIsToldAtTheStart() {
        let said = saying(snapshotsTake: .seconds(1)) { world, said in
            world.engine.withState { $0.repositories["backups"]?.settings = ["readonly": true] }
            let instance = world.makeInstance()
            let daemon = makeDaemon(world, instance, "0 0 1 1 *", said)
            await live(daemon, instance) {
                try? await instance.sleep(for: .seconds(60))
                func repository() -> Health.Component? { health(daemon).components.first { $0.name == "repository" } }
                if repository()?.status != .down { world.fail("\(String(describing: repository()))") }
                world.engine.withState { $0.repositories["backups"]?.settings = [:] }
                _ = await daemon.sharedLook()
                if repository()?.status != .up { world.fail("\(String(describing: repository()))") }
            }
        }
        #expect(said.contains { $0.text.contains("is registered read-only") }, "\(said.map(\.text))")
    }

    /// What is left of a cancelled backup has failed, and nobody goes on with it, over and over.
    @Test func whatIsLeftOfACancelledBackupIsLeftAlone() {
        let said = saying(snapshotsTake: .seconds(1)) { world, said in
            let (first, second) = (world.makeInstance(), world.makeInstance())
            let repository = makeRepository(world, second)
            do throws(BackupError) {
                let id = try BackupID("1")
                _ = try? await makeRepository(world, first).create(BackupOrder(.exactly(id))) { event in
                    if case .partCompleted(part: 1, _) = event.step { first.cut() }
                }
                _ = try await repository.markers.mark(
                    .cancel, "1", until: second.now() + .seconds(86_400), by: "somebody")
                await live(makeDaemon(world, second, "0 0 1 1 *", said), second) {
                    try? await second.sleep(for: .seconds(1_800))
                }
                let third = makeRepository(world, world.makeInstance())
                let backup = try await third.backups.find(id)
                if backup.state != .failed || backup.failureReason?.hasPrefix("cancelled by somebody") != true {
                    world.fail("it is \(backup.state): \(backup.failureReason ?? "")")
                }
            } catch { world.fail("\(error)") }
        }
        #expect(!said.contains { $0.id == .backupFailed }, "\(said.map(\.text))")
    }

    /// Two that fail at once, and can't be written down as failed, don't take turns with each look that follows.
    @Test func whatCanNotBeGivenUpIsTriedOnceAMinute() {
        let said = saying(snapshotsTake: .seconds(1)) { world, said in
            for number in 1...2 {
                let gone = world.makeInstance()
                _ = try? await makeRepository(world, gone).create(BackupOrder(.exactly(BackupID("\(number)")))) {
                    if case .partCompleted(part: 1, _) = $0.step { gone.cut() }
                }
            }
            world.engine.withState { $0.deniedActions = ["cluster:admin/snapshot/create"] }
            let instance = world.makeInstance()
            try? await instance.sleep(for: .seconds(300))
            await live(makeDaemon(world, instance, "0 0 1 1 *", said), instance) {
                try? await instance.sleep(for: .seconds(600))
            }
        }
        let tries = said.count { $0.text.contains("going on with it") }
        #expect((2...22).contains(tries), "\(tries) times: \(said.map(\.text).prefix(10))")
    }

    /// While a restore's marker stands no backup is taken, and none is pruned; a day later it has ended by itself.
    @Test func aRestoreStopsBackupsForADay() {
        let said = messages("0 */8 * * *", snapshotsTake: .seconds(1)) { world, instance, _ in
            let repository = makeRepository(world, instance)
            do throws(BackupError) {
                _ = try await repository.markers.mark(
                    .restore, "20270115000000", until: instance.now() + .seconds(86_400), by: "test")
            } catch { world.fail("\(error)") }
            let report = await Pruning(repository: repository, settings: DaemonSettings(jobs: [])).run { _ in }
            if report.failures.map(\.code) != [.restoring] { world.fail("prunes while a restore is under way") }
            try? await instance.sleep(for: .seconds(33 * 3_600))
        }
        let skipped = said.filter { $0.0 == .backupSkipped }
        #expect(skipped.count == 3 && skipped.allSatisfy { $0.1.contains("a restore is under way") }, "\(said)")
        #expect(said.last?.0 == .backupCompleted)
    }

    @Test func aClockThatIsSetBackRunsNothingTwice() {
        let said = messages("@every 1h", snapshotsTake: .seconds(2)) { _, instance, _ in
            try? await instance.sleep(for: .seconds(2 * 3_600 + 60))
            instance.stepClock(by: .seconds(-3 * 3_600))
            try? await instance.sleep(for: .seconds(5 * 3_600))
        }
        let done = said.filter { $0.0 == .backupCompleted }.map { String($0.1.prefix(21)) }
        // The hour before the start comes for the first time; then two that had come already, and two new ones.
        #expect(
            done == ["09", "10", "08", "11", "12"].map { "backup 20270115\($0)0000" }, "\(said.map(\.1))")
        #expect(said.count { $0.0 == .clockChange && $0.1.contains("none is taken again") } == 2)
    }

    /// A fire time that waits for its turn, and then lies in the future again, has not come yet.
    @Test func aFireTimeThatWaitsWhileTheClockIsSetBackComesAgain() {
        let said = messages("@every 1h", snapshotsTake: .seconds(1_700)) { _, instance, _ in
            try? await instance.sleep(for: .seconds(3_660))
            instance.stepClock(by: .seconds(3 * 3_600))
            try? await instance.sleep(for: .seconds(60))
            instance.stepClock(by: .seconds(-3 * 3_600))
            try? await instance.sleep(for: .seconds(5 * 3_600))
        }
        let done = said.filter { $0.0 == .backupCompleted }.map { String($0.1.prefix(21)) }
        #expect(
            Array(done.prefix(4)) == ["09", "10", "11", "12"].map { "backup 20270115\($0)0000" },
            "\(said.map(\.1))")
        #expect(!said.contains { $0.0 == .backupSkipped })
    }

    @Test func aReloadKeepsThePhaseAndTakesTheNewJob() {
        let said = messages("@every 1h", snapshotsTake: .seconds(2)) { _, instance, daemon in
            try? await instance.sleep(for: .seconds(1_800))
            guard let every = try? Schedule("@every 10m"), let hourly = try? Schedule("@every 1h") else { return }
            await daemon.reload(
                DaemonSettings(jobs: [
                    JobSettings(name: "job", schedule: hourly), JobSettings(name: "more", schedule: every),
                ]))
            try? await instance.sleep(for: .seconds(3_600))
        }
        #expect((5...6).contains(said.count { $0.0 == .backupCompleted }))
        #expect(
            said.contains { $0.0 == .backupCompleted && $0.1.contains("job, more") },
            "jobs due at one moment share a backup")
    }

    @Test func metricsKnowWhatTheRepositoryKnows() {
        let said = messages("@every 60s", snapshotsTake: .seconds(1)) { world, instance, daemon in
            try? await instance.sleep(for: .seconds(200))
            let families = StandingMetrics(daemon.standing).families
            guard let state = families.first(where: { $0.name == "optimize_backup_state" }) else {
                return world.fail("no state")
            }
            if !state.series.contains(where: { $0.value == .number(1) }) {
                world.fail("no state is set: \(state.series)")
            }
            if health(daemon).status != .up { world.fail("not healthy") }
            if !StatusLine(daemon.standing, at: daemon.clock.now()).text.hasPrefix("next run: job at ") {
                world.fail(StatusLine(daemon.standing, at: daemon.clock.now()).text)
            }
        }
        #expect(said.count { $0.0 == .backupCompleted } >= 3)
    }
}

/// What daemons said, shared with a simulation.
private final class SharedSaid: Sendable {
    let entries = Mutex<[SchedulerTests.Said]>([])
}
