import BackupDaemon
import Backups
import Configuration
import ElasticsearchClient
import PrometheusExposition
import Scheduling
import SimulatedEngine
import Simulation
import Synchronization
import Testing
import Time

/// The daemon's scheduler in a world without faults, where each case can be told exactly.
@Suite(.timeLimit(.minutes(1)))
struct SchedulerTests {
    /// What a daemon says while a scenario runs; snapshots take so long.
    private func messages(
        _ schedule: String, snapshotsTake duration: Duration,
        _ scenario: @escaping @Sendable (World, Instance, Daemon) async -> Void
    ) -> [(MessageID, String)] {
        let said = Mutex<[(MessageID, String)]>([])
        let report = simulate(seed: 3) { world in
            world.engine.withState { state in
                state.repositories["backups"] = EngineState.Repository()
                for name in ["timestamp-based-import-index_v5", "alert_v4"] {
                    state.indices["optimize-\(name)"] = EngineState.Index()
                }
                state.nextSnapshot.duration = duration
            }
            let instance = world.makeInstance()
            let client = EngineClient(transport: instance, clock: instance, random: { world.random() })
            let repository = BackupRepository(
                client: client,
                settings: .init(
                    repositoryName: "backups", optimizeVersion: "8.6.0", createdBy: "optimize-backup/test",
                    instance: "test"))
            guard let schedule = try? Schedule(schedule) else { return world.fail("no schedule") }
            let settings = DaemonSettings(jobs: [JobSettings(name: "job", schedule: schedule)])
            let daemon = Daemon(repository: repository, settings: settings) { entry in
                said.withLock { $0.append((entry.id, entry.message)) }
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await daemon.run() }
                await scenario(world, instance, daemon)
                group.cancelAll()
            }
        }
        #expect(report.broken.isEmpty, "\(report.broken)")
        return said.withLock { $0 }
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

    @Test func aClockThatIsSetForwardMissesAllButTheNewest() {
        let said = messages("@every 1h", snapshotsTake: .seconds(2)) { _, instance, _ in
            try? await instance.sleep(for: .seconds(10))
            instance.stepClock(by: .seconds(5 * 3_600))
            try? await instance.sleep(for: .seconds(60))
        }
        #expect(
            said.filter { $0.0 == .backupMissed }.map(\.1).first?.contains("nobody was there at 4 fire times") == true)
        #expect(said.count { $0.0 == .backupCompleted } == 1)
    }

    @Test func aClockThatIsSetBackRunsNothingTwice() {
        let said = messages("@every 1h", snapshotsTake: .seconds(2)) { _, instance, _ in
            try? await instance.sleep(for: .seconds(2 * 3_600))
            instance.stepClock(by: .seconds(-3 * 3_600))
            try? await instance.sleep(for: .seconds(2 * 3_600))
        }
        #expect(said.count { $0.0 == .backupCompleted } == 2)
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
            let families = await daemon.metrics()
            guard let state = families.first(where: { $0.name == "optimize_backup_state" }) else {
                return world.fail("no state")
            }
            if !state.samples.contains(where: { $0.value == 1 }) { world.fail("no state is set: \(state.samples)") }
            if await daemon.health().status != .up { world.fail("not healthy") }
            if await !daemon.statusLine().hasPrefix("next run: job at ") { world.fail(await daemon.statusLine()) }
        }
        #expect(said.count { $0.0 == .backupCompleted } >= 3)
    }
}
