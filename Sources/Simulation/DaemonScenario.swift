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

/// A month of nights: one daemon or two, whose configurations differ and change, which crash, are told to end, are suspended and come
/// back; people who use them, and an engine that has its troubles.
///
/// Every fire time of every job ends once. The last two nights are quiet, and must end in good backups.
package func daemonScenario(_ world: World) async {
    setUpOptimize(world)
    let quiet = month - .seconds(2 * 86_400 + 6 * 3_600)
    world.faultsPerMille = [0, 5, 30][world.executor.random.below(3)]
    // In the middle of the month, half of the time.
    let disaster = Disaster(
        at: world.executor.random.chance(500)
            ? .seconds((6 + world.executor.random.below(16)) * 86_400 + world.executor.random.below(86_400)) : nil)
    let ledger = Ledger(patience: .seconds(26 * 3_600)) { world.fail($0) }
    let record = NightRecord(ledger)
    await withDiscardingTaskGroup { group in
        for number in 1...1 + world.executor.random.below(2) {
            let host = Host(
                "host-\(number)", configuration(world.executor.random.below(configurations.count)),
                operation: "daemon", timeout: .seconds(1_200), takeUpWithin: .seconds(7_200))
            group.addTask { await months(of: host, world, crashesUntil: quiet, record, disaster) }
        }
        group.addTask { await strike(disaster, world, record, until: quiet) }
        group.addTask { await engineTrouble(world, until: quiet) }
        group.addTask { await nightTrouble(world, until: quiet) }
        group.addTask { await world.upgradeEngine(until: quiet, next: nextNight) }
        group.addTask { await world.damageBlobs(pause: .seconds(2 * 86_400), until: quiet) }
    }
    ledger.close()
    let now = world.trueTime
    let lastNight = nights(before: now).last.map(\.rfc3339) ?? ""
    if !record.good.contains(lastNight) {
        world.fail("the last night, \(lastNight), has no good backup, though all was quiet")
    }
    // Backups that could not be read for days may all heal at once: so many wait for a person.
    await prune(world, world.makeInstance(), configuration(whole), formerClusters: world.formerClusters)
    let cluster = world.cluster
    let kept = world.engine.withState {
        ($0.repositories["backups"]?.snapshots ?? []).count { snapshot in
            snapshot.metadata?["jobs"] != nil && snapshot.state == "SUCCESS"
                && snapshot.metadata?["cluster"]?.string == cluster
        }
    }
    // Three of each job are kept, and what alone holds an index, or is the last of a version; failed halves stay for a week, and somebody
    // may have been in the way of a delete.
    if kept > 2 * 6 + 40 { world.fail("\(kept) snapshots are left of three backups of each job") }
}

/// When the cluster is lost, by the time since the world began; nil if it is not.
private struct Disaster {
    let moment: Duration?

    init(at moment: Duration?) { self.moment = moment }

    /// When a life ends that would end then: nothing outlives the cluster.
    func end(of life: Duration, from now: Duration) -> Duration {
        moment.map { now < $0 ? min(life, $0) : life } ?? life
    }

    /// When a host comes back at the earliest.
    func rest(from now: Duration) -> Duration {
        moment.map { now < $0 + .seconds(60) && now > $0 - .seconds(60) ? .seconds(120) : .zero } ?? .zero
    }
}

/// The cluster is lost, and rebuilt; now and then the old one was not dead after all.
private func strike(_ disaster: Disaster, _ world: World, _ record: NightRecord, until end: Duration) async {
    guard let moment = disaster.moment else { return }
    let nature = world.makeInstance()
    // Whoever was told to end has done so.
    try? await nature.sleep(for: moment + .seconds(30) - world.executor.elapsed)
    let old = world.cluster
    world.rebuildCluster()
    // What was paused there is not paused here.
    for job in ["nightly", "weekly"] {
        record.ledger.resumeBegins(job, now: world.trueTime)
        record.ledger.resumeStands(job, now: world.trueTime)
    }
    guard world.executor.random.chance(400) else { return }
    for _ in 0..<(1 + world.executor.random.below(6)) {
        let night = nextNight(after: world.trueTime)
        guard world.executor.elapsed + (night - world.trueTime) < end,
            (try? await nature.sleep(for: night - world.trueTime + .seconds(world.executor.random.below(60)))) != nil
        else { return }
        world.addTwinBackup(of: old, dueAt: night)
    }
}

private let month = Duration.seconds(30 * 86_400)

/// The nights' fire times: 02:00 in UTC.
private func nights(before now: Instant) -> [Instant] {
    let day: Int64 = 86_400
    let first = floorDivision(1_800_000_000, day) * day + 2 * 3_600
    return stride(from: first, to: now.secondsSinceEpoch - 1_800, by: Int64.Stride(day)).map {
        Instant(secondsSinceEpoch: $0)
    }
}

/// Which nights have a good backup, and which were cancelled.
private final class NightRecord: @unchecked Sendable {
    // Unchecked: used by the simulation's one thread.
    let ledger: Ledger
    var good: Set<String> = []
    /// Fire times whose backup somebody has cancelled, with the moment.
    var cancelled: [String: Duration] = [:]

    init(_ ledger: Ledger) { self.ledger = ledger }

    func note(_ entry: LogEntry, _ world: World) {
        guard entry.id == .backupCompleted, let due = entry.fields.first(where: { $0.name == "DUE_TIME" })?.value,
            let id = entry.fields.first(where: { $0.name == "BACKUP_ID" })?.value
        else { return }
        good.insert(due)
        // An order that was on its way by then may still be carried out.
        let duration = entry.fields.first { $0.name == "DURATION_USEC" }.flatMap { Int64($0.value) } ?? 0
        if let moment = cancelled[due], world.executor.elapsed - .microseconds(duration) - moment > .seconds(60) {
            world.fail("the fire time \(due) was cancelled, and \(id) came back")
        }
    }
}

/// A machine on which the daemon runs, dies and is started again.
private func months(
    of host: Host, _ world: World, crashesUntil quiet: Duration, _ record: NightRecord, _ disaster: Disaster
) async {
    while world.executor.elapsed < month {
        let instance = world.makeInstance()
        host.formerClusters = world.executor.random.chance(500) ? world.formerClusters : host.formerClusters
        let plan = disaster.end(of: drawDeath(world), from: world.executor.elapsed)
        let isLast = plan >= quiet
        await world.live(
            on: host, record.ledger, until: isLast ? month : plan, with: instance, entry: { record.note($0, world) }
        ) { daemon, watch in
            await withDiscardingTaskGroup { group in
                group.addTask { await person(world, daemon, instance, host, record, until: quiet) }
                group.addTask {
                    await world.suspendNowAndThen(
                        watch, pause: .seconds(12 * 86_400), longest: .seconds(30 * 3_600),
                        until: quiet - .seconds(2 * 86_400), next: nextNight)
                }
                group.addTask { await stepClock(world, instance, watch, until: quiet) }
            }
        }
        guard !isLast else { return }
        let rest = world.makeInstance()
        let longest = world.executor.random.chance(200) ? 14 * 3_600 : 3_600
        let pause = max(.seconds(world.executor.random.below(longest)), disaster.rest(from: world.executor.elapsed))
        try? await rest.sleep(for: pause)
    }
}

/// A host's clock is wrong for a while, by some hours or days, and is set right again.
private func stepClock(_ world: World, _ instance: Instance, _ watch: LifeWatch, until quiet: Duration) async {
    guard world.executor.random.chance(150) else { return }
    let wait = world.executor.random.below(5 * 86_400)
    guard (try? await instance.sleep(for: .seconds(wait))) != nil, world.executor.elapsed < quiet else { return }
    let hours = world.executor.random.below(96) - 48
    watch.stepClock(by: .seconds(hours * 3_600))
    try? await instance.sleep(for: .seconds(world.executor.random.below(86_400)))
    if !instance.isCut { watch.stepClock(by: .seconds(-hours * 3_600)) }
}

/// When it dies: at any time within eight days, or near a fire time's backup, perhaps before its next attempt.
private func drawDeath(_ world: World) -> Duration {
    let death = world.executor.elapsed + .seconds(3_600 + world.executor.random.below(8 * 86_400))
    guard world.executor.random.chance(600) else { return death }
    let instant = world.trueTime + (death - world.executor.elapsed)
    let longest = world.executor.random.chance(700) ? 6_000 : 900_000
    return death + (nextNight(after: instant) - instant) + .milliseconds(world.executor.random.below(longest))
}

/// The fire time of the day after.
private func nextNight(after instant: Instant) -> Instant {
    Instant(secondsSinceEpoch: floorDivision(instant.secondsSinceEpoch, 86_400) * 86_400 + 86_400 + 2 * 3_600)
}

/// The number of the configuration that has all jobs, and pauses none.
private let whole = 1

/// What hosts may be told to do: which jobs they have, and which of them are paused.
private let configurations: [[(name: String, isPaused: Bool)]] = [
    [("nightly", false)], [("nightly", false), ("weekly", false)], [("nightly", true), ("weekly", false)],
    [("nightly", false), ("weekly", true)],
]

private func configuration(_ number: Int) -> DaemonSettings {
    let jobs = configurations[number].map { name, isPaused in
        guard let schedule = try? Schedule(name == "nightly" ? "0 2 * * *" : "0 2 * * 1,4") else {
            preconditionFailure("a good expression")
        }
        var job = JobSettings(name: name, schedule: schedule)
        job.retention = RetentionPolicy(keepLast: 3)
        job.isPaused = isPaused
        return job
    }
    return DaemonSettings(jobs: jobs, retention: RetentionPolicy(keepLast: 2))
}

/// Somebody who orders backups by hand now and then, deletes and cancels some, pauses jobs, and reloads the configuration.
private func person(
    _ world: World, _ daemon: Daemon, _ instance: Instance, _ host: Host, _ record: NightRecord, until quiet: Duration
) async {
    while !instance.isCut, !Task.isCancelled, world.executor.elapsed < quiet {
        let rest = Duration.seconds(3_600 + world.executor.random.below(3 * 86_400))
        guard (try? await instance.sleep(for: min(rest, quiet - world.executor.elapsed))) != nil else { return }
        guard world.executor.elapsed < quiet else { break }
        do throws(BackupError) {
            try await act(world, daemon, instance, host, record, until: quiet)
        } catch {
            world.log("\(instance.name): a person was told \(error.code.rawValue)")
        }
        instance.chosen = nil
    }
    await settle(world, daemon, instance, host, record)
}

private func act(
    _ world: World, _ daemon: Daemon, _ instance: Instance, _ host: Host, _ record: NightRecord, until quiet: Duration
) async throws(BackupError) {
    let job = world.executor.random.chance(500) ? "nightly" : "weekly"
    switch world.executor.random.below(10) {
    case 0, 1:
        let names = try await daemon.order(try BackupID("\(world.executor.random.below(1_000))"))
        // What was accepted can be seen at once.
        guard !instance.isCut, let name = names.first.flatMap({ SnapshotName($0) }) else { return }
        if case .failure(let error) = await found(daemon, name.id), error.code == .notFound, !instance.isCut {
            let isThere = world.engine.withState { $0.repositories["backups"]?.snapshot(names[0]) != nil }
            if isThere { world.fail("\(name.id) was accepted, and then not found") }
        }
    case 2:
        // Somebody may delete whatever is no scheduled backup.
        let mine = try await daemon.sharedLook().get().filter {
            $0.metadata?.due == nil && $0.state == .completed && $0.metadata != nil
        }
        guard mine.count > 1, let oldest = mine.last else { return }
        instance.chosen = oldest.id
        instance.chosenForDeletion.insert(oldest.id)
        try await daemon.delete(oldest.id)
    case 3, 4: await reload(daemon, host, configuration(world.executor.random.below(configurations.count)))
    case 5:
        let night = nextNight(after: world.trueTime) + .milliseconds(world.executor.random.below(5_000))
        guard world.executor.elapsed + (night - world.trueTime) < quiet,
            (try? await instance.sleep(for: night - world.trueTime)) != nil,
            let running = try await daemon.sharedLook().get().first(where: {
                $0.state == .inProgress && $0.cluster == nil
            })
        else { return }
        instance.chosen = running.id
        if let due = running.metadata?.due { record.ledger.cancel(due.time) }
        try await daemon.cancel(running.id)
        if let due = running.metadata?.due { record.cancelled[due.time.rfc3339] = world.executor.elapsed }
        world.log("\(instance.name): a person cancelled \(running.id)")
    case 6: _ = try await daemon.run(job: job)
    case 7:
        record.ledger.pauseBegins(job, now: world.trueTime)
        if try await daemon.pause(job: job, reason: ""), !instance.isCut {
            record.ledger.pauseStands(job, now: world.trueTime)
        }
    case 8: try await resume(job, daemon, record, world)
    default: _ = StandingMetrics(daemon.standing).families
    }
}

private func reload(_ daemon: Daemon, _ host: Host, _ settings: DaemonSettings) async {
    host.settings = settings
    await daemon.reload(settings)
}

private func resume(
    _ job: String, _ daemon: Daemon, _ record: NightRecord, _ world: World
) async throws(BackupError) {
    record.ledger.resumeBegins(job, now: world.trueTime)
    try await daemon.resume(job: job)
    record.ledger.resumeStands(job, now: world.trueTime)
}

/// Before the last nights, all that was changed is set right.
private func settle(
    _ world: World, _ daemon: Daemon, _ instance: Instance, _ host: Host, _ record: NightRecord
) async {
    guard !instance.isCut, !Task.isCancelled else { return }
    await reload(daemon, host, configuration(whole))
    for job in ["nightly", "weekly"] {
        while !instance.isCut, !Task.isCancelled {
            do throws(BackupError) {
                try await resume(job, daemon, record, world)
                break
            } catch {
                guard (try? await instance.sleep(for: .seconds(600))) != nil else { return }
            }
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
        if [2, 3].contains(kind) { world.setIndex("optimize-process-instance-\(drawn % 5)_v8", isThere: kind == 2) }
        world.engine.withState { state in
            state.advance(to: now)
            switch kind {
            case 0: state.restart()
            case 1: state.repositories["backups"]?.storage = drawn % 3 == 0 ? .full : .working
            case 2, 3: break
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

/// While a night's backup is taken, slower than others or ordered in vain at first, Optimize is upgraded, or makes or deletes an
/// index.
private func nightTrouble(_ world: World, until end: Duration) async {
    let nature = world.makeInstance()
    while world.executor.elapsed < end {
        let rest = Duration.seconds(world.executor.random.below(6 * 86_400))
        let night = nextNight(after: world.trueTime + rest)
        let (seconds, kind) = (20 + world.executor.random.below(200), world.executor.random.below(6))
        let wait = night - world.trueTime - .seconds(20)
        guard world.executor.elapsed + wait < end, (try? await nature.sleep(for: wait)) != nil else { return }
        let now = world.trueTime
        world.engine.withState { state in
            state.advance(to: now)
            state.nextSnapshot = (.seconds(seconds), .success)
        }
        let isOrderLate = world.executor.random.chance(400)
        if isOrderLate {
            let part = world.executor.random.chance(500) ? "_part_1_of_2" : "_part_2_of_2"
            world.orderFaults = (part, [.late, .lostRequest, .lostRequest, .lostRequest])
        }
        let moment = Duration.milliseconds(world.executor.random.below(isOrderLate ? 40_000 : 1_500 * seconds))
        guard (try? await nature.sleep(for: .seconds(20) + moment)) != nil else { return }
        if kind == 0 {
            world.upgradeOptimize()
        } else {
            let names = [
                "optimize-process-instance-1_v8", "optimize-process-instance-2_v8", "optimize-import-index_v5",
            ]
            world.setIndex(names[kind % 3], isThere: world.executor.random.chance(600))
        }
        world.executor.schedule(after: .seconds(3_600)) { world.orderFaults = ("", []) }
    }
}
