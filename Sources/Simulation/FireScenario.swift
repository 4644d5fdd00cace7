internal import BackupDaemon
internal import Backups
internal import Configuration
internal import JSON
internal import Retention
internal import Scheduling
internal import SimulatedEngine
internal import Time

/// Five hours under fire: two daemons with one configuration and a backup every half hour, whose watchers die, whose clocks may be
/// hours off, whose orders arrive late and whose nodes fail in turn; snapshots that hang, and people who order, cancel and go away.
///
/// The last hour is quiet, and must end in a good backup.
package func fireScenario(_ world: World) async {
    setUpOptimize(world)
    world.timeout = timeout
    world.faultsPerMille = [0, 20, 60][world.executor.random.below(3)]
    world.losesDeletes = world.executor.random.chance(250)
    let record = FireRecord(Ledger(patience: .seconds(6_000)) { world.fail($0) })
    await withDiscardingTaskGroup { group in
        for number in 1...2 { group.addTask { await hours(of: number, world, record) } }
        group.addTask { await commands(world, record) }
        group.addTask { await engineTrouble(world) }
        group.addTask { await nodeTrouble(world) }
        group.addTask { await world.upgradeEngine(until: quiet, next: nextHalfHour) }
        group.addTask { await watchForBlocked(world) }
    }
    record.ledger.close()
    check(world, record)
}

private let end = Duration.seconds(5 * 3_600)
private let quiet = Duration.seconds(4 * 3_600)
private let timeout = Duration.seconds(1_200)

/// What people were told, and how fire times ended.
private final class FireRecord: @unchecked Sendable {
    // Unchecked: used by the simulation's one thread.
    let ledger: Ledger
    /// Whose cancel was answered with success, by what its marker is named after.
    var cancelled: Set<String> = []

    init(_ ledger: Ledger) { self.ledger = ledger }
}

private func nextHalfHour(after instant: Instant) -> Instant {
    Instant(secondsSinceEpoch: floorDivision(instant.secondsSinceEpoch, 1_800) * 1_800 + 1_800)
}

private func configuration() -> DaemonSettings {
    guard let schedule = try? Schedule("*/30 * * * *") else { preconditionFailure("a good expression") }
    var job = JobSettings(name: "often", schedule: schedule)
    job.retention = RetentionPolicy(keepLast: 3)
    return DaemonSettings(jobs: [job], retention: RetentionPolicy(keepLast: 3))
}

/// A machine on which the daemon runs, dies and is started again, once in a while with a clock that is half a day off.
private func hours(of number: Int, _ world: World, _ record: FireRecord) async {
    let host = Host(
        "host-\(number)", configuration(), operation: "fire", timeout: timeout, takeUpWithin: .seconds(600))
    while world.executor.elapsed < end {
        let instance = world.makeInstance()
        let plan = world.executor.elapsed + .seconds(60 + world.executor.random.below(2 * 3_600))
        let isLast = plan >= quiet
        if !isLast, world.executor.random.chance(150) {
            instance.stepClock(by: .seconds(world.executor.random.chance(500) ? 43_200 : -43_200))
        }
        await world.live(
            on: host, record.ledger, until: isLast ? end : plan, with: instance,
            entry: { checkTakeUp($0, world, instance) }
        ) { daemon, _ in
            await person(world, daemon, instance, record)
        }
        guard !isLast else { return }
        try? await world.makeInstance().sleep(for: .seconds(world.executor.random.below(600)))
    }
}

/// Nobody goes on with what was cancelled a while ago.
private func checkTakeUp(_ entry: LogEntry, _ world: World, _ instance: Instance) {
    guard entry.message.hasSuffix("going on with it"),
        let id = entry.fields.first(where: { $0.name == "BACKUP_ID" })?.value
    else { return }
    let due = world.engine.withState { state in
        state.repositories["backups"]?.snapshots.lazy.filter { SnapshotName($0.name)?.id.description == id }
            .compactMap { $0.metadata?["dueTime"]?.string }.first
    }
    world.checkNotCancelled(id, due, "\(instance.name) goes on with \(id)", by: instance)
}

/// Somebody at the daemon's API.
private func person(_ world: World, _ daemon: Daemon, _ instance: Instance, _ record: FireRecord) async {
    while world.executor.elapsed < quiet {
        guard (try? await instance.sleep(for: .seconds(world.executor.random.below(1_800)))) != nil,
            world.executor.elapsed < quiet
        else { return }
        do throws(BackupError) {
            switch world.executor.random.below(5) {
            case 0, 1: _ = try await daemon.order(try BackupID("\(world.executor.random.below(1_000))"))
            case 2, 3:
                guard let running = try await daemon.sharedLook().get().first(where: { $0.state == .inProgress }) else {
                    continue
                }
                instance.chosen = running.id
                defer { instance.chosen = nil }
                if let due = running.metadata?.due { record.ledger.cancel(due.time) }
                try await daemon.cancel(running.id)
                note(cancelOf: running, world, instance, record)
            default: _ = try await daemon.run(job: "often")
            }
        } catch {
            world.log("\(instance.name): a person was told \(error.code.rawValue)")
        }
    }
}

private func note(cancelOf backup: Backup, _ world: World, _ instance: Instance, _ record: FireRecord) {
    guard !instance.isCut else { return }
    world.log("\(instance.name): a person cancelled \(backup.id)")
    record.cancelled.insert((backup.metadata?.due.map { BackupID(fireTime: $0.time) } ?? backup.id).description)
}

/// People at the command line, whose `create` and `cancel` may end at any moment.
private func commands(_ world: World, _ record: FireRecord) async {
    let pause = world.makeInstance()
    while world.executor.elapsed < quiet {
        guard (try? await pause.sleep(for: .seconds(world.executor.random.below(2_400)))) != nil,
            world.executor.elapsed < quiet
        else { return }
        let instance = world.makeInstance()
        instance.operation = "fire"
        let repository = makeRepository(world, instance, timeout: timeout, takeUpWithin: .seconds(600))
        let timer = world.executor.schedule(after: .seconds(world.executor.random.below(600))) {
            world.log("\(instance.name) is interrupted")
            instance.cut()
        }
        do throws(BackupError) {
            if world.executor.random.chance(700) {
                _ = try await repository.create(BackupOrder(.firstFree(from: instance.now()))) { _ in }
            } else if let running = try await repository.backups.list().first(where: { $0.state == .inProgress }) {
                instance.chosen = running.id
                if let due = running.metadata?.due { record.ledger.cancel(due.time) }
                try await repository.removal.cancel(running.id, by: "somebody") { _ in }
                note(cancelOf: running, world, instance, record)
            }
        } catch {
            world.log("\(instance.name): a person was told \(error.code.rawValue)")
        }
        world.executor.unschedule(timer)
        instance.cut()
    }
}

private func engineTrouble(_ world: World) async {
    let nature = world.makeInstance()
    var number = 0
    while world.executor.elapsed < quiet - .seconds(1_800) {
        number += 1
        guard (try? await nature.sleep(for: .seconds(world.executor.random.below(1_800)))) != nil else { return }
        let (kind, drawn, now) = (world.executor.random.below(9), world.executor.random.below(20_000), world.trueTime)
        world.log("trouble \(kind)")
        world.engine.withState { state in
            state.advance(to: now)
            switch kind {
            case 0: state.restart()
            case 1: state.repositories["backups"]?.storage = drawn % 3 == 0 ? .full : .working
            case 2: state.indices["optimize-alert_v4"]?.isAssigned = drawn % 2 == 0
            case 3: addForeignSnapshot(&state, number, now)
            case 4: world.losesDeletes.toggle()
            default:
                // Mostly a minute or less; some hang for longer than they may.
                let duration = drawn % 6 == 0 ? Duration.seconds(drawn / 5) : .milliseconds(drawn * 3)
                state.nextSnapshot = (duration, drawn % 10 == 0 ? .partial : .success)
            }
        }
    }
    (world.faultsPerMille, world.losesDeletes) = (0, false)
    world.engine.withState { state in
        state.repositories["backups"]?.storage = .working
        state.indices["optimize-alert_v4"]?.isAssigned = true
        state.nextSnapshot = (.milliseconds(2_000), .success)
    }
}

/// Nodes fail in turn, sometimes both.
private func nodeTrouble(_ world: World) async {
    let nature = world.makeInstance()
    while world.executor.elapsed < quiet - .seconds(1_200) {
        guard (try? await nature.sleep(for: .seconds(world.executor.random.below(1_200)))) != nil else { return }
        let node = world.executor.random.below(world.nodes.count)
        let troubles = Node.Trouble.allCases
        world.nodes[node] =
            world.executor.random.chance(400) ? .none : troubles[world.executor.random.below(troubles.count)]
        world.log("node \(node): \(world.nodes[node])")
    }
    world.nodes = world.nodes.map { _ in .none }
}

/// Nothing of ours runs much longer than it may: a daemon that comes back, or looks next, ends it.
private func watchForBlocked(_ world: World) async {
    let nature = world.makeInstance()
    var told: Set<String> = []
    while world.executor.elapsed < end {
        guard (try? await nature.sleep(for: .seconds(60))) != nil else { return }
        let now = world.trueTime
        let names = world.engine.withState { state -> [String] in
            state.advance(to: now)
            return (state.repositories["backups"]?.snapshots ?? []).filter {
                $0.isRunning && $0.name.hasPrefix("camunda_optimize_") && !$0.name.contains("_foreign_")
                    && now - $0.start > timeout + .seconds(3_000)
            }
            .map(\.name)
        }
        for name in names where told.insert(name).inserted { world.fail("\(name) runs for ever") }
    }
}

private func check(_ world: World, _ record: FireRecord) {
    let whole = world.engine.withState { state -> [(id: String, due: Instant?)] in
        let good = (state.repositories["backups"]?.snapshots ?? []).filter { $0.state == "SUCCESS" }
        let names = Set(good.map(\.name))
        return good.compactMap { snapshot in
            guard let name = SnapshotName(snapshot.name), name.part == 1, names.contains(name.next.description) else {
                return nil
            }
            return (name.id.description, snapshot.metadata?["dueTime"]?.string.flatMap { try? Instant(rfc3339: $0) })
        }
    }
    for backup in whole {
        let subject = backup.due.map { BackupID(fireTime: $0).description } ?? backup.id
        if record.cancelled.contains(subject) { world.fail("\(subject) was cancelled, and \(backup.id) came back") }
    }
    for (due, backups) in Dictionary(grouping: whole.filter { $0.due != nil }, by: \.due) where backups.count > 1 {
        world.fail("the fire time \(due?.rfc3339 ?? "") has several good backups: \(backups.map(\.id).sorted())")
    }
    let last = floorDivision(world.trueTime.secondsSinceEpoch - 600, 1_800) * 1_800
    if !whole.contains(where: { $0.due?.secondsSinceEpoch == last }) {
        world.fail("the last fire time has no good backup, though all was quiet")
    }
}
