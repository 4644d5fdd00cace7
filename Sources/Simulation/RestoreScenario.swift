internal import BackupDaemon
internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import JSON
internal import Restores
internal import Retention
internal import SimulatedEngine
internal import Time

/// Hosts restore a backup, die at any moment and begin again, while others take backups and prune, and the engine crashes.
///
/// In a quiet world somebody goes on with it in the end, and every index stands as it was.
package func restoreScenario(_ world: World) async {
    setUpOptimize(world)
    let watch = RestoreWatch(world)
    world.whenAsked = { watch.check($0, $1) }
    let scene = RestoreScene(world)
    await scene.takeBackups(world)
    let request = scene.changeIndices(world)
    watch.wanted = [request.id.description]
    world.faultsPerMille = [0, 0, 20, 60, 150][world.executor.random.below(5)]
    let end = world.executor.elapsed + .seconds(3_600)
    await withDiscardingTaskGroup { group in
        for _ in 0..<1 + world.executor.random.below(3) {
            let own = world.executor.random.chance(800) ? request : scene.anotherRequest(world, like: request)
            watch.wanted.insert(own.id.description)
            group.addTask { await restoringHost(world, watch, own, until: end) }
        }
        group.addTask { await backingUp(world, until: end) }
        group.addTask { await prunes(world, watch, until: end) }
        group.addTask { await restoreTrouble(world, until: end) }
    }
    await goOnInPeace(world, watch, request)
}

/// What there is to restore, and what has become of the indices since.
private struct RestoreScene {
    private let isDisaster: Bool
    private let count: Int

    init(_ world: World) {
        isDisaster = world.executor.random.chance(300)
        count = 1 + world.executor.random.below(3)
    }

    /// Takes backups of different contents, with nothing in the way.
    func takeBackups(_ world: World) async {
        for number in 1...count {
            world.engine.withState { state in
                for name in state.indices.keys.sorted() where name.hasPrefix("optimize-") && !name.contains("metadata")
                {
                    state.indices[name]?.write(["generation": .integer(Int64(number))], as: "1")
                }
                if number > 1 { state.indices["optimize-process-instance-a_v8"] = EngineState.Index() }
            }
            let instance = world.makeInstance()
            instance.operation = "create"
            let repository = makeRepository(world, instance, timeout: .seconds(300))
            do throws(BackupError) {
                _ = try await repository.create(BackupOrder(.exactly(try BackupID("\(number)")))) { _ in }
            } catch {
                world.fail("no backup to begin with: \(error)")
            }
        }
    }

    /// Optimize writes on, or everything is lost.
    func changeIndices(_ world: World) -> RestoreRequest {
        let isNewest = world.executor.random.chance(500)
        var request = RestoreRequest(backupID("\(isNewest ? count : 1 + world.executor.random.below(count))"))
        request.replacesExisting = world.executor.random.chance(800)
        request.takesSafetyBackup = world.executor.random.chance(800)
        let (drawn, isDisaster) = (world.executor.random.below(1_000), isDisaster)
        let (extra, isNamed) = (world.executor.random.chance(300), world.executor.random.chance(700))
        world.engine.withState { state in
            for name in state.indices.keys.sorted() where name.hasPrefix("optimize-") {
                if isDisaster || name.hasPrefix("optimize-alert"), drawn % 3 == 0 {
                    state.indices[name] = nil
                } else if !name.contains("metadata") {
                    state.indices[name]?.write(["generation": "later"], as: "\(drawn % 4)")
                }
            }
            if isDisaster { state.indices = state.indices.filter { !$0.key.hasPrefix("optimize-") } }
            if extra { state.indices["optimize-process-instance-extra_v8"] = EngineState.Index() }
        }
        if isNamed { request.alsoDelete = ["optimize-process-instance-extra_v8", "optimize-process-instance-a_v8"] }
        return request
    }

    /// Somebody else wants another backup, or allows another thing.
    func anotherRequest(_ world: World, like request: RestoreRequest) -> RestoreRequest {
        var other = RestoreRequest(backupID("\(1 + world.executor.random.below(count))"))
        other.replacesExisting = world.executor.random.chance(500)
        other.takesSafetyBackup = request.takesSafetyBackup
        other.alsoDelete = request.alsoDelete
        return other
    }
}

/// Somebody at a host who restores until it is done, through however many crashes.
private func restoringHost(
    _ world: World, _ watch: RestoreWatch, _ request: RestoreRequest, until end: Duration
) async {
    let nature = world.makeInstance()
    for _ in 0..<12 where world.executor.elapsed < end {
        try? await nature.sleep(for: .milliseconds(world.executor.random.below(90_000)))
        let limit = world.executor.random.chance(700) ? world.executor.random.below(160) : nil
        if await restore(world, watch, request, requests: limit) { return }
    }
}

/// One life; returns whether it came to its end.
@discardableResult
private func restore(
    _ world: World, _ watch: RestoreWatch, _ request: RestoreRequest, requests limit: Int?
) async -> Bool {
    let instance = world.makeInstance()
    instance.operation = "restore"
    watch.begins(instance, request, requests: limit)
    defer {
        watch.ends(instance)
        instance.cut()
    }
    let repository = makeRepository(world, instance, timeout: .seconds(300))
    let settings = RestoreRun.Settings(
        by: "root@\(instance.name)", process: instance.name, isGone: { watch.isGone($0) },
        watchTime: .milliseconds(500), markerLife: [.seconds(86_400), .seconds(600)][world.executor.random.below(2)],
        stallLimit: .seconds(120))
    let run = RestoreRun(request, in: repository, settings: settings) { event in
        if !instance.isCut { world.log("\(instance.name) \(name(of: event))") }
    }
    do throws(BackupError) {
        let plan = try await run.plan()
        guard plan.obstacles.isEmpty else {
            let kinds = plan.obstacles.map { "\($0)" }
            if !instance.isCut { world.log("\(instance.name) may not: \(kinds.joined(separator: "; "))") }
            return false
        }
        // Somebody is asked, and thinks about it.
        let thought = world.executor.random.chance(300) ? world.executor.random.below(60_000) : 0
        try? await instance.sleep(for: .milliseconds(thought))
        _ = try await run.run(plan)
        guard !instance.isCut else { return false }
        watch.succeeded()
        return true
    } catch {
        if !instance.isCut { world.log("\(instance.name) restore failed: \(error.code.rawValue): \(error)") }
        return false
    }
}

/// Somebody who takes a backup now and then.
private func backingUp(_ world: World, until end: Duration) async {
    let nature = world.makeInstance()
    while world.executor.elapsed < end {
        let instance = world.makeInstance()
        instance.operation = "create"
        if world.executor.random.chance(300) {
            world.executor.schedule(after: .milliseconds(world.executor.random.below(20_000))) { instance.cut() }
        }
        let repository = makeRepository(world, instance, timeout: .seconds(300))
        do throws(BackupError) {
            let look = try await repository.look()
            if let open = look.backups.first, open.state == .inProgress, !open.isRunning,
                world.executor.random.chance(700)
            {
                _ = try await repository.takeUp(open) { _ in }
            } else {
                _ = try await repository.create(BackupOrder(.firstFree(from: instance.now()))) { _ in }
            }
        } catch {
            world.log("\(instance.name) backup failed: \(error.code.rawValue)")
        }
        instance.cut()
        try? await nature.sleep(for: .milliseconds(world.executor.random.below(200_000)))
    }
}

private func prunes(_ world: World, _ watch: RestoreWatch, until end: Duration) async {
    let nature = world.makeInstance()
    let settings = DaemonSettings(jobs: [], retention: RetentionPolicy(keepLast: 1))
    while world.executor.elapsed < end {
        try? await nature.sleep(for: .milliseconds(world.executor.random.below(300_000)))
        // Until somebody holds them, retention may take what is to be restored.
        guard watch.areHeld else { continue }
        let instance = world.makeInstance()
        if world.executor.random.chance(300) {
            world.executor.schedule(after: .milliseconds(world.executor.random.below(8_000))) { instance.cut() }
        }
        await prune(world, instance, settings)
        instance.cut()
    }
}

/// The engine crashes, is slow, or lacks room in its storage; others take snapshots.
private func restoreTrouble(_ world: World, until end: Duration) async {
    let nature = world.makeInstance()
    var number = 0
    while world.executor.elapsed < end {
        try? await nature.sleep(for: .milliseconds(world.executor.random.below(120_000)))
        let (kind, drawn) = (world.executor.random.below(10), world.executor.random.below(60_000))
        let now = world.trueTime
        world.log("trouble \(kind)")
        number += 1
        world.engine.withState { state in
            state.advance(to: now)
            switch kind {
            case 0, 1: state.restart()
            case 2: state.repositories["backups"]?.storage = drawn % 3 == 0 ? .full : .working
            case 3: state.nextSnapshot = (.milliseconds(drawn / 4), drawn % 20 == 0 ? .partial : .success)
            case 4, 5: state.nextRestore = .milliseconds(drawn)
            case 6: addForeignSnapshot(&state, number, now)
            case 7 where drawn % 3 == 0 && state.indices["optimize-alert_v4"] == nil:
                // Somebody starts Optimize.
                state.indices["optimize-alert_v4"] = EngineState.Index()
            case 8:
                // Or where it still finds what it had.
                let name = "optimize-timestamp-based-import-index_v5"
                guard let index = state.indices[name], index.isAssigned, index.restored == nil else { break }
                state.indices[name]?.write(["generation": .integer(Int64(number))], as: "1")
            default: state.nextSnapshot = (.milliseconds(50), .success)
            }
        }
    }
    let now = world.trueTime
    world.engine.withState { state in
        state.advance(to: now)
        state.repositories["backups"]?.storage = .working
        state.nextSnapshot = (.milliseconds(50), .success)
        state.nextRestore = .seconds(2)
    }
}

/// What was begun is gone on with, and what nobody has begun is done now; somebody lifts the marker of what nobody wants.
private func goOnInPeace(_ world: World, _ watch: RestoreWatch, _ request: RestoreRequest) async {
    world.faultsPerMille = 0
    let nature = world.makeInstance()
    // Until no part 2 can follow any more.
    try? await nature.sleep(for: .seconds(3_700))
    var request = request
    request.replacesExisting = true
    request.alsoDelete = ["optimize-process-instance-extra_v8", "optimize-process-instance-a_v8"]
    let before = watch.successes
    for attempt in 0..<6 {
        if let begun = world.standingRestores.last?.name { request.id = backupID(begun.subject) }
        for other in world.standingRestores.map(\.name) where other.subject != request.id.description {
            await lift(other, world, watch)
        }
        await restore(world, watch, request, requests: nil)
        guard watch.successes == before else { break }
        for marker in world.standingRestores.map(\.name) where attempt % 2 == 1 {
            await lift(marker, world, watch)
        }
        // Without both parts there is nothing to back up.
        request.takesSafetyBackup = false
    }
    if watch.successes == before { world.fail("in peace, nobody can restore \(request.id)") }
    for flaw in watch.flaws(of: request.id) { world.fail("in the end \(flaw)") }
    for marker in world.standingRestores { world.fail("in the end \(marker.name) stands") }
}

private func backupID(_ text: String) -> BackupID {
    guard let id = try? BackupID(text) else { preconditionFailure("a good id") }
    return id
}

private func lift(_ marker: MarkerName, _ world: World, _ watch: RestoreWatch) async {
    let instance = world.makeInstance()
    instance.operation = "lift"
    let repository = makeRepository(world, instance, timeout: .seconds(300))
    do throws(BackupError) {
        try await repository.markers.remove(marker.description)
        watch.givesUp(marker.subject)
    } catch {
        world.log("\(marker) can't be lifted: \(error)")
    }
}

private func name(of event: RestoreEvent) -> String {
    switch event {
    case .marked(let marker): "marked \(marker)"
    case .held(let ids): "holds \(ids)"
    case .backingUp(let event): "backs up \(event.id)"
    case .deleted(let names): "deleted \(names)"
    case .ordered(let snapshot, let count): "ordered \(count) of \(snapshot)"
    case .repeating(let snapshot, let why, _): "again \(snapshot): \(why)"
    case .progress(let progress): "at \(Int(progress.fraction * 100))"
    case .left(let marker): "left \(marker)"
    case .unknown(let error): "can't tell: \(error.code.rawValue)"
    }
}
