package import Backups
internal import ElasticsearchClient
internal import HTTP
internal import JSON
internal import SimulatedEngine
package import Simulation
internal import Testing
package import Time

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

/// Puts backups into the repository that were taken at those times, the oldest first, and took two minutes each.
///
/// - Parameters:
///   - jobs: whose they are.
///   - failed: which of them are PARTIAL.
package func addBackups(_ world: World, at times: [Instant], of jobs: [String] = ["job"], failed: Set<Instant> = []) {
    world.engine.withState { state in
        let usual = state.nextSnapshot
        for time in times {
            state.nextSnapshot = (.seconds(60), failed.contains(time) ? .partial : .success)
            for part in 1...2 {
                let metadata: JSONValue = [
                    "format": 1, "createdBy": "optimize-backup/test", "instance": "past",
                    "cluster": .string(state.clusterUUID), "prefix": "optimize", "dueTime": .string(time.rfc3339),
                    "jobs": .array(jobs.map { .string($0) }), "attempt": 1, "schedule": "0000",
                ]
                let name = SnapshotName(id: BackupID(fireTime: time), version: "8.6.0", part: part)
                let body: JSONValue = ["indices": ["optimize-alert_v4"], "metadata": metadata]
                _ = state.respond(
                    to: HTTPRequest(.put, "/_snapshot/backups/\(name)", body: body.bytes),
                    at: time + .seconds(60 * (part - 1)))
            }
            state.advance(to: time + .seconds(200))
        }
        state.nextSnapshot = usual
        state.advance(to: world.trueTime)
    }
}
