import Backups
import SimulatedEngine
import Synchronization
import TestSupport
import Testing
import Time

@testable import Simulation

/// What has to be so when a part 2 is ordered, each told exactly.
@Suite(.timeLimit(.minutes(10)))
struct SecondPartTests {
    /// An engine that is away for hours between both parts, as while it is upgraded, makes part 1 too old, whatever was asked last.
    @Test func nothingIsWaitedForThatMakesPartOneTooOld() {
        let codes = Mutex<Set<BackupError.Code>>([])
        for milliseconds in stride(from: 1, through: 61, by: 3) {
            let code = expectNoPartTwo { world in
                Task(executorPreference: world.executor) {
                    let (instance, other) = (world.makeInstance(), world.makeInstance())
                    try? await instance.sleep(for: .milliseconds(milliseconds))
                    world.nodes = [.isDown, .isDown]
                    try? await other.sleep(for: .seconds(3 * 3_600))
                    world.nodes = [.none, .none]
                }
            }
            if let code { codes.withLock { _ = $0.insert(code) } }
        }
        #expect(codes.withLock { $0 }.contains(.firstPartTooOld), "\(codes.withLock { $0 })")
    }

    /// Somebody deletes part 1 at that moment, and takes another under its name.
    @Test func itFollowsTheVeryPartOneThatWasWatched() {
        let code = expectNoPartTwo { world in
            world.engine.withState { $0.repositories["backups"]?.snapshots[0].uuid = "another" }
        }
        #expect(code == .snapshotLost)
    }

    /// Does something once part 1 has ended; fails if a part 2 is ordered more than an hour later, or behind another part 1.
    ///
    /// - Returns: why there is no backup; nil if there is one.
    private func expectNoPartTwo(_ act: @escaping @Sendable (World) -> Void) -> BackupError.Code? {
        let code = Mutex<BackupError.Code?>(nil)
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let repository = makeRepository(world, world.makeInstance())
            do throws(BackupError) {
                _ = try await repository.create(BackupOrder(.exactly(BackupID("1")))) { event in
                    if case .partCompleted(1, _) = event.step { act(world) }
                }
            } catch {
                code.withLock { $0 = error.code }
            }
            let parts = world.engine.withState { $0.repositories["backups"]?.snapshots ?? [] }
                .filter { $0.name.hasPrefix("camunda_") }
            guard parts.count == 2 else { return }
            if parts[0].uuid == "another" || parts[1].start - parts[0].end > .seconds(3_600) {
                world.fail("part 2 began \(parts[1].start - parts[0].end) later")
            }
        }
        return code.withLock { $0 }
    }
}
