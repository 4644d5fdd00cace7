import HTTP
import JSON
import SimulatedEngine
import TestSupport
import Testing
import Time

@testable import Backups
@testable import Simulation

/// Whose backups they are, where several clusters have written one repository.
@Suite(.timeLimit(.minutes(10)))
struct ClusterTests {
    /// A part that can't be read is of the cluster that the other part names, and keeps its backup from being anything but unreadable.
    @Test(arguments: [1, 2])
    func anUnreadablePartBelongsToTheOther(part: Int) {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            add(world, "gone", dueAt: world.trueTime)
            damage(world, "part_\(part)_of_2")
            let instance = world.makeInstance()
            let look = try? await repository(world, instance, formerClusters: ["gone"]).look()
            if look?.backups.isEmpty != true { world.fail("one's own: \(look?.backups.map(\.id) ?? [])") }
            let former = look?.clusters.first?.backups ?? []
            if former.map(\.state) != [.failed] || !former.allSatisfy(\.isUnreadable) {
                world.fail("\(former.map(\.state))")
            }
        }
    }

    /// An id that both have is ours first; each can be named.
    @Test func anIDOfTwoClustersIsOursFirst() {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let time = world.trueTime
            let instance = world.makeInstance()
            add(world, "gone", dueAt: time)
            add(world, world.cluster, dueAt: time, version: "8.7.0")
            let repository = repository(world, instance, formerClusters: ["gone"])
            let id = BackupID(fireTime: time)
            func cluster(_ reach: RepositoryBackups.Reach) async -> String? {
                guard let found = try? await repository.backups.find(id, in: reach) else { return "none" }
                return found.cluster
            }
            let found = (await cluster(.own), await cluster(.ours), await cluster(.cluster("gone")))
            if found != (nil, nil, "gone") { world.fail("\(found)") }
            if await cluster(.cluster("another")) != "none" { world.fail("a stranger has it") }
            // A delete takes what it names alone.
            do throws(BackupError) {
                try await repository.removal.delete(id, in: .cluster("gone"), isByHand: true) { _ in }
            } catch {
                world.fail("\(error)")
            }
            let left = world.trueBackups(of: world.cluster).count + world.trueBackups(of: "gone").count * 10
            if left != 1 { world.fail("\(left)") }
        }
    }

    /// A restore here keeps all from being deleted; one that a lost cluster had begun keeps only what is its own.
    @Test func aRestoreKeepsWhatItReads() {
        inQuietWorld(snapshotsTake: .milliseconds(100)) { world in
            let time = world.trueTime
            let instance = world.makeInstance()
            for number in 0..<2 { add(world, "gone", dueAt: time + .seconds(number)) }
            let repository = repository(world, instance, formerClusters: ["gone"])
            let id = BackupID(fireTime: time)
            func refusal() async -> BackupError.Code? {
                do throws(BackupError) {
                    try await repository.removal.requireDeletable(id, isByHand: true)
                    return nil
                } catch {
                    return error.code
                }
            }
            for (cluster, expected) in [(world.cluster, BackupError.Code.restoring), ("gone", .held)] {
                let owner = BackupOwner(cluster: cluster, prefix: "optimize")
                guard let marker = try? await repository.markers.mark(.restore, "x", of: owner, by: "test"),
                    (try? await repository.markers.confirm(marker, within: .seconds(10))) == true
                else { return world.fail("no marker") }
                let told = await refusal()
                if told != expected { world.fail("\(cluster): \(String(describing: told))") }
                try? await repository.markers.remove(marker.description)
            }
            if await refusal() != nil { world.fail("it stays") }
        }
    }

    /// A hold stands where the backup belongs, and goes with its release.
    @Test func aHoldIsTheFormerClusters() {
        inQuietWorld(snapshotsTake: .milliseconds(100)) { world in
            add(world, "gone", dueAt: world.trueTime)
            let id = BackupID(fireTime: world.trueTime)
            let repository = repository(world, world.makeInstance(), formerClusters: ["gone"])
            do throws(BackupError) {
                _ = try await repository.markers.hold(id, reason: "r", until: nil, by: "b", within: .seconds(10))
                let held = try await repository.backups.find(id, in: .ours)
                if held.hold?.reason != "r" { world.fail("not held") }
                if held.hold?.name.owner != BackupOwner(cluster: "gone", prefix: "optimize").hash {
                    world.fail("whose")
                }
                try await repository.markers.release(id, by: "b")
                if try await repository.backups.find(id, in: .ours).hold != nil { world.fail("still held") }
                if world.engine.withState({ $0.repositories["backups"]?.snapshots.count }) != 2 { world.fail("untidy") }
            } catch {
                world.fail("\(error)")
            }
        }
    }

    private func repository(_ world: World, _ instance: Instance, formerClusters: [String]) -> BackupRepository {
        let usual = makeRepository(world, instance)
        var settings = usual.settings
        settings.formerClusters = formerClusters
        return BackupRepository(client: usual.client, settings: settings)
    }

    /// A whole good backup that a cluster took.
    private func add(_ world: World, _ cluster: String, dueAt time: Instant, version: String = "8.6.0") {
        let metadata = BackupMetadata(
            createdBy: "optimize-backup/test", instance: "past", owner: .init(cluster: cluster, prefix: "optimize"),
            jobs: ["nightly"], due: .init(time: time, attempt: 1, schedule: "0000"))
        let now = world.trueTime
        world.engine.withState { state in
            state.nextSnapshot.duration = .milliseconds(1)
            for part in 1...2 {
                let name = SnapshotName(id: BackupID(fireTime: time), version: version, part: part)
                let body: JSONValue = ["indices": ["optimize-alert_v4"], "metadata": metadata.json]
                _ = state.respond(
                    to: .init(.put, "/_snapshot/backups/\(name)", body: body.bytes), at: now + .milliseconds(part * 10))
            }
            state.advance(to: now + .seconds(1))
        }
    }

    private func damage(_ world: World, _ suffix: String) {
        world.engine.withState { state in
            for snapshot in state.repositories["backups"]?.snapshots ?? [] where snapshot.name.hasSuffix(suffix) {
                state.repositories["backups"]?.unreadable[snapshot.uuid] = .missing
            }
        }
    }
}
