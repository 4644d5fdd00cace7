package import Backups
internal import ElasticsearchClient
internal import SimulatedEngine
package import Simulation
internal import Testing
internal import Time

/// Runs a scenario in a world without faults, where snapshots take so long; what it finds broken fails the test.
package func inQuietWorld(
    seed: UInt64 = 3, snapshotsTake duration: Duration, _ scenario: @escaping @Sendable (World) async -> Void
) {
    let report = simulate(seed: seed) { world in
        world.engine.withState { state in
            state.repositories["backups"] = EngineState.Repository()
            for name in ["timestamp-based-import-index_v5", "alert_v4"] {
                state.indices["optimize-\(name)"] = EngineState.Index()
            }
            state.nextSnapshot.duration = duration
        }
        await scenario(world)
    }
    #expect(report.broken.isEmpty, "\(report.broken)")
}

/// The repository of a quiet world, as one host sees it.
package func makeRepository(_ world: World, _ instance: Instance) -> BackupRepository {
    BackupRepository(
        client: EngineClient(transport: instance, clock: instance, random: { world.random() }),
        settings: .init(
            repositoryName: "backups", optimizeVersion: "8.6.0", createdBy: "optimize-backup/test",
            instance: instance.name))
}
