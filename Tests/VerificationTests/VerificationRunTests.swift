import ElasticsearchClient
import Restores
import SimulatedEngine
import Simulation
import TestSupport
import Testing
import Time

@testable import Backups
@testable import Verification

/// Verifications of a backup in a world without faults.
@Suite(.timeLimit(.minutes(10)))
struct VerificationRunTests {
    private static let id = BackupID(unchecked: "7")

    /// Takes the backup 7, then does something with a repository and a run of each kind.
    private func inScene(
        _ body:
            @escaping @Sendable (
                World, BackupRepository,
                @escaping @Sendable (VerificationNote.Kind, Instant?) async -> VerificationReport?
            ) async -> Void
    ) {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let instance = world.makeInstance()
            let repository = makeRepository(world, instance)
            _ = try? await repository.create(BackupOrder(.exactly(Self.id))) { _ in }
            var settings = VerificationRun.Settings(by: "test", process: "test 1", isGone: { $0 == "test 0" })
            settings.stallLimit = .seconds(30)
            await body(world, repository) { [settings] kind, due in
                let request = VerificationRequest(kind, of: Self.id, job: due.map { _ in "nightly" }, due: due)
                return try? await VerificationRun(
                    request, in: repository, at: DrillPlace(repository, isElsewhere: false), settings: settings
                ).run()
            }
        }
    }

    private static func drills(_ world: World) -> [String] {
        world.engine.withState { $0.indices.keys.filter { DrillName(ofIndex: $0) != nil } }
    }

    @Test func aSoundBackupIsProvenAndSaysSo() {
        inScene { world, repository, run in
            let check = await run(.check, nil)
            #expect(check?.outcome == .success && check?.indices == 2, "\(String(describing: check))")
            let drill = await run(.drill, nil)
            #expect(drill?.outcome == .success && drill?.compared == 2, "\(String(describing: drill))")
            #expect(Self.drills(world).isEmpty)
            let backup = try? await repository.backups.find(Self.id)
            #expect(backup?.verification?.verification?.kind == .drill && backup?.hold == nil)
            let markers = try? await repository.markers.current()
            #expect(markers?.runningVerifications.isEmpty == true)
            #expect(markers?.verification(of: "7", .drill, .success)?.verification?.indices == 2)
        }
    }

    /// What was said of a backup says nothing of another that has taken its id.
    @Test func aVerdictIsOfOneBackup() {
        inScene { world, repository, run in
            #expect(await run(.drill, nil)?.outcome == .success)
            try? await repository.removal.delete(Self.id, isByHand: true) { _ in }
            try? await repository.clock.sleep(for: .seconds(60))
            let again = try? await repository.create(BackupOrder(.exactly(Self.id))) { _ in }
            #expect(again != nil)
            let found = try? await repository.backups.find(Self.id)
            #expect(found != nil && found?.verification == nil, "\(String(describing: found))")
        }
    }

    /// Of two that come for the same time one does it, whoever has ended already.
    @Test func itIsDoneOnceADueTime() {
        inScene { world, repository, run in
            let due = Instant(secondsSinceEpoch: world.trueTime.secondsSinceEpoch - 10)
            #expect(await run(.drill, due)?.outcome == .success)
            #expect(await run(.drill, due) == nil)
            #expect(await run(.drill, due - .seconds(60)) == nil, "an earlier one is overtaken")
            #expect(await run(.check, due)?.outcome == .success, "of another kind")
            let markers = try? await repository.markers.current()
            #expect(markers?.verification(of: "nightly", .drill)?.verification?.due == due)
        }
    }

    @Test func anIndexThatDoesNotComeBackIsFoundAndNothingIsLeft() {
        inScene { world, repository, run in
            world.engine.withState { state in
                guard
                    let snapshot = state.repositories["backups"]?.snapshots.first(where: { $0.name.contains("part_2") })
                else { return }
                state.repositories["backups"]?.unreadable[snapshot.uuid] = .missing
            }
            let drill = await run(.drill, nil)
            #expect(
                drill?.outcome == .failed && drill?.findings.map(\.kind) == [.partUnreadable],
                "\(String(describing: drill))")
            #expect(Self.drills(world).isEmpty)
            let verdict = try? await repository.markers.current().verdict(on: Self.id, begunAt: nil)
            #expect(verdict?.verification?.outcome == .failed)
        }
    }

    /// What somebody has left who is gone is removed, and said to have come to nothing; what is none of a drill of ours stays.
    @Test func whatIsLeftIsSwept() {
        inScene { world, repository, run in
            let note = VerificationNote(.drill, of: Self.id, process: "test 0", begun: world.trueTime)
            guard
                let marker = try? await repository.markers.mark(
                    .verify, "7", until: world.trueTime + .seconds(9_000), by: "test", more: note.members)
            else {
                Issue.record("no marker")
                return
            }
            let left = "\(DrillName(of: marker))-alert_v4"
            let others = ["drill-0123456789abcdef-alert_v4", "drill-mine"]
            world.engine.withState { state in
                for name in [left] + others { state.indices[name] = EngineState.Index() }
            }
            let settings = VerificationRun.Settings(by: "test", process: "test 1", isGone: { $0 == "test 0" })
            let sweep = DrillSweep(
                in: repository, at: DrillPlace(repository, isElsewhere: false), settings: settings)
            #expect((try? await sweep.run()) == [])
            #expect(world.engine.withState { state in ([left] + others).filter { state.indices[$0] != nil } } == others)
            let markers = try? await repository.markers.current()
            #expect(markers?.runningVerifications.isEmpty == true)
            #expect(markers?.verification(of: "7", .drill)?.verification?.outcome == .skipped)
        }
    }

    /// One that runs, as far as anybody can tell, is left alone until its deadline.
    @Test func whatRunsIsNotSwept() {
        inScene { world, repository, run in
            let note = VerificationNote(
                .drill, of: Self.id, process: "elsewhere 5", deadline: world.trueTime + .seconds(100),
                begun: world.trueTime)
            let marker = try? await repository.markers.mark(
                .verify, "7", until: world.trueTime + .seconds(9_000), by: "test", more: note.members)
            let name = marker.map { "\(DrillName(of: $0))-alert_v4" } ?? ""
            world.engine.withState { $0.indices[name] = EngineState.Index() }
            let sweep = DrillSweep(
                in: repository, at: DrillPlace(repository, isElsewhere: false),
                settings: .init(by: "test", process: "test 1", isGone: { _ in false }))
            _ = try? await sweep.run()
            #expect(Self.drills(world) == [name])
            try? await repository.clock.sleep(for: .seconds(120))
            _ = try? await sweep.run()
            #expect(Self.drills(world) == [])
        }
    }

    @Test func withoutRoomNothingIsBegun() {
        inScene { world, repository, _ in
            let settings = VerificationRun.Settings(
                by: "test", process: "test 1", isGone: { _ in false }, limits: DrillLimits(maximumSize: 1))
            let report = try? await VerificationRun(
                VerificationRequest(.drill, of: Self.id), in: repository,
                at: DrillPlace(repository, isElsewhere: false), settings: settings
            ).run()
            #expect(report?.outcome == .skipped && report?.obstacles.map(\.kind) == [.size])
            #expect(Self.drills(world).isEmpty)
        }
    }
}
