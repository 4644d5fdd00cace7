internal import BackupDaemon
internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import HTTP
internal import JSON
internal import Retention
internal import Scheduling
internal import SimulatedEngine
internal import Time

/// A month of nights: one daemon or two with the same configuration, which crash and come back, people who use it, and an engine
/// that has its troubles.
///
/// The last two nights are quiet, and must end in good backups.
package func daemonScenario(_ world: World) async {
    setUpOptimize(world)
    let month = Duration.seconds(30 * 86_400)
    let quiet = month - .seconds(2 * 86_400 + 6 * 3_600)
    world.faultsPerMille = [0, 5, 30][world.executor.random.below(3)]
    let record = FireTimeRecord()
    await withDiscardingTaskGroup { group in
        for _ in 0..<1 + world.executor.random.below(2) {
            group.addTask { await host(world, until: month, crashesUntil: quiet, record) }
        }
        group.addTask { await engineTrouble(world, until: quiet) }
        group.addTask { await world.damageBlobs(pause: .seconds(2 * 86_400), until: quiet) }
    }
    for (due, ids) in record.good.sorted(by: { $0.key < $1.key }) where ids.count > 1 {
        world.fail("the fire time \(due) has several good backups: \(ids.sorted())")
    }
    let now = world.trueTime
    let lastNight = nights(before: now).last.map(\.rfc3339) ?? ""
    if record.good[lastNight] == nil {
        world.fail("the last night, \(lastNight), has no good backup, though all was quiet")
    }
    // Backups that could not be read for days may all heal at once: so many wait for a person.
    await prune(world, world.makeInstance(), configuration(keepLast: 3))
    let kept = world.engine.withState {
        ($0.repositories["backups"]?.snapshots ?? []).count { $0.metadata?["jobs"] != nil && $0.state == "SUCCESS" }
    }
    // Three are kept; failed halves stay for a week, and somebody may have been in the way of a delete.
    if kept > 2 * 3 + 20 { world.fail("\(kept) snapshots are left of three backups") }
}

/// The nights' fire times: 02:00 in UTC.
private func nights(before now: Instant) -> [Instant] {
    let day: Int64 = 86_400
    let first = floorDivision(1_800_000_000, day) * day + 2 * 3_600
    return stride(from: first, to: now.secondsSinceEpoch - 1_800, by: Int64.Stride(day)).map {
        Instant(secondsSinceEpoch: $0)
    }
}

/// Which backups were called good, by fire time.
private final class FireTimeRecord: @unchecked Sendable {
    // Unchecked: used by the simulation's one thread.
    var good: [String: Set<String>] = [:]
    /// Fire times whose backup somebody has cancelled, with the moment.
    var cancelled: [String: Duration] = [:]

    func note(_ entry: LogEntry, _ world: World) {
        guard entry.id == .backupCompleted, let due = entry.fields.first(where: { $0.name == "DUE_TIME" })?.value,
            let id = entry.fields.first(where: { $0.name == "BACKUP_ID" })?.value
        else { return }
        good[due, default: []].insert(id)
        // An order that was on its way by then may still be carried out.
        let duration = entry.fields.first { $0.name == "DURATION_USEC" }.flatMap { Int64($0.value) } ?? 0
        if let moment = cancelled[due], world.executor.elapsed - .microseconds(duration) - moment > .seconds(60) {
            world.fail("the fire time \(due) was cancelled, and \(id) came back")
        }
    }
}

/// A machine on which the daemon runs, dies and is started again.
private func host(_ world: World, until end: Duration, crashesUntil quiet: Duration, _ record: FireTimeRecord) async {
    while world.executor.elapsed < end {
        let instance = world.makeInstance()
        instance.operation = "daemon"
        let daemon = makeDaemon(world, instance, record)
        let plan = drawDeath(world)
        let isLast = plan >= quiet
        let death = isLast ? end : plan
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await daemon.run() }
            group.addTask { await person(world, daemon, instance, record, until: quiet) }
            try? await instance.sleep(for: death - world.executor.elapsed)
            world.log("\(instance.name) dies")
            instance.cut()
            group.cancelAll()
        }
        guard !isLast else { return }
        let rest = world.makeInstance()
        try? await rest.sleep(for: .seconds(world.executor.random.below(3_600)))
    }
}

/// When it dies: at any time within eight days, or within a second of a fire time's backup.
private func drawDeath(_ world: World) -> Duration {
    let death = world.executor.elapsed + .seconds(3_600 + world.executor.random.below(8 * 86_400))
    guard world.executor.random.chance(600) else { return death }
    let instant = world.trueTime + (death - world.executor.elapsed)
    return death + (nextNight(after: instant) - instant) + .milliseconds(world.executor.random.below(6_000))
}

/// The fire time of the day after.
private func nextNight(after instant: Instant) -> Instant {
    Instant(secondsSinceEpoch: floorDivision(instant.secondsSinceEpoch, 86_400) * 86_400 + 86_400 + 2 * 3_600)
}

private func makeDaemon(_ world: World, _ instance: Instance, _ record: FireTimeRecord) -> Daemon {
    Daemon(
        repository: makeRepository(world, instance, timeout: .seconds(1_200)), settings: configuration(keepLast: 3),
        observe: observer(world, instance, entry: { record.note($0, world) }))
}

private func configuration(keepLast: Int) -> DaemonSettings {
    guard let schedule = try? Schedule("0 2 * * *") else { preconditionFailure("a good expression") }
    var job = JobSettings(name: "nightly", schedule: schedule)
    job.retention = RetentionPolicy(keepLast: keepLast)
    return DaemonSettings(jobs: [job], retention: RetentionPolicy(keepLast: 2))
}

/// Somebody who orders backups by hand now and then, deletes and cancels some, and reloads the configuration.
private func person(
    _ world: World, _ daemon: Daemon, _ instance: Instance, _ record: FireTimeRecord, until quiet: Duration
) async {
    while !instance.isCut, !Task.isCancelled, world.executor.elapsed < quiet {
        guard (try? await instance.sleep(for: .seconds(3_600 + world.executor.random.below(3 * 86_400)))) != nil else {
            return
        }
        defer { instance.chosen = nil }
        do throws(BackupError) {
            switch world.executor.random.below(6) {
            case 0, 1:
                let names = try await daemon.order(try BackupID("\(world.executor.random.below(1_000))"))
                // What was accepted can be seen at once.
                guard !instance.isCut, let name = names.first.flatMap({ SnapshotName($0) }) else { continue }
                if case .failure(let error) = await found(daemon, name.id), error.code == .notFound, !instance.isCut {
                    let isThere = world.engine.withState { $0.repositories["backups"]?.snapshot(names[0]) != nil }
                    if isThere { world.fail("\(name.id) was accepted, and then not found") }
                }
            case 2:
                // Somebody may delete whatever is no scheduled backup.
                let mine = try await daemon.sharedLook().get().filter {
                    $0.metadata?.due == nil && $0.state == .completed && $0.metadata != nil
                }
                guard mine.count > 1, let oldest = mine.last else { continue }
                instance.chosen = oldest.id
                try await daemon.delete(oldest.id)
            case 3: await daemon.reload(configuration(keepLast: 3))
            case 4:
                let night = nextNight(after: world.trueTime) + .milliseconds(world.executor.random.below(5_000))
                guard world.executor.elapsed + (night - world.trueTime) < quiet,
                    (try? await instance.sleep(for: night - world.trueTime)) != nil,
                    let running = try await daemon.sharedLook().get().first(where: { $0.state == .inProgress })
                else { continue }
                instance.chosen = running.id
                try await daemon.cancel(running.id)
                if let due = running.metadata?.due { record.cancelled[due.time.rfc3339] = world.executor.elapsed }
                world.log("\(instance.name): a person cancelled \(running.id)")
            default: _ = StandingMetrics(daemon.standing).families
            }
        } catch {
            world.log("\(instance.name): a person was told \(error.code.rawValue)")
        }
    }
}

private func found(_ daemon: Daemon, _ id: BackupID) async -> Result<Backup, BackupError> {
    do throws(BackupError) { return .success(try await daemon.inspect(id)) } catch { return .failure(error) }
}

private func engineTrouble(_ world: World, until end: Duration) async {
    let nature = world.makeInstance()
    var number = 0
    while world.executor.elapsed < end {
        number += 1
        guard (try? await nature.sleep(for: .seconds(world.executor.random.below(2 * 86_400)))) != nil else { return }
        let (kind, drawn, now) = (world.executor.random.below(8), world.executor.random.below(20_000), world.trueTime)
        world.log("trouble \(kind)")
        world.engine.withState { state in
            state.advance(to: now)
            switch kind {
            case 0: state.restart()
            case 1: state.repositories["backups"]?.storage = drawn % 3 == 0 ? .full : .working
            case 2: state.indices["optimize-process-instance-\(drawn % 5)_v8"] = EngineState.Index()
            case 3: state.indices["optimize-process-instance-\(drawn % 5)_v8"] = nil
            case 4, 5:
                // Mostly short, so that a month takes few steps; once in a while minutes.
                let duration = drawn % 8 == 0 ? Duration.seconds(drawn / 100) : .milliseconds(drawn / 40)
                state.nextSnapshot = (duration, drawn % 10 == 0 ? .partial : .success)
            default: addForeignSnapshot(&state, number, now)
            }
        }
    }
    world.faultsPerMille = 0
    world.engine.withState { state in
        state.repositories["backups"]?.storage = .working
        state.nextSnapshot = (.milliseconds(2_000), .success)
    }
}
