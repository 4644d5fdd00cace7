import BackupDaemon
import Backups
import Configuration
import Retention
import SimulatedEngine
import Simulation
import Synchronization
import TestSupport
import Testing
import Time

/// Retention and markers where several hosts meet, each case told exactly.
@Suite(.timeLimit(.minutes(10)))
struct PruningTests {
    /// Takes backups by hand; the ids are 1 to `count`.
    private func take(_ count: Int, _ repository: BackupRepository, _ world: World) async {
        for number in 1...count {
            do throws(BackupError) {
                _ = try await repository.create(BackupOrder(.exactly(BackupID("\(number)")))) { _ in }
            } catch {
                world.fail("\(error)")
            }
        }
    }

    private func pruning(_ world: World, _ instance: Instance, atMost maximum: Int = 100) -> Pruning {
        var settings = DaemonSettings(jobs: [], retention: RetentionPolicy(keepLast: 1))
        settings.defaults.maximumDeletesPerRun = maximum
        var pruning = Pruning(repository: makeRepository(world, instance), settings: settings)
        pruning.isConfirmed = true
        return pruning
    }

    @Test func aRunDeletesSoManyAtMostAndSaysHowManyAreLeft() {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let instance = world.makeInstance()
            await take(8, makeRepository(world, instance), world)
            let report = await pruning(world, instance, atMost: 3).run { _ in }
            if report.removed.map(\.candidate.id) != ["1", "2", "3"] || report.leftOver != 4 {
                world.fail("\(report)")
            }
        }
    }

    /// Whoever agrees to a plan agrees to what it showed, whatever comes meanwhile.
    @Test func whatNobodyHasSeenInThePlanStays() {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let instance = world.makeInstance()
            let repository = makeRepository(world, instance)
            await take(3, repository, world)
            do throws(BackupError) {
                let pruning = pruning(world, instance)
                let plan = try await pruning.plan()
                for number in 4...5 {
                    _ = try await repository.create(BackupOrder(.exactly(BackupID("\(number)")))) { _ in }
                }
                // 3 and 4 would go as well by now.
                let report = await pruning.agreed(to: plan).run { _ in }
                if report.removed.map(\.candidate.id) != ["1", "2"] { world.fail("\(report)") }
                let left = try await repository.backups.list().map(\.id.description)
                if left != ["5", "4", "3"] { world.fail("\(left)") }
            } catch {
                world.fail("\(error)")
            }
        }
    }

    /// What another has deleted meanwhile is no failure.
    @Test func twoMayPruneAtOnce() {
        let alone = Mutex(0)
        for seed in UInt64(0)..<10 {
            inQuietWorld(seed: seed, snapshotsTake: .seconds(1)) { world in
                await take(8, makeRepository(world, world.makeInstance()), world)
                // Until nobody's clock, however wrong, dates one in the future.
                try? await world.makeInstance().sleep(for: .seconds(20))
                async let first = pruning(world, world.makeInstance()).run { _ in }
                async let second = pruning(world, world.makeInstance()).run { _ in }
                let reports = await [first, second]
                if !reports.allSatisfy(\.failures.isEmpty) { world.fail("\(reports.map(\.failures))") }
                let removed = reports.flatMap { $0.removed.map(\.candidate.id) }
                if Set(removed) != Set((1...7).map(String.init)) { world.fail("\(removed)") }
                if removed.count < 14 { alone.withLock { $0 += 1 } }
            }
        }
        #expect(alone.withLock { $0 } > 0, "one was never quicker than the other")
    }

    /// A hold that came too late leaves no marker.
    @Test func aHoldOfWhatIsGoneLeavesNothing() {
        let late = Mutex(0)
        for seed in UInt64(0)..<30 {
            inQuietWorld(seed: seed, snapshotsTake: .seconds(1)) { world in
                let (deleting, holding) = (world.makeInstance(), world.makeInstance())
                await take(1, makeRepository(world, deleting), world)
                async let deleted: Void? = try? makeRepository(world, deleting).removal.delete(
                    BackupID("1"), isByHand: true
                ) { _ in }
                async let held = isHeld(world, by: holding)
                let (isDeleted, isHeld) = await (deleted != nil, held)
                let left = (try? await makeRepository(world, holding).markers.current().all.count) ?? -1
                if left != (isHeld ? 1 : 0) { world.fail("\(left) markers after a hold that ended \(isHeld)") }
                if isDeleted && !isHeld { late.withLock { $0 += 1 } }
            }
        }
        #expect(late.withLock { $0 } > 0, "no hold ever came too late")
    }

    /// A marker goes when its own name says so.
    @Test func aCancelIsForgottenOnceItHasExpired() {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let instance = world.makeInstance()
            let repository = makeRepository(world, instance)
            do throws(BackupError) {
                _ = try await repository.markers.mark(
                    .cancel, "20270115090000", until: instance.now() + .seconds(86_400), by: "somebody")
                for (hours, count) in [(23, 1), (2, 0)] {
                    try? await instance.sleep(for: .seconds(hours * 3_600))
                    try await repository.markers.tidy()
                    let left = world.engine.withState { $0.repositories["backups"]?.snapshots.count ?? -1 }
                    if left != count { world.fail("\(left) markers after \(hours) hours more") }
                }
            } catch {
                world.fail("\(error)")
            }
        }
    }
}

/// Whether a hold of the backup 1 could be written.
private func isHeld(_ world: World, by instance: Instance) async -> Bool {
    do throws(BackupError) {
        let id = try BackupID("1")
        _ = try await makeRepository(world, instance).markers.hold(
            id, reason: "", until: nil, by: "somebody", within: .seconds(60))
        return true
    } catch {
        return false
    }
}
