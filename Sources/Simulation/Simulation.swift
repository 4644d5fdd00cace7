/// What came of one seed.
package struct SimulationReport: Sendable {
    package let seed: UInt64
    package let hash: UInt64
    package let steps: Int
    /// The rules that were broken; none means that the seed passed.
    package let broken: [String]
    /// The last lines of the trace, or all of them.
    package let lines: [String]
}

/// Runs a scenario in a world of its own, from its beginning until nothing is left to do.
///
/// Synchronous, and to be called where no other executor runs: the scenario's tasks run on this thread alone.
package func simulate(
    seed: UInt64, keepsTrace: Bool = false, maximumSteps: Int = 1_000_000,
    _ scenario: @escaping @Sendable (World) async -> Void
) -> SimulationReport {
    let world = World(seed: seed, keepsTrace: keepsTrace)
    world.executor.start {
        await scenario(world)
        world.log("the end")
    }
    if !world.executor.run(maximumSteps: maximumSteps, until: { world.isStopped }) {
        world.fail("it does not end within \(maximumSteps) steps")
    }
    return SimulationReport(
        seed: seed, hash: world.trace.hash, steps: world.executor.steps, broken: world.broken, lines: world.trace.lines)
}
