internal import BackupDaemon
internal import Backups
internal import Configuration
internal import HTTP
internal import JSON
internal import Retention
internal import Scheduling
internal import SimulatedEngine
internal import Time

/// A repository with a history, which two daemons and a person prune at once, while answers are lost and the engine restarts.
///
/// No good backup goes that the plan keeps; what a quiet last run leaves is the plan exactly.
package func pruneScenario(_ world: World) async {
    setUpOptimize(world)
    addHistory(world)
    world.faultsPerMille = [0, 30, 150][world.executor.random.below(3)]
    world.whenDeleting = { names, instance in checkAgainstPlan(names, world, now: instance.now()) }
    let end = Duration.seconds(8 * 3_600)
    await withDiscardingTaskGroup { group in
        for _ in 0..<2 { group.addTask { await pruningHost(world, until: end) } }
        group.addTask { await pruningPerson(world, until: end) }
        group.addTask { await holder(world, until: end) }
        group.addTask { await restarts(world, until: end) }
        group.addTask { await world.damageBlobs(pause: .seconds(2_400), until: end) }
    }
    world.faultsPerMille = 0
    world.engine.withState { $0.repositories["backups"]?.storage = .working }
    let last = world.makeInstance()
    // Whatever runs ends meanwhile.
    try? await last.sleep(for: .seconds(600))
    await prune(world, last, settings)
    let plan = rules.plan(candidates(in: world), now: last.now())
    let left = plan.filter { !$0.keeps }.map(\.candidate.id)
    if !left.isEmpty { world.fail("a quiet run has left \(left)") }
}

private let settings: DaemonSettings = {
    guard let schedule = try? Schedule("@every 1h") else { preconditionFailure("a good expression") }
    var nightly = JobSettings(name: "nightly", schedule: schedule)
    nightly.retention = RetentionPolicy(keepLast: 3, keep: [.daily: 4, .weekly: 2])
    var paused = JobSettings(name: "paused", schedule: schedule)
    paused.isPaused = true
    paused.retention.expireAfter = .seconds(28 * 3_600)
    return DaemonSettings(jobs: [nightly, paused], retention: RetentionPolicy(keepLast: 2))
}()

private var rules: RetentionRules {
    RetentionRules(
        jobs: Dictionary(
            uniqueKeysWithValues: settings.jobs.map { ($0.name, .init(policy: $0.retention, zone: .utc)) }),
        byHand: settings.retention,
        removeFailedAfter: settings.defaults.removeFailedAfter)
}

/// Forty backups of the last twenty days, some of them failed, some taken by hand, half of the others of a job that takes none now.
private func addHistory(_ world: World) {
    let now = world.trueTime
    for number in (1...40).reversed() {
        let time = now - .seconds(number * 43_200)
        let (isFailed, isByHand) = (world.executor.random.chance(150), world.executor.random.chance(150))
        let job = world.executor.random.chance(500) ? "paused" : "nightly"
        world.engine.withState { state in
            state.nextSnapshot = (.milliseconds(1), isFailed ? .partial : .success)
            for part in 1...2 {
                var metadata: [String: JSONValue] = [
                    "format": 1, "createdBy": "optimize-backup/simulated", "instance": "past",
                    "cluster": .string(state.clusterUUID), "prefix": "optimize",
                ]
                if !isByHand {
                    metadata["dueTime"] = .string(time.rfc3339)
                    metadata["jobs"] = [.string(job)]
                    metadata["attempt"] = 1
                    metadata["schedule"] = "0000"
                }
                let name = SnapshotName(id: BackupID(fireTime: time), version: "8.6.0", part: part)
                let body: JSONValue = ["indices": ["somebody-elses"], "metadata": .object(metadata)]
                _ = state.respond(
                    to: HTTPRequest(.put, "/_snapshot/backups/\(name)", body: body.bytes), at: time + .seconds(part))
            }
            state.nextSnapshot = (.milliseconds(50), .success)
        }
    }
    world.engine.withState { $0.advance(to: now) }
}

/// The backups as they truly are, but for those that can't be read: that lets retention keep more, never less.
///
/// - Parameter damaged: the uuids of the snapshots that can't be read.
private func candidates(in world: World, damaged: Set<String> = []) -> [Candidate] {
    let snapshots = world.engine.withState { $0.repositories["backups"]?.snapshots ?? [] }
    let held = heldIDs(by: Set(snapshots.map(\.name)))
    var parts: [String: [EngineState.Snapshot]] = [:]
    for snapshot in snapshots {
        guard let name = SnapshotName(snapshot.name), snapshot.metadata?["prefix"] == "optimize",
            snapshot.metadata?["cluster"] != "another"
        else { continue }
        parts[name.id.description, default: []].append(snapshot)
    }
    return parts.sorted { $0.key < $1.key }.map { id, parts in
        let due = parts[0].metadata?["dueTime"]?.string.flatMap { try? Instant(rfc3339: $0) }
        let isRunning = parts.contains(where: \.isRunning) || parts.count == 1 && parts[0].state == "SUCCESS"
        let isGood = parts.count == 2 && parts.allSatisfy { $0.state == "SUCCESS" }
        let isDamaged = parts.contains { damaged.contains($0.uuid) }
        return Candidate(
            id: id, time: due ?? parts[0].start, startTime: parts[0].start,
            state: isDamaged ? .unreadable : isGood ? .completed : isRunning ? .inProgress : .useless,
            jobs: parts[0].metadata?["jobs"]?.strings ?? [], hold: held.contains(id) ? "" : nil)
    }
}

/// Good backups that are about to go are none that the plan keeps.
private func checkAgainstPlan(_ names: [String], _ world: World, now: Instant) {
    let ids = Set(names.compactMap { SnapshotName($0)?.id.description })
    for decision in rules.plan(candidates(in: world), now: now)
    where decision.keeps && decision.candidate.state == .completed && ids.contains(decision.candidate.id) {
        // A hold that comes between the look and the delete comes too late.
        guard decision.reasons != [.held(reason: "")] else { continue }
        world.fail("\(decision.candidate.id) goes, though the plan keeps it: \(decision.reasons)")
    }
    guard world.blobsAreSteady else { return }
    let damaged = world.damagedUUIDs
    for decision in rules.plan(candidates(in: world, damaged: damaged), now: now)
    where ids.contains(decision.candidate.id) && decision.reasons.contains(where: isOfNewest) {
        world.fail("\(decision.candidate.id) goes, the newest good backup of its job that can be read")
    }
}

private func pruningHost(_ world: World, until end: Duration) async {
    while world.executor.elapsed < end {
        let instance = world.makeInstance()
        instance.operation = "daemon"
        let daemon = Daemon(
            repository: makeRepository(world, instance, timeout: .seconds(600)), settings: settings,
            observe: observer(world, instance))
        let death = min(world.executor.elapsed + .seconds(600 + world.executor.random.below(12_000)), end)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await daemon.run() }
            try? await instance.sleep(for: death - world.executor.elapsed)
            instance.cut()
            group.cancelAll()
        }
    }
}

private func isOfNewest(_ reason: RetentionReason) -> Bool {
    if case .newestCompleted = reason { true } else { false }
}

/// What a person does with `prune --yes`.
func prune(
    _ world: World, _ instance: Instance, _ settings: DaemonSettings, formerClusters: [String] = []
) async {
    instance.operation = "prune"
    let repository = makeRepository(
        world, instance, timeout: .seconds(600), formerClusters: formerClusters)
    var pruning = Pruning(repository: repository, settings: settings)
    pruning.isConfirmed = true
    let report = await pruning.run { _ in }
    world.log("\(instance.name) pruned \(report.removed.count), \(report.failures.count) failures")
}

private func pruningPerson(_ world: World, until end: Duration) async {
    while world.executor.elapsed < end {
        let instance = world.makeInstance()
        if world.executor.random.chance(300) {
            world.executor.schedule(after: .milliseconds(world.executor.random.below(8_000))) { instance.cut() }
        }
        await prune(world, instance, settings)
        let rest = world.makeInstance()
        try? await rest.sleep(for: .seconds(60 + world.executor.random.below(5_400)))
    }
}

/// Somebody who holds a backup now and then, and lets it go.
private func holder(_ world: World, until end: Duration) async {
    while world.executor.elapsed < end {
        let instance = world.makeInstance()
        instance.operation = "hold"
        let repository = makeRepository(world, instance, timeout: .seconds(600))
        do throws(BackupError) {
            let backups = try await repository.backups.list()
            if !backups.isEmpty {
                let backup = backups[world.executor.random.below(backups.count)]
                if backup.hold != nil {
                    try await repository.markers.release(backup.id, by: "somebody")
                } else {
                    _ = try await repository.markers.hold(
                        backup.id, reason: "", until: nil, by: "somebody", within: .seconds(2))
                }
            }
        } catch {
            world.log("\(instance.name): somebody was told \(error.code.rawValue)")
        }
        let rest = world.makeInstance()
        try? await rest.sleep(for: .seconds(world.executor.random.below(3_600)))
    }
}

private func restarts(_ world: World, until end: Duration) async {
    let nature = world.makeInstance()
    while world.executor.elapsed < end {
        guard (try? await nature.sleep(for: .seconds(world.executor.random.below(3_600)))) != nil else { return }
        let (kind, now) = (world.executor.random.below(4), world.trueTime)
        world.log("trouble \(kind)")
        world.engine.withState { state in
            state.advance(to: now)
            switch kind {
            case 0: state.restart()
            case 1:
                let wasWorking = state.repositories["backups"]?.storage == .working
                state.repositories["backups"]?.storage = wasWorking ? .full : .working
            case 2: addForeignSnapshot(&state, Int(now.secondsSinceEpoch % 1_000), now)
            default: break
            }
        }
    }
}
