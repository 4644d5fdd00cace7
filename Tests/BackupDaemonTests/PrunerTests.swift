import BackupDaemon
import Backups
import Configuration
import ElasticsearchClient
import HTTP
import JSON
import PrometheusExposition
import Retention
import Scheduling
import SimulatedEngine
import Simulation
import Synchronization
import TestSupport
import Testing
import Time

/// How the daemon prunes, and what it does where it can't; the world begins at 08:00.
@Suite(.timeLimit(.minutes(10)))
struct PrunerTests {
    /// A hundred deletes of four minutes each hold no backup up for longer than two of them take.
    @Test func aLongPruneLetsFireTimesThrough() {
        let scene = Scene("@every 1h", deletesTake: .seconds(240))
        scene.run { world, instance, daemon in
            addHistory(world, 100, .partial, daysAgo: 10)
            try? await instance.sleep(for: .seconds(9 * 3_600 + 1_200))
            if count(world, "20270105") != 0 { world.fail("\(count(world, "20270105")) snapshots are left") }
            if await health(daemon) != nil { world.fail("\(await health(daemon) ?? "")") }
        }
        let said = scene.entries
        #expect(said.count { $0.id == .backupCompleted } == 9, "\(said.map(\.message))")
        #expect(!said.contains { [.backupSkipped, .retentionFailed].contains($0.id) }, "\(said.map(\.message))")
    }

    /// What is asked for while a prune runs is done once it has ended.
    @Test func whatIsAskedForMeanwhileIsDoneAfterwards() {
        let scene = Scene("@every 1h", deletesTake: .seconds(240)) { $0.defaults.maximumDeletesPerRun = 20 }
        scene.run { world, instance, _ in
            addHistory(world, 30, .partial, daysAgo: 10)
            // The first hour's prune takes 80 minutes for twenty of them.
            try? await instance.sleep(for: .seconds(3 * 3_600 + 1_200))
            if count(world, "20270105") != 0 { world.fail("\(count(world, "20270105")) snapshots are left") }
        }
        #expect(scene.entries.count { $0.message.contains("are left for the next run") } == 1)
    }

    /// A snapshot of somebody else's that is in the way for some minutes is nobody's failure.
    @Test func aBusyMomentPutsAPruneOff() {
        let scene = Scene("0 0 1 1 *") { $0.defaults.schedule = try? Schedule("30 8 * * *") }
        scene.run { world, instance, daemon in
            addHistory(world, 3, .partial, daysAgo: 10)
            try? await instance.sleep(for: .seconds(29 * 60))
            startForeign(world, duration: .seconds(20 * 60))
            try? await instance.sleep(for: .seconds(6 * 60))
            let reason = await health(daemon) ?? ""
            if !reason.hasPrefix("UP: put off since 2027-01-15T08:30:0") || !reason.contains("foreign is in progress") {
                world.fail(reason)
            }
            if count(world, "20270105") != 6 { world.fail("it is pruned all the same") }
            try? await instance.sleep(for: .seconds(55 * 60))
            if count(world, "20270105") != 0 { world.fail("it is not tried again") }
            if await health(daemon) != nil || failures(daemon) != 0 { world.fail("\(await health(daemon) ?? "")") }
            // What has come to a good end is not done again.
            let prunes = scene.prunes
            try? await instance.sleep(for: .seconds(12 * 3_600))
            if scene.prunes != prunes { world.fail("it is pruned again, though nobody has asked") }
        }
        #expect(!scene.entries.contains { $0.id == .retentionFailed }, "\(scene.entries.map(\.message))")
    }

    /// What is in the way for more than a day is told, once, and so is that it no longer is.
    @Test func whatIsPutOffForADayHasFailed() {
        let scene = Scene("0 0 1 1 *") { $0.defaults.schedule = try? Schedule("30 8 15 1 *") }
        scene.run { world, instance, daemon in
            addHistory(world, 3, .partial, daysAgo: 10)
            startForeign(world, duration: .seconds(30 * 3_600))
            try? await instance.sleep(for: .seconds(23 * 3_600))
            if await health(daemon)?.hasPrefix("UP: put off") != true { world.fail("\(await health(daemon) ?? "")") }
            try? await instance.sleep(for: .seconds(6 * 3_600))
            if await health(daemon)?.hasPrefix("DOWN: ") != true || failures(daemon) < 2 {
                world.fail("\(await health(daemon) ?? ""), \(failures(daemon)) failures")
            }
            try? await instance.sleep(for: .seconds(2 * 3_600 + 60))
            if await health(daemon) != nil { world.fail("\(await health(daemon) ?? "")") }
        }
        let said = scene.entries.filter { $0.id == .retentionFailed }
        #expect(said.map(\.priority) == [.error, .notice], "\(said.map(\.message))")
    }

    /// A plan that waits for a person is tried again until one has carried it out, wherever that was.
    @Test func whatAnotherProcessCuresIsWell() {
        let scene = Scene("0 0 1 1 *") { settings in
            settings.jobs[0].retention = RetentionPolicy(keepLast: 2)
            settings.defaults.schedule = try? Schedule("30 8 * * *")
        }
        scene.run { world, instance, daemon in
            addHistory(world, 12, .success, daysAgo: 10)
            try? await instance.sleep(for: .seconds(4 * 3_600))
            if await health(daemon)?.contains("10 of 12 good backups") != true { world.fail("it is not told") }
            if !(5...12).contains(failures(daemon)) { world.fail("\(failures(daemon)) failures") }
            var pruning = Pruning(repository: makeRepository(world, world.makeInstance()), settings: scene.settings)
            pruning.isConfirmed = true
            let report = await pruning.run { _ in }
            if report.removed.count != 10 { world.fail("\(report)") }
            try? await instance.sleep(for: .seconds(3_660))
            if await health(daemon) != nil { world.fail("\(await health(daemon) ?? "")") }
            let prunes = scene.prunes
            try? await instance.sleep(for: .seconds(12 * 3_600))
            if scene.prunes != prunes { world.fail("it is pruned again, though nobody has asked") }
        }
        let said = scene.entries.filter { $0.id == .retentionFailed }
        #expect(said.map(\.priority) == [.error, .notice], "\(said.map(\.message))")
    }

    /// However often somebody asks, one prune waits at most.
    @Test func oneWaitsAtMost() {
        let scene = Scene("@every 1h") { $0.jobs[0].retention = RetentionPolicy(keepLast: 2) }
        scene.run { world, instance, _ in
            addHistory(world, 12, .success, daysAgo: 10)
            try? await instance.sleep(for: .seconds(12 * 3_600 + 600))
        }
        #expect((13...35).contains(scene.prunes), "\(scene.prunes)")
    }
}

/// What stands in health's component for retention, if it is more than that it is UP.
private func health(_ daemon: Daemon) async -> String? {
    let retention = Health(daemon.standing, at: daemon.clock.now()).components.first { $0.name == "retention" }
    guard let retention, retention.status != .up || retention.reason != nil else { return nil }
    return "\(retention.status.rawValue): \(retention.reason ?? "")"
}

/// How many failures of retention were counted.
private func failures(_ daemon: Daemon) -> Int {
    let family = StandingMetrics(daemon.standing).families.first {
        $0.name == "optimize_backup_retention_failures"
    }
    return family?.series.reduce(0) { sum, series in
        guard case .number(let count) = series.value, series.labels["backup_job"] == "job" else { return sum }
        return sum + Int(count)
    } ?? 0
}

/// How many snapshots of backups stand whose ids begin so.
private func count(_ world: World, _ beginning: String) -> Int {
    world.engine.withState { state in
        (state.repositories["backups"]?.snapshots ?? []).count { $0.name.hasPrefix("camunda_optimize_\(beginning)") }
    }
}

/// Backups of the job, a minute apart, which all ended so many days ago; behind them stands a good one of yesterday.
private func addHistory(_ world: World, _ count: Int, _ outcome: EngineState.Outcome, daysAgo days: Int) {
    let begin = world.trueTime - .seconds(days * 86_400)
    let failed = (0..<count).map { (begin + .seconds($0 * 60), outcome) }
    let good = outcome == .success ? [] : [(world.trueTime - .seconds(86_400), EngineState.Outcome.success)]
    for (time, outcome) in failed + good {
        world.engine.withState { state in
            let usual = state.nextSnapshot
            state.nextSnapshot = (.milliseconds(1), outcome)
            for part in 1...2 {
                let metadata: JSONValue = [
                    "format": 1, "createdBy": "optimize-backup/test", "instance": "past",
                    "cluster": .string(state.clusterUUID), "prefix": "optimize", "dueTime": .string(time.rfc3339),
                    "jobs": ["job"], "attempt": 1, "schedule": "0000",
                ]
                let name = SnapshotName(id: BackupID(fireTime: time), version: "8.6.0", part: part)
                let body: JSONValue = ["indices": ["optimize-alert_v4"], "metadata": metadata]
                _ = state.respond(
                    to: HTTPRequest(.put, "/_snapshot/backups/\(name)", body: body.bytes), at: time + .seconds(part))
            }
            state.nextSnapshot = usual
            state.advance(to: time + .seconds(10))
        }
    }
    world.engine.withState { $0.advance(to: world.trueTime) }
}

/// Starts a snapshot of another program's.
private func startForeign(_ world: World, duration: Duration) {
    world.engine.withState { state in
        let usual = state.nextSnapshot
        state.nextSnapshot = (duration, .success)
        let body: JSONValue = ["indices": ["optimize-alert_v4"]]
        _ = state.respond(
            to: HTTPRequest(.put, "/_snapshot/backups/foreign", body: body.bytes), at: world.trueTime)
        state.nextSnapshot = usual
    }
}

/// A daemon of one job, and what it says.
private final class Scene: Sendable {
    let settings: DaemonSettings
    private let deletesTake: Duration
    private let said = Mutex<(entries: [LogEntry], prunes: Int)>(([], 0))

    init(_ schedule: String, deletesTake: Duration = .zero, _ change: (inout DaemonSettings) -> Void = { _ in }) {
        guard let schedule = try? Schedule(schedule) else { preconditionFailure("no schedule: \(schedule)") }
        var settings = DaemonSettings(jobs: [JobSettings(name: "job", schedule: schedule)])
        change(&settings)
        self.settings = settings
        self.deletesTake = deletesTake
    }

    var entries: [LogEntry] { said.withLock { $0.entries } }
    /// How often retention was applied.
    var prunes: Int { said.withLock { $0.prunes } }

    /// Lets it run in a quiet world for as long as the body does.
    func run(_ body: @escaping @Sendable (World, Instance, Daemon) async -> Void) {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let instance = world.makeInstance()
            let usual = makeRepository(world, instance)
            let client = EngineClient(
                transport: SlowDeletes(instance: instance, delay: self.deletesTake), clock: instance,
                random: { world.random() })
            let journal = SharedJournal(repository: "backups") { entry in
                self.said.withLock { $0.entries.append(entry) }
            }
            let daemon = Daemon(
                repository: BackupRepository(client: client, settings: usual.settings), settings: self.settings
            ) { event in
                guard !instance.isCut else { return }
                if case .pruned = event.kind { self.said.withLock { $0.prunes += 1 } }
                journal.take(event)
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await daemon.run() }
                await body(world, instance, daemon)
                instance.cut()
                group.cancelAll()
            }
        }
    }
}

/// A network on whose other side deletes take their time.
private struct SlowDeletes: HTTPTransport {
    let instance: Instance
    let delay: Duration

    func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        if request.method == .delete, request.target.contains("camunda_optimize_") {
            do { try await instance.sleep(for: delay) } catch {
                throw HTTPTransportError(.cancelled, "nobody waits for it")
            }
        }
        return try await instance.send(request, timeout: timeout, maximumBodySize: maximumBodySize)
    }
}
