internal import BackupDaemon
internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import Retention
internal import Scheduling
internal import SimulatedEngine
internal import Time

/// A year of three jobs in zones whose clocks change, one of which sometimes runs over the next one's fire time.
///
/// The host's clock is set forward and back, the daemon dies and comes back, and sometimes a second one runs beside it. Every fire
/// time within a daemon's life ends once, none gets two good backups, and none is skipped but for a later one.
package func yearScenario(_ world: World) async {
    setUpOptimize(world)
    world.faultsPerMille = [0, 0, 10][world.executor.random.below(3)]
    let record = YearRecord()
    await withDiscardingTaskGroup { group in
        for _ in 0..<(world.executor.random.chance(250) ? 2 : 1) {
            group.addTask { await yearOfAHost(world, record) }
        }
        group.addTask { await longSnapshots(world) }
    }
    for (due, ids) in record.good.sorted(by: { $0.key < $1.key }) where ids.count > 1 {
        world.fail("the fire time \(due) has several good backups: \(ids.sorted())")
    }
}

private let year = Duration.seconds(365 * 86_400)

private let jobs: [JobSettings] = {
    let given = [
        ("berlin", "30 2 * * sun", "Europe/Berlin"), ("dublin", "0 40 1 ? * SUN", "Europe/Dublin"),
        ("lord-howe", "15 2 * * sun", "Australia/Lord_Howe"),
    ]
    return given.map { name, text, zone in
        guard let schedule = try? Schedule(text), let zone = try? Zone.load(zone) else {
            preconditionFailure("\(name) is a good job")
        }
        var job = JobSettings(name: name, schedule: schedule, zone: zone)
        job.retention = RetentionPolicy(keepLast: 2)
        job.catchUpWithin = .seconds(3 * 86_400)
        return job
    }
}()

/// What became of fire times, over all hosts.
private final class YearRecord: @unchecked Sendable {
    // Unchecked: used by the simulation's one thread.
    var good: [String: Set<String>] = [:]
}

/// What became of fire times in one daemon's life.
private final class LifeRecord: @unchecked Sendable {
    // Unchecked: used by the simulation's one thread.
    var outcomes: [FireTimeOfJob: [Outcome]] = [:]

    struct FireTimeOfJob: Hashable {
        let job: String
        let time: Instant
    }
}

private func yearOfAHost(_ world: World, _ record: YearRecord) async {
    while world.executor.elapsed < year {
        let (instance, life) = (world.makeInstance(), LifeRecord())
        instance.operation = "daemon"
        let daemon = Daemon(
            repository: makeRepository(
                world, instance, timeout: .seconds(6 * 3_600), takeUpWithin: .seconds(86_400)),
            settings: DaemonSettings(jobs: jobs),
            observe: observer(world, instance, entry: { note($0, record) }) { event in
                for (outcome, job, time) in event.outcomes(jobs) {
                    settle(outcome, job, time, life, world, instance)
                }
            })
        let start = instance.now()
        let death = min(world.executor.elapsed + .seconds(86_400 * (5 + world.executor.random.below(120))), year)
        var (end, wasSetBackByDays) = (start, false)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await daemon.run() }
            while world.executor.elapsed < death {
                let rest = min(death - world.executor.elapsed, .seconds(86_400 * (2 + world.executor.random.below(40))))
                try? await instance.sleep(for: rest)
                guard world.executor.elapsed < death else { break }
                // Asleep or wrong for days, right again after that, or set by some hours.
                let step: Duration =
                    switch world.executor.random.below(10) {
                    case 0..<3: .seconds(world.executor.random.below(20 * 86_400))
                    case 3..<5: .seconds(-world.executor.random.below(20 * 86_400))
                    default: .seconds(world.executor.random.below(5 * 3_600) - 9_000)
                    }
                wasSetBackByDays = wasSetBackByDays || step < .seconds(-86_400)
                world.log("\(instance.name) sets its clock by \(step)")
                instance.stepClock(by: step)
            }
            end = instance.now()
            world.log("\(instance.name) dies")
            instance.cut()
            group.cancelAll()
        }
        check(life, world, from: start, to: end - .seconds(86_400), mayMissTwice: wasSetBackByDays)
        let rest = world.makeInstance()
        try? await rest.sleep(for: .seconds(world.executor.random.below(5 * 86_400)))
    }
}

private func settle(
    _ outcome: Outcome, _ job: String, _ time: Instant, _ life: LifeRecord, _ world: World, _ instance: Instance
) {
    let before = life.outcomes[.init(job: job, time: time)] ?? []
    // Only those without another outcome were missed of a run of fire times.
    if outcome == .missed, before.contains(where: { $0 != .missed }) { return }
    world.log("\(instance.name) \(job) \(time) \(outcome)")
    life.outcomes[.init(job: job, time: time)] = before + [outcome]
    guard outcome == .skipped, let skipped = jobs.first(where: { $0.name == job }) else { return }
    if skipped.nextFireTime(after: time).map({ $0.time > instance.now() }) ?? true {
        world.fail("the fire time \(time.rfc3339) of \(job) was skipped, though no later one has come")
    }
}

private func note(_ entry: LogEntry, _ record: YearRecord) {
    guard entry.id == .backupCompleted, let due = entry.fields.first(where: { $0.name == "DUE_TIME" })?.value,
        let id = entry.fields.first(where: { $0.name == "BACKUP_ID" })?.value
    else { return }
    record.good[due, default: []].insert(id)
}

/// Each fire time between the daemon's start and a day before its end has ended, and once.
///
/// - Parameter mayMissTwice: whether a clock may have gone past the same fire times more than once.
private func check(
    _ life: LifeRecord, _ world: World, from start: Instant, to end: Instant, mayMissTwice: Bool
) {
    for job in jobs {
        var cursor = start
        while let fire = job.nextFireTime(after: cursor)?.time, fire <= end {
            cursor = fire
            let outcomes = life.outcomes[.init(job: job.name, time: fire)] ?? []
            if outcomes.isEmpty { world.fail("the fire time \(fire.rfc3339) of \(job.name) has no outcome") }
        }
    }
    for (fire, outcomes) in life.outcomes.sorted(by: { ($0.key.time, $0.key.job) < ($1.key.time, $1.key.job) }) {
        // What a clock that was wrong had made missed may come again once the clock is right.
        let others = outcomes.filter { $0 != .missed }
        if others.count > 1 || !mayMissTwice && outcomes.count - others.count > 1 {
            world.fail("the fire time \(fire.time.rfc3339) of \(fire.job) ended \(outcomes.count) times: \(outcomes)")
        }
    }
}

/// Most snapshots are quick; some take so long that fire times come while they run.
private func longSnapshots(_ world: World) async {
    let nature = world.makeInstance()
    while world.executor.elapsed < year {
        let seconds = world.executor.random.chance(50) ? 700 : 0
        let now = world.trueTime
        world.engine.withState { state in
            state.advance(to: now)
            state.nextSnapshot.duration = seconds == 0 ? .milliseconds(80) : .seconds(seconds)
        }
        guard (try? await nature.sleep(for: .seconds(86_400 * (1 + world.executor.random.below(6))))) != nil else {
            return
        }
    }
}
