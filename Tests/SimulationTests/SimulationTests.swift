import Backups
import Glibc
import HTTP
import Simulation
import TestSupport
import Testing
import Time

@Suite(.timeLimit(.minutes(10)))
struct SimulationTests {
    private static let program =
        ownEnvironment()["OPTIMIZE_BACKUP_TEST_SIMULATE"]
        ?? #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/.build/debug/simulate"

    /// Two processes hash strings, and so order dictionaries, differently: what depends on that shows here.
    @Test func aSeedIsTheSameRunInEveryProcess() throws {
        let outputs = try (0..<2).map { _ in try run(Self.program, "--seeds", "100", "--hashes") }
        #expect(outputs.allSatisfy { $0.status == 0 })
        let hashes = outputs.map { $0.output.split(separator: "\n").dropLast() }
        #expect(hashes[0].count == 100)
        #expect(hashes[0] == hashes[1])
        #expect(Set(hashes[0].map { $0.split(separator: " ")[1] }).count > 95)
    }

    /// Two thousand more run in a release build.
    @Test func noRuleIsBroken() throws {
        let ending = try run(Self.program, "--from", "100000", "--seeds", "200")
        #expect(ending.status == 0, "\(ending.output)")
    }

    /// In a process of its own, since tasks that are dropped are never given back.
    @Test func aScenarioThatDoesNotEndIsToldAs() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let report = simulate(seed: 1, maximumSteps: 1_000) { _ in
                while true { await Task.yield() }
            }
            _exit(report.broken == ["it does not end within 1000 steps"] ? 7 : 1)
        }
    }

    /// By what an instance was told its deletes are judged.
    @Test func itIsKnownWhatAnInstanceSawRunning() {
        inQuietWorld(snapshotsTake: .seconds(60)) { world in
            let (first, second) = (world.makeInstance(), world.makeInstance())
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for id in ["1", "2"] {
                        _ = try? await makeRepository(world, first).create(
                            BackupOrder(.exactly(try BackupID(id)))
                        ) { _ in }
                    }
                }
                try? await second.sleep(for: .seconds(150))
                do throws(BackupError) {
                    try await makeRepository(world, second).removal.delete(
                        try BackupID("1"), isByHand: true
                    ) { _ in }
                    world.fail("deleted while a snapshot runs")
                } catch {
                    if error.code != .repositoryBusy { world.fail("\(error)") }
                }
                if second.lastSeenRunning != ["camunda_optimize_2_8.6.0_part_1_of_2"] {
                    world.fail("seen running: \(second.lastSeenRunning)")
                }
                first.cut()
                group.cancelAll()
            }
        }
    }

    @Test func timeJumpsToTheNextTimer() {
        let report = simulate(seed: 1) { world in
            let instance = world.makeInstance()
            let start = instance.uptime()
            try? await instance.sleep(for: .seconds(86_400 * 365))
            if instance.uptime() - start != .seconds(86_400 * 365) { world.fail("a year is not a year") }
            let reason = try? await instance.sleep(until: instance.now() + .seconds(60))
            if reason != .due { world.fail("not due") }
        }
        #expect(report.broken.isEmpty)
    }

    @Test func aCutEndsEverySleepAndReachesNobody() {
        let report = simulate(seed: 1) { world in
            let instance = world.makeInstance()
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<3 { group.addTask { (try? await instance.sleep(for: .seconds(3_600))) == nil } }
                await Task.yield()
                instance.cut()
                for await ended in group where !ended { world.fail("a sleep outlived the crash") }
            }
            let error = try? await instance.send(.init(.get, "/"), timeout: .seconds(1))
            if error != nil { world.fail("a request got through after the crash") }
        }
        #expect(report.broken.isEmpty, "\(report.broken)")
    }

    @Test func aSetClockWakesWhoWaitsForIt() {
        let report = simulate(seed: 1) { world in
            let instance = world.makeInstance()
            async let reason = instance.sleep(until: instance.now() + .seconds(3_600))
            for _ in 0..<3 { await Task.yield() }
            instance.stepClock(by: .seconds(-60))
            if (try? await reason) != .clockChanged { world.fail("nobody noticed the clock") }
        }
        #expect(report.broken.isEmpty, "\(report.broken)")
    }

    /// Its monotonic clock stands still, its wall clock does not, and nobody hears of it meanwhile.
    @Test func aSuspendedMachineGoesOnWhereItStopped() {
        let report = simulate(seed: 1) { world in
            let (instance, nature) = (world.makeInstance(), world.makeInstance())
            let (start, wall) = (instance.uptime(), instance.now())
            async let rest: Void? = try? instance.sleep(for: .seconds(60))
            async let reason = try? instance.sleep(until: wall + .seconds(1_000))
            try? await nature.sleep(for: .seconds(30))
            instance.suspend()
            try? await nature.sleep(for: .seconds(3_600))
            if instance.uptime() - start != .seconds(30) { world.fail("its monotonic clock went on") }
            instance.wake()
            if await reason != .due { world.fail("what was due while it slept is not") }
            if instance.uptime() - start != .seconds(30) { world.fail("what was due came late") }
            _ = await rest
            if instance.uptime() - start != .seconds(60) { world.fail("60 s took another time") }
            if instance.now() - wall != .seconds(3_660) { world.fail("its wall clock is wrong") }
        }
        #expect(report.broken.isEmpty, "\(report.broken)")
    }

    @Test func aJobFromAnotherThreadTraps() async {
        await #expect(processExitsWith: .failure) {
            _ = simulate(seed: 1, maximumSteps: 100_000_000) { _ in
                async let resumed: Void = withCheckedContinuation { resumeOnAnotherThread($0) }
                for _ in 0..<10_000_000 { await Task.yield() }
                await resumed
            }
        }
    }
}
