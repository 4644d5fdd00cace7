import Simulation
import Testing

@Suite(.timeLimit(.minutes(10)))
struct DaemonSimulationTests {
    /// Seeds that broke a rule once: two daemons each took a good backup of the same fire time.
    @Test(arguments: [UInt64(30)])
    func staysMended(seed: UInt64) {
        let report = simulate(seed: seed, daemonScenario)
        #expect(report.broken.isEmpty, "\(report.lines.suffix(100).joined(separator: "\n"))")
    }
}
