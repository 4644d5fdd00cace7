import Simulation
import Testing

@Suite(.timeLimit(.minutes(10)))
struct RestoreSimulationTests {
    /// Seeds that broke a rule once: two restores at once, since the marker of the first had been renewed; a part 2 that was ordered
    /// beside a restore.
    @Test(arguments: [UInt64(1), 7])
    func staysMended(seed: UInt64) {
        let report = simulate(seed: seed, maximumSteps: 4_000_000, restoreScenario)
        #expect(report.broken.isEmpty, "\(report.lines.suffix(100).joined(separator: "\n"))")
    }
}
