import Backups
import JSON
import SimulatedEngine
import Simulation
import TestSupport
import Testing
import Time

/// What happens to a backup while it is taken, each case told exactly.
@Suite(.timeLimit(.minutes(10)))
struct CreateTests {
    private func repository(
        _ world: World, _ instance: Instance, _ change: (inout BackupRepository.Settings) -> Void
    ) -> BackupRepository {
        let usual = makeRepository(world, instance)
        var settings = usual.settings
        change(&settings)
        return BackupRepository(client: usual.client, settings: settings)
    }

    /// Part 1 of one version and part 2 of another would be no backup.
    @Test func anUpgradeMeanwhileFailsTheBackup() {
        inQuietWorld(snapshotsTake: .seconds(60)) { world in
            func run(_ version: String) {
                world.engine.withState { state in
                    state.indices["optimize-metadata_v3", default: EngineState.Index()].aliases = ["optimize-metadata"]
                    state.indices["optimize-metadata_v3"]?.documents["1"] = ["schemaVersion": .string(version)]
                }
            }
            run("8.6.0")
            let (instance, other) = (world.makeInstance(), world.makeInstance())
            let repository = repository(world, instance) { $0.optimizeVersion = nil }
            async let upgraded: Void? = try? other.sleep(for: .seconds(30))
            async let backup = result { () throws(BackupError) in
                try await repository.create(BackupOrder(.exactly(BackupID("1")))) { _ in }
            }
            await upgraded
            run("8.7.0")
            guard case .failure(let error) = await backup, error.code == .contentMismatch,
                error.message.contains("8.6.0"), error.message.contains("8.7.0")
            else { return world.fail("\(await backup)") }
            let left = world.engine.withState { $0.repositories["backups"]?.snapshots.map(\.name) ?? [] }
            if left.filter({ !$0.hasPrefix("optimize-backup_failed_1_") }) != ["camunda_optimize_1_8.6.0_part_1_of_2"] {
                world.fail("\(left)")
            }
            // Part 1 stands, and for everybody the backup has failed: nothing of it comes any more.
            let seen = try? await makeRepository(world, other).backups.find(BackupID("1"))
            if seen?.state != .failed || seen?.failureReason?.contains("8.7.0") != true {
                world.fail("\(String(describing: seen?.state)): \(seen?.failureReason ?? "")")
            }
        }
    }

    /// Whoever deletes part 1 between the parts, by a cancel or by hand, has stopped the backup.
    @Test func aPartOneThatIsGoneGetsNoPartTwo() {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let repository = makeRepository(world, world.makeInstance())
            let ending = await result { () throws(BackupError) in
                try await repository.create(BackupOrder(.exactly(BackupID("1")))) { event in
                    guard case .partCompleted(1, _) = event.step else { return }
                    world.engine.withState { $0.repositories["backups"]?.snapshots = [] }
                }
            }
            guard case .failure(let error) = ending, error.message.contains("part_1_of_2") else {
                return world.fail("\(ending)")
            }
            let left = world.engine.withState { $0.repositories["backups"]?.snapshots.count ?? 0 }
            if left != 0 { world.fail("a part 2 was ordered") }
        }
    }

    /// A run that goes on with a backup gives it no more time than the first one had.
    @Test func theTimeoutCountsFromPartOnesStart() {
        inQuietWorld(snapshotsTake: .seconds(36_000)) { world in
            let (first, second) = (world.makeInstance(), world.makeInstance())
            async let cut = result { () throws(BackupError) in
                try await repository(world, first) { $0.timeout = .seconds(7_200) }
                    .create(BackupOrder(.exactly(BackupID("1")))) { _ in }
            }
            try? await second.sleep(for: .seconds(3_600))
            first.cut()
            _ = await cut
            let taker = repository(world, second) { $0.timeout = .seconds(7_200) }
            let ending = await result { () throws(BackupError) in
                try await taker.takeUp(try await taker.backups.find(BackupID("1"))) { _ in }
            }
            guard case .failure(let error) = ending, error.code == .tooLate else { return world.fail("\(ending)") }
            let minutes = world.executor.elapsed.seconds / 60
            if !(119...122).contains(minutes) { world.fail("given up after \(minutes) minutes") }
            let left = world.engine.withState { $0.repositories["backups"]?.snapshots.count ?? 0 }
            if left != 0 { world.fail("the unfinished snapshot is left") }
        }
    }
}

private func result<Value: Sendable>(
    _ body: () async throws(BackupError) -> Value
) async -> Result<Value, BackupError> {
    do throws(BackupError) { return .success(try await body()) } catch { return .failure(error) }
}
