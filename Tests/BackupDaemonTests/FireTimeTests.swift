import Backups
import Configuration
import ElasticsearchClient
import JSON
import PrometheusExposition
import Scheduling
import SimulatedEngine
import Synchronization
import TestSupport
import Testing
import Time

@testable import BackupDaemon
@testable import Simulation

/// How fire times end: each once, and truly, whichever host and whichever process ends it.
@Suite(.timeLimit(.minutes(10)))
struct FireTimeTests {
    /// What a part holds is compared with what there is by whoever ends it, not only by who ordered it.
    @Test(arguments: ["dies in part 1", "dies in part 2", "completes it"])
    func aBackupThatLacksAnIndexIsNoSuccess(firstHost: String) {
        let told = telling(snapshotsTake: .seconds(60)) { world, told in
            world.engine.withState { state in
                state.indices["optimize-process-instance_v8"] = EngineState.Index()
                // A role that narrows what an engine shows, where nothing else may be asked.
                state.hiddenIndices = ["optimize-process-instance_v8", "optimize-import-index_v3"]
                state.indices["optimize-import-index_v3"] = EngineState.Index()
                state.deniedActions = ["cluster:monitor/health"]
            }
            let first = world.makeInstance()
            try? await first.sleep(for: .seconds(3_000))
            await live(daemon(world, first, ["nightly": "0 9 * * *"], told), first) {
                let life = ["dies in part 1": 640, "dies in part 2": 700, "completes it": 760]
                try? await first.sleep(for: .seconds(life[firstHost] ?? 0))
            }
            world.engine.withState { ($0.hiddenIndices, $0.deniedActions) = ([], []) }
            let second = world.makeInstance()
            await live(daemon(world, second, ["nightly": "0 9 * * *"], told), second) {
                // One that is COMPLETED already is looked into only by who needs it for a fire time.
                try? await second.sleep(for: .seconds(600))
            }
            if firstHost != "completes it" {
                let hidden = ["optimize-process-instance_v8", "optimize-import-index_v3"]
                let good = whole(world).filter { $0.indices.isSuperset(of: hidden) }
                if good.count != 1 || whole(world).count > 2 { world.fail("\(whole(world))") }
                let seen = (try? await makeRepository(world, world.makeInstance()).backups.list()) ?? []
                if seen.map(\.state) != [.completed, .failed] { world.fail("\(seen.map(\.state))") }
            }
        }
        #expect(told.outcomes.map(\.outcome) == [.success], "\(told.said)")
    }

    /// What a verdict said of one backup says nothing of a later one that was ordered under the same id.
    @Test func aVerdictIsOnOneBackupOnly() {
        _ = telling(snapshotsTake: .seconds(60)) { world, told in
            upgrade(world, to: "8.6.0")
            let instance = world.makeInstance()
            let daemon = daemon(world, instance, [:], told)
            await live(daemon, instance) {
                do throws(BackupError) {
                    let id = try BackupID("42")
                    _ = try await daemon.order(id)
                    upgrade(world, to: "8.7.0")
                    try? await instance.sleep(for: .seconds(90))
                    if try await daemon.inspect(id).state != .failed { world.fail("not failed") }
                    try await daemon.delete(id)
                    try? await instance.sleep(for: .seconds(30))
                    _ = try await daemon.order(id)
                    if try await daemon.inspect(id).state != .inProgress { world.fail("not in progress") }
                    try? await instance.sleep(for: .seconds(200))
                    let state = try await daemon.inspect(id).state
                    if state != .completed { world.fail("it is \(state)") }
                } catch { world.fail("\(error)") }
            }
        }
    }

    /// Hosts that differ in what belongs to part 1 don't call each other's backups failed.
    @Test(arguments: [0, 70, 200]) func hostsMayDifferInTheirParts(secondsLater: Int) {
        let told = telling(snapshotsTake: .seconds(60)) { world, told in
            for name in ["optimize-import-index_v3", "optimize-job-registry_v1"] {
                world.engine.withState { $0.indices[name] = EngineState.Index() }
            }
            let (old, new) = (world.makeInstance(), world.makeInstance())
            new.stepClock(by: .seconds(-secondsLater))
            let first = daemon(world, old, ["nightly": "0 9 * * *"], told)
            let second = daemon(world, new, ["nightly": "0 9 * * *"], told) {
                $0.firstPartIndices.append("alert")
                $0.firstPartIndices.removeAll { $0 == "job-registry" }
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await live(first, old) { try? await old.sleep(for: .seconds(6_000)) } }
                group.addTask { await live(second, new) { try? await new.sleep(for: .seconds(6_000)) } }
            }
            let states = ((try? await makeRepository(world, world.makeInstance()).backups.list()) ?? []).map(\.state)
            if states != [.completed] { world.fail("\(states)") }
        }
        #expect(told.outcomes.map(\.outcome) == [.success, .success], "\(told.said)")
    }

    /// What stops being in progress while it waits for its turn to be gone on with is not forgotten.
    @Test func whatFailsBeforeItIsGoneOnWithIsTakenAnew() {
        let told = telling(snapshotsTake: .seconds(600)) { world, told in
            let jobs = ["nightly": "0 9 * * *", "other": "0 8 1 1 *"]
            let first = world.makeInstance()
            await live(daemon(world, first, jobs, told), first) { try? await first.sleep(for: .seconds(3_700)) }
            // Another's snapshot runs longer: the order by hand holds the queue until part 1 has failed.
            world.engine.withState { state in
                let running = state.repositories["backups"]?.snapshots.firstIndex(where: \.isRunning)
                if let running { state.repositories["backups"]?.snapshots[running].outcome = .failed }
            }
            let second = world.makeInstance()
            let next = daemon(world, second, jobs, told)
            await live(next, second) {
                async let held: Void = next.operations.queue.run { try? await second.sleep(for: .seconds(900)) }
                try? await second.sleep(for: .seconds(3_600))
                await held
            }
        }
        #expect(told.outcomes.map(\.outcome) == [.success], "\(told.said)")
    }

    /// An upgrade of Optimize during part 1 costs an attempt, not the night.
    @Test func aDoomedPartOneIsNotTakenUpAgain() {
        let told = telling(snapshotsTake: .seconds(60)) { world, told in
            upgrade(world, to: "8.6.0")
            let instance = world.makeInstance()
            await live(daemon(world, instance, ["nightly": "0 9 * * *"], told) { $0.optimizeVersion = nil }, instance) {
                try? await instance.sleep(for: .seconds(3_630))
                upgrade(world, to: "8.7.0")
                try? await instance.sleep(for: .seconds(600))
            }
            let seen = (try? await makeRepository(world, world.makeInstance()).backups.list()) ?? []
            if seen.map(\.version) != ["8.7.0", "8.6.0"] || seen.map(\.state) != [.completed, .failed] {
                world.fail("\(seen.map { "\($0.version) \($0.state)" })")
            }
            if seen.last?.failureReason?.contains("only a new backup will do") != true { world.fail("no reason") }
        }
        #expect(told.outcomes.map(\.outcome) == [.success] && told.retries == ["contentMismatch"], "\(told.said)")
    }

    /// While an upgrade is under way the index that tells the version is missing; that passes.
    @Test func aMissingVersionIsWaitedFor() {
        let told = telling(snapshotsTake: .seconds(1)) { world, told in
            let instance = world.makeInstance()
            await live(daemon(world, instance, ["nightly": "0 9 * * *"], told) { $0.optimizeVersion = nil }, instance) {
                try? await instance.sleep(for: .seconds(3_700))
                upgrade(world, to: "8.7.0")
                try? await instance.sleep(for: .seconds(600))
            }
        }
        #expect(told.outcomes.map(\.outcome) == [.success], "\(told.said)")
        #expect(told.said.contains { $0.contains("until an upgrade of Optimize has ended") }, "\(told.said)")
    }

    /// A configured version that is no longer true names no backup.
    @Test func aBackupIsNamedAfterWhatOptimizeIs() {
        let told = telling(snapshotsTake: .seconds(1)) { world, told in
            upgrade(world, to: "8.7.0")
            let instance = world.makeInstance()
            await live(daemon(world, instance, ["nightly": "0 9 * * *"], told), instance) {
                try? await instance.sleep(for: .seconds(3_700))
            }
            if whole(world).map(\.version) != ["8.7.0"] { world.fail("\(whole(world))") }
        }
        #expect(told.said.contains { $0.contains("version 8.7.0, not 8.6.0 as configured") }, "\(told.said)")
    }

    /// Who is stopped before the next attempt, and who comes back too late for a part 2, has lost no fire time.
    @Test(arguments: ["in the delay", "after part 1"])
    func aRestartLosesNothing(stopped: String) {
        let told = telling(snapshotsTake: .seconds(60)) { world, told in
            if stopped == "in the delay" { world.engine.withState { $0.nextSnapshot.outcome = .failed } }
            let first = world.makeInstance()
            let jobs = ["nightly": "0 9 * * *"]
            await live(daemon(world, first, jobs, told, job: { $0.retry.initialDelay = .seconds(600) }), first) {
                try? await first.sleep(for: .seconds(stopped == "in the delay" ? 3_680 : 3_650))
            }
            world.engine.withState { $0.nextSnapshot.outcome = .success }
            let second = world.makeInstance()
            try? await second.sleep(for: .seconds(2 * 3_600))
            await live(daemon(world, second, ["nightly": "0 9 * * *"], told), second) {
                try? await second.sleep(for: .seconds(600))
            }
            let attempts = ((try? await makeRepository(world, world.makeInstance()).backups.list()) ?? []).map {
                "\($0.state.rawValue) \($0.metadata?.due?.attempt ?? 0)"
            }
            let first1 = stopped == "in the delay" ? "FAILED 1" : "INCOMPLETE 1"
            if attempts != ["COMPLETED 2", first1] { world.fail("\(attempts)") }
        }
        #expect(told.outcomes.map(\.outcome) == [.success], "\(told.said)")
    }

    /// What an earlier run has tried counts; what has ended for good is not begun again.
    @Test(arguments: [("attempts are left", 3, Outcome.success), ("none is left", 1, nil)])
    func attemptsOfAnEarlierRunCount(what: String, attempts: Int, outcome: Outcome?) {
        let told = telling(snapshotsTake: .seconds(10)) { world, told in
            world.engine.withState { $0.nextSnapshot.outcome = .failed }
            let first = world.makeInstance()
            await live(daemon(world, first, ["nightly": "0 9 * * *"], SharedTold()), first) {
                try? await first.sleep(for: .seconds(3_615))
            }
            world.engine.withState { $0.nextSnapshot.outcome = .success }
            let second = world.makeInstance()
            let jobs = ["nightly": "0 9 * * *"]
            let next = daemon(world, second, jobs, told, job: { $0.retry.attempts = attempts })
            await live(next, second) { try? await second.sleep(for: .seconds(600)) }
        }
        #expect(told.outcomes.map(\.outcome) == [outcome].compactMap { $0 }, "\(told.said)")
    }

    /// What is only shown decides nothing: an engine that does not tell sizes and progress fails no backup, and delays none for long.
    @Test func anEngineThatTellsNoProgressFailsNothing() {
        let told = telling(snapshotsTake: .seconds(60)) { world, told in
            world.engine.withState { $0.deniedActions = ["cluster:admin/snapshot/status"] }
            let instance = world.makeInstance()
            let daemon = daemon(world, instance, ["nightly": "0 9 * * *"], told)
            await live(daemon, instance) {
                try? await instance.sleep(for: .seconds(3_660))
                for state in [BackupState.inProgress, .completed] {
                    let backup = try? await daemon.inspect(BackupID("20270115090000"))
                    if backup?.state != state { world.fail("\(String(describing: backup?.state)), not \(state)") }
                    try? await instance.sleep(for: .seconds(90))
                }
            }
        }
        #expect(told.outcomes.map(\.outcome) == [.success] && told.retries.isEmpty, "\(told.said)")
    }

    /// A backup serves the jobs that it names, and no other that is due at the same moment.
    @Test(arguments: [0, 30, 300])
    func aJobIsServedOnlyByABackupThatNamesIt(secondsLater: Int) {
        let told = telling(snapshotsTake: .seconds(60)) { world, told in
            let (one, both) = (world.makeInstance(), world.makeInstance())
            both.stepClock(by: .seconds(-secondsLater))
            let first = daemon(world, one, ["nightly": "0 9 * * *"], told)
            let second = daemon(world, both, ["monthly": "0 9 15 * *", "nightly": "0 9 * * *"], told)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await live(first, one) { try? await one.sleep(for: .seconds(4_800)) } }
                group.addTask { await live(second, both) { try? await both.sleep(for: .seconds(4_800)) } }
            }
            let jobs = whole(world).map { $0.jobs.joined(separator: "+") }.sorted()
            if jobs != ["monthly", "nightly"] && jobs != ["monthly+nightly"] { world.fail("\(jobs)") }
            if second.standing.jobs.filter({ $0.held.newestGood != nil }).count != 2 { world.fail("a job has nothing") }
            let parts = second.standing.jobs.map { $0.partDurations.map { $0.counts.reduce(0, +) } }
            if parts.contains(where: { $0.contains { $0 > 1 } }) { world.fail("another job's parts count: \(parts)") }
        }
        #expect(told.outcomes.map(\.outcome) == [.success, .success, .success], "\(told.said)")
        // The journal tells of each job's own backup, and of no other.
        let completed = told.said.flatMap {
            $0.matches(of: /for ([^:]+): COMPLETED/).flatMap { $0.1.split(separator: ", ") }
        }
        #expect(completed.sorted() == ["monthly", "nightly", "nightly"], "\(told.said)")
    }

    /// A backup that somebody runs for a job is the job's, and no fire time's: not even of the one that falls on that second.
    @Test func aRunByHandIsNoFireTime() {
        let told = telling(snapshotsTake: .seconds(2)) { world, told in
            let instance = world.makeInstance()
            let daemon = daemon(world, instance, ["often": "@every 1h"], told)
            await live(daemon, instance) {
                try? await instance.sleep(for: .seconds(60))
                do throws(BackupError) { try await daemon.run(job: "often") } catch { world.fail("\(error)") }
                try? await instance.sleep(for: .seconds(30))
                let last = daemon.standing.jobs[0].held.newestGood
                if last?.metadata?.due != nil || last?.metadata?.jobs != ["often"] { world.fail("\(last as Any)") }
                try? await instance.sleep(for: .seconds(3_600))
            }
        }
        #expect(told.outcomes.map(\.outcome) == [.success], "\(told.said)")
        #expect(told.runs == [["often"], ["often"]])
    }

    /// Our own running backup, ordered by a command, is waited for as long as it takes, and spends no attempt.
    @Test func aBackupByHandDoesNotCostTheNight() {
        let told = telling(snapshotsTake: .seconds(1_200)) { world, told in
            let (instance, command) = (world.makeInstance(), makeRepository(world, world.makeInstance()))
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let daemon = daemon(world, instance, ["nightly": "0 9 * * *"], told, job: { $0.retry.attempts = 1 })
                    await live(daemon, instance) { try? await instance.sleep(for: .seconds(10_000)) }
                }
                group.addTask {
                    try? await world.makeInstance().sleep(for: .seconds(3_300))
                    _ = try? await command.create(BackupOrder(.exactly(BackupID("1")))) { _ in }
                }
            }
        }
        #expect(told.outcomes.map(\.outcome) == [.success] && told.retries.isEmpty, "\(told.said)")
    }

    /// It runs until the next fire time: that is no failure of the first.
    @Test func whatNeverGetsItsTurnIsSkipped() {
        let told = telling(snapshotsTake: .seconds(580)) { world, told in
            let (instance, command) = (world.makeInstance(), makeRepository(world, world.makeInstance()))
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await live(daemon(world, instance, ["often": "@every 10m"], told), instance) {
                        try? await instance.sleep(for: .seconds(3_000))
                    }
                }
                group.addTask {
                    try? await world.makeInstance().sleep(for: .seconds(500))
                    _ = try? await command.create(BackupOrder(.exactly(BackupID("1")))) { _ in }
                }
            }
        }
        let outcomes = told.outcomes.sorted { $0.time < $1.time }.map(\.outcome)
        #expect(outcomes.prefix(2) == [.skipped, .success], "\(told.said)")
    }

    /// A storage that refuses for an hour does not cost the night.
    @Test func attemptsReachForHours() {
        let told = telling(snapshotsTake: .seconds(2)) { world, told in
            let instance = world.makeInstance()
            await live(daemon(world, instance, ["nightly": "0 9 * * *"], told), instance) {
                world.engine.withState { $0.repositories["backups"]?.storage = .full }
                try? await instance.sleep(for: .seconds(3 * 3_600))
                world.engine.withState { $0.repositories["backups"]?.storage = .working }
                try? await instance.sleep(for: .seconds(2_000))
            }
        }
        #expect(told.outcomes.map(\.outcome) == [.success], "\(told.said)")
    }

    /// What another host completes ends here, too: failures are over, sizes are known, and the journal has an entry.
    @Test func whatAnotherHostCompletedIsASuccessHere() {
        let told = telling(snapshotsTake: .seconds(2)) { world, told in
            let (away, other) = (world.makeInstance(), world.makeInstance())
            away.stepClock(by: .seconds(-600))
            world.engine.withState { state in
                for name in state.indices.keys { state.indices[name]?.documents["1"] = ["name": "something"] }
            }
            try? await away.sleep(for: .seconds(900))
            let daemon = daemon(world, away, ["often": "@every 1h"], told)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await live(daemon, away) {
                        await withCheckedContinuation { (waiting: CheckedContinuation<Void, Never>) in
                            daemon.operations.standing.update { standing in
                                standing.change(["often"]) { job in
                                    job.consecutiveFailures = 3
                                    job.lastFailure = .init(time: away.now(), message: "the night before")
                                }
                            }
                            waiting.resume()
                        }
                        try? await away.sleep(for: .seconds(3_500))
                    }
                    let job = daemon.standing.jobs[0]
                    if job.consecutiveFailures != 0 || job.lastFailure != nil { world.fail("it failed for ever") }
                    if job.size == nil { world.fail("no size") }
                }
                group.addTask {
                    let quick = self.daemon(world, other, ["often": "@every 1h"], SharedTold())
                    await live(quick, other) { try? await other.sleep(for: .seconds(4_500)) }
                }
            }
        }
        #expect(told.outcomes.map(\.outcome) == [.success], "\(told.said)")
        #expect(told.said.contains { $0.contains("for often: COMPLETED on ") }, "\(told.said)")
    }

    /// What ended when its time was over has failed, whoever sees that and when.
    @Test func aBackupThatTookTooLongHasFailed() {
        let told = telling(snapshotsTake: .seconds(400)) { world, told in
            let first = world.makeInstance()
            let jobs = ["nightly": "0 9 * * *"]
            await live(daemon(world, first, jobs, told) { $0.timeout = .seconds(300) }, first) {
                try? await first.sleep(for: .seconds(3_700))
            }
            let second = world.makeInstance()
            try? await second.sleep(for: .seconds(600))
            await live(daemon(world, second, jobs, told) { $0.timeout = .seconds(300) }, second) {
                try? await second.sleep(for: .seconds(600))
            }
        }
        #expect(told.outcomes.map(\.outcome) == [.failed], "\(told.said)")
    }

    /// Fire times of a paused job are skipped, each counted when it passes, and told together; nothing is owed from before the resume.
    @Test(arguments: ["by configuration", "by a marker"])
    func aPauseSkipsAndIsToldOnce(how: String) {
        let told = telling(snapshotsTake: .seconds(2)) { world, told in
            let instance = world.makeInstance()
            let daemon = daemon(world, instance, ["nightly": "0 9 * * *"], told)
            await live(daemon, instance) {
                try? await instance.sleep(for: .seconds(7_200))
                let settings = await daemon.scheduler.settings
                var paused = settings
                paused.jobs[0].isPaused = true
                if how == "by configuration" {
                    await daemon.reload(paused)
                } else {
                    _ = try? await daemon.pause(job: "nightly", reason: "audit")
                }
                try? await instance.sleep(for: .seconds(5 * 86_400 + 3_600))
                if how == "by configuration" {
                    await daemon.reload(settings)
                } else {
                    try? await daemon.resume(job: "nightly")
                }
                try? await instance.sleep(for: .seconds(60))
                let job = daemon.standing.jobs[0]
                if job.isOverdue || job.isPaused { world.fail("overdue at once") }
                if whole(world).count != 1 { world.fail("\(whole(world).count) backups") }
            }
            // The next process knows as much, if a marker paused it.
            guard how == "by a marker" else { return }
            let next = world.makeInstance()
            let second = self.daemon(world, next, ["nightly": "0 9 * * *"], told)
            await live(second, next) {
                try? await next.sleep(for: .seconds(60))
                if second.standing.jobs[0].isOverdue { world.fail("overdue after a restart") }
            }
        }
        let outcomes = told.outcomes.map(\.outcome)
        #expect(outcomes == [.success] + Array(repeating: .skipped, count: 5), "\(told.said)")
        let pauses = told.said.filter { $0.contains("nightly: no backup for") || $0.contains("the pause is over") }
        #expect(pauses.count == 2 && pauses[1].contains("5 fire times"), "\(pauses)")
        #expect(!told.said.contains { $0.contains("nobody was there") })
    }

    /// A changed schedule owes nothing from before the change, also when it changed between two lives.
    @Test(arguments: ["by a reload", "by a restart"])
    func aChangedScheduleOwesNothingOfBefore(how: String) {
        _ = telling(snapshotsTake: .seconds(2)) { world, told in
            let first = world.makeInstance()
            let daemon = daemon(world, first, ["job": "0 9 15 * *"], told)
            await live(daemon, first) {
                try? await first.sleep(for: .seconds(3 * 86_400))
                guard how == "by a reload" else { return }
                let changed = JobSettings(name: "job", schedule: schedule("0 10 * * *"))
                await daemon.reload(DaemonSettings(jobs: [changed]))
                try? await first.sleep(for: .seconds(60))
                if daemon.standing.jobs[0].isOverdue { world.fail("overdue at once") }
            }
            guard how == "by a restart" else { return }
            let second = world.makeInstance()
            let next = self.daemon(world, second, ["job": "0 10 * * *"], told)
            await live(next, second) {
                try? await second.sleep(for: .seconds(60))
                if next.standing.jobs[0].isOverdue { world.fail("overdue after a restart") }
            }
        }
    }

    /// A look that shows our own snapshot before the order is answered makes nothing of it.
    @Test func aLookBeforeTheAnswerCountsNothingTwice() {
        let told = telling(snapshotsTake: .seconds(20)) { world, told in
            let instance = world.makeInstance()
            let daemon = daemon(world, instance, ["often": "@every 1h"], told)
            await live(daemon, instance) {
                try? await instance.sleep(for: .seconds(10))
                async let accepted: Void? = try? daemon.run(job: "often")
                for _ in 0..<100 {
                    try? await instance.sleep(for: .milliseconds(5))
                    await daemon.lookout.look(readsAll: false)
                    for backup in (try? await daemon.repository.backups.list()) ?? [] {
                        await daemon.caretaker.takeUp(backup)
                    }
                }
                _ = await accepted
                try? await instance.sleep(for: .seconds(120))
            }
        }
        #expect(told.runs == [["often"]], "\(told.said)")
    }

    // MARK: What the tests have in common

    /// A daemon of some jobs, and what it tells.
    private func daemon(
        _ world: World, _ instance: Instance, _ jobs: [String: String], _ told: SharedTold,
        _ repository: (inout BackupRepository.Settings) -> Void = { _ in },
        job change: (inout JobSettings) -> Void = { _ in }
    ) -> Daemon {
        let jobs = jobs.sorted { $0.key < $1.key }.map { name, text in
            var job = JobSettings(name: name, schedule: schedule(text))
            change(&job)
            return job
        }
        let usual = makeRepository(world, instance)
        var settings = usual.settings
        repository(&settings)
        let journal = SharedJournal(repository: "backups") { entry in told.take(entry) }
        return Daemon(
            repository: BackupRepository(client: usual.client, settings: settings), settings: DaemonSettings(jobs: jobs)
        ) { event in
            guard !instance.isCut else { return }
            journal.take(event)
            told.take(event, jobs)
        }
    }

    private func schedule(_ text: String) -> Schedule {
        guard let schedule = try? Schedule(text) else { preconditionFailure("no schedule: \(text)") }
        return schedule
    }

    private func telling(
        snapshotsTake duration: Duration, _ scenario: @escaping @Sendable (World, SharedTold) async -> Void
    ) -> Told {
        let told = SharedTold()
        inQuietWorld(snapshotsTake: duration) { world in await scenario(world, told) }
        return told.value
    }

    private func upgrade(_ world: World, to version: String) {
        world.engine.withState { state in
            state.indices["optimize-metadata_v3", default: EngineState.Index()].aliases = ["optimize-metadata"]
            state.indices["optimize-metadata_v3"]?.documents["1"] = ["schemaVersion": .string(version)]
        }
    }

    private struct Whole: Sendable {
        let version: String
        let jobs: [String]
        let indices: Set<String>
    }

    /// The backups of which both parts have succeeded.
    private func whole(_ world: World) -> [Whole] {
        let now = world.trueTime
        return world.engine.withState { state in
            state.advance(to: now)
            let good = (state.repositories["backups"]?.snapshots ?? []).filter { $0.state == "SUCCESS" }
            return good.compactMap { first in
                guard let name = SnapshotName(first.name), name.part == 1,
                    let second = good.first(where: { $0.name == name.next.description })
                else { return nil }
                let jobs = first.metadata?["jobs"]?.array?.compactMap(\.string) ?? []
                return Whole(version: name.version, jobs: jobs, indices: Set(first.indices + second.indices))
            }
        }
    }
}

/// What daemons have told.
private struct Told: Sendable {
    var said: [String] = []
    var outcomes: [(outcome: Outcome, job: String, time: Instant)] = []
    /// The codes of what was tried again.
    var retries: [String] = []
    /// For which jobs each success counted, those by hand included.
    var runs: [[String]] = []
}

private final class SharedTold: Sendable {
    private let told = Mutex(Told())

    var value: Told { told.withLock { $0 } }

    func take(_ entry: LogEntry) { told.withLock { $0.said.append(entry.message) } }

    func take(_ event: DaemonEvent, _ jobs: [JobSettings]) {
        told.withLock { told in
            told.outcomes += event.outcomes(jobs)
            switch event.kind {
            case .retrying(let error, _, _, _, _, _): told.retries.append(error.code.rawValue)
            case .succeeded(_, _, _, let counting): told.runs.append(counting)
            default: break
            }
        }
    }
}
