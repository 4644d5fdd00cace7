import SimulatedEngine
import TestSupport
import Testing
import Time

@testable import Backups
@testable import Simulation

/// By how much the engine's clock is ahead, as far as anybody knows.
@Suite(.timeLimit(.minutes(10)))
struct EngineClockTests {
    /// A host whose clock is wrong, and that can't read the engine's for once, still knows by how much.
    @Test func whatCannotBeReadIsAsItWas() {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            world.engine.withState { $0.clockOffset = .seconds(-43_200) }
            let instance = world.makeInstance()
            let clock = makeRepository(world, instance).engineClock
            func isTold(_ hours: Int) -> Bool {
                let lead = clock.lead + .seconds(hours * 3_600)
                return lead < .seconds(10) && lead > .seconds(-10)
            }
            _ = await clock.trustedTime()
            if !isTold(12) { world.fail("\(clock.lead)") }
            world.engine.withState { $0.deniedActions = ["cluster:monitor/health"] }
            try? await instance.sleep(for: .seconds(400))
            let trusted = await clock.trustedTime()
            if trusted.problem == nil { world.fail("it could be read") }
            if !isTold(12) { world.fail("\(clock.lead)") }
            // Once the host's clock was set, nobody knows.
            instance.stepClock(by: .seconds(3_600))
            _ = await clock.trustedTime()
            if !isTold(0) { world.fail("\(clock.lead)") }
        }
    }
}
