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
/// The host's clock is set forward and back, the daemon dies and comes back, is suspended, and lacks or pauses a job for a while; and
/// sometimes a second one runs beside it. Every fire time of every job ends once, and none gets two good backups.
package func yearScenario(_ world: World) async {
    setUpOptimize(world)
    world.faultsPerMille = [0, 0, 10][world.executor.random.below(3)]
    let ledger = Ledger(patience: .seconds(86_400)) { world.fail($0) }
    await withDiscardingTaskGroup { group in
        for number in 1...(world.executor.random.chance(250) ? 2 : 1) {
            group.addTask { await years(of: number, world, ledger) }
        }
        group.addTask { await longSnapshots(world) }
    }
    ledger.close()
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

private func years(of number: Int, _ world: World, _ ledger: Ledger) async {
    let host = Host(
        "host-\(number)", DaemonSettings(jobs: jobs), operation: "daemon", timeout: .seconds(6 * 3_600),
        takeUpWithin: .seconds(86_400))
    while world.executor.elapsed < year {
        let instance = world.makeInstance()
        let death = min(world.executor.elapsed + .seconds(86_400 * (5 + world.executor.random.below(120))), year)
        await world.live(on: host, ledger, until: death, with: instance) { daemon, watch in
            await withDiscardingTaskGroup { group in
                group.addTask { await setClock(world, instance, watch) }
                group.addTask { await reload(world, daemon, instance, host) }
                group.addTask {
                    await world.suspendNowAndThen(
                        watch, pause: .seconds(100 * 86_400), longest: .seconds(12 * 86_400), until: year
                    ) { jobs[0].nextFireTime(after: $0)?.time }
                }
            }
        }
        let rest = world.makeInstance()
        try? await rest.sleep(for: .seconds(world.executor.random.below(5 * 86_400)))
    }
}

private func setClock(_ world: World, _ instance: Instance, _ watch: LifeWatch) async {
    while true {
        let rest = Duration.seconds(86_400 * (2 + world.executor.random.below(40)))
        guard (try? await instance.sleep(for: rest)) != nil else { return }
        // Asleep or wrong for days, right again after that, or set by some hours.
        let step: Duration =
            switch world.executor.random.below(10) {
            case 0..<3: .seconds(world.executor.random.below(20 * 86_400))
            case 3..<5: .seconds(-world.executor.random.below(20 * 86_400))
            default: .seconds(world.executor.random.below(5 * 3_600) - 9_000)
            }
        watch.stepClock(by: step)
    }
}

/// Now and then the configuration lacks a job, or pauses one.
private func reload(_ world: World, _ daemon: Daemon, _ instance: Instance, _ host: Host) async {
    while true {
        let rest = Duration.seconds(86_400 * (1 + world.executor.random.below(80)))
        guard (try? await instance.sleep(for: rest)) != nil else { return }
        let (kind, chosen) = (world.executor.random.below(3), world.executor.random.below(jobs.count))
        var jobs = jobs
        if kind == 0 { jobs[chosen].isPaused = true }
        if kind == 1 { jobs.remove(at: chosen) }
        host.settings = DaemonSettings(jobs: jobs)
        await daemon.reload(host.settings)
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
