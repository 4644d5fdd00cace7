internal import Backups
internal import Restores
internal import SimulatedEngine
internal import Time
internal import Verification

/// Hosts drill the same backup at the same times, die at any moment and begin again, while the engine crashes and others take snapshots.
///
/// In a quiet world a last start sweeps what is left: then nothing of any drill stands, and what lives is as it was.
package func drillScenario(_ world: World) async {
    setUpOptimize(world)
    let watch = DrillWatch(world)
    world.whenAsked = { watch.check($0, $1) }
    await takeBackup(world)
    let before = watch.living
    world.faultsPerMille = [0, 0, 20, 60, 150][world.executor.random.below(5)]
    let isCalm = world.faultsPerMille == 0 && world.executor.random.chance(500)
    let now = Instant(secondsSinceEpoch: world.trueTime.secondsSinceEpoch)
    let times = (1...3).map { now + .seconds($0 * 1_800) }
    await withDiscardingTaskGroup { group in
        for number in 0..<1 + world.executor.random.below(3) {
            group.addTask { await drillingHost(world, watch, "host-\(number)", times, isCalm: isCalm) }
        }
        if !isCalm { group.addTask { await drillTrouble(world, until: world.executor.elapsed + .seconds(5_600)) } }
    }
    world.faultsPerMille = 0
    // Until everything that was begun is over, whoever began it.
    try? await world.makeInstance().sleep(for: .seconds(12_000))
    _ = await drill(world, watch, "host-0", due: nil, requests: nil)
    for index in watch.drills { world.fail("in the end \(index) is left") }
    if watch.living != before { world.fail("in the end what lives is another") }
    for time in times where isCalm && watch.proofs(at: time) != 1 {
        world.fail("in a calm world \(watch.proofs(at: time)) hosts say that the drill of \(time.rfc3339) succeeded")
    }
}

private let drilled: BackupID = {
    guard let id = try? BackupID("7") else { preconditionFailure("a good id") }
    return id
}()

private func takeBackup(_ world: World) async {
    let instance = world.makeInstance()
    do throws(BackupError) {
        _ = try await makeRepository(world, instance, timeout: .seconds(300))
            .create(BackupOrder(.exactly(drilled))) { _ in }
    } catch {
        world.fail("no backup to begin with: \(error)")
    }
}

/// A host whose daemon drills at those times, through however many crashes.
private func drillingHost(
    _ world: World, _ watch: DrillWatch, _ host: String, _ times: [Instant], isCalm: Bool
) async {
    let nature = world.makeInstance()
    for time in times {
        try? await nature.sleep(for: time - world.trueTime + .milliseconds(world.executor.random.below(3_000)))
        for _ in 0..<4 {
            let limit = !isCalm && world.executor.random.chance(500) ? world.executor.random.below(90) : nil
            if await drill(world, watch, host, due: time, requests: limit) { break }
            try? await nature.sleep(for: .milliseconds(world.executor.random.below(120_000)))
        }
    }
}

/// One life: a start, which sweeps, and a drill if one is due; returns whether it came to its end.
private func drill(
    _ world: World, _ watch: DrillWatch, _ host: String, due: Instant?, requests limit: Int?
) async -> Bool {
    let instance = world.makeInstance()
    instance.operation = "verify"
    let process = "\(host) \(instance.name)"
    watch.begins(instance, process, requests: limit)
    defer {
        watch.ends(instance)
        instance.cut()
    }
    let repository = makeRepository(world, instance, timeout: .seconds(300))
    let place = DrillPlace(repository, isElsewhere: false)
    var settings = VerificationRun.Settings(
        by: host, process: process, isGone: { watch.isGone($0, by: host) },
        limits: DrillLimits(timeout: .seconds(600)))
    settings.stallLimit = .seconds(120)
    do throws(BackupError) {
        let left = try await DrillSweep(in: repository, at: place, settings: settings).run()
        guard left.isEmpty, !instance.isCut else { return false }
        guard let due else { return true }
        let request = VerificationRequest(.drill, of: drilled, job: "nightly", due: due)
        let report = try await VerificationRun(request, in: repository, at: place, settings: settings).run()
        guard !instance.isCut else { return false }
        world.log("\(instance.name): \(report.map { "\($0.outcome) \($0.words ?? "")" } ?? "done by another")")
        if let report { watch.reports(report, by: instance) }
        return true
    } catch {
        if !instance.isCut { world.log("\(instance.name) drill failed: \(error.code.rawValue): \(error)") }
        return false
    }
}

/// The engine crashes, and is slow; others take snapshots.
private func drillTrouble(_ world: World, until end: Duration) async {
    let nature = world.makeInstance()
    var number = 0
    while world.executor.elapsed < end {
        try? await nature.sleep(for: .milliseconds(world.executor.random.below(240_000)))
        let (kind, drawn) = (world.executor.random.below(6), world.executor.random.below(60_000))
        let now = world.trueTime
        world.log("trouble \(kind)")
        number += 1
        world.engine.withState { state in
            state.advance(to: now)
            switch kind {
            case 0: state.restart()
            case 1, 2: state.nextRestore = .milliseconds(drawn)
            case 3: addForeignSnapshot(&state, number, now)
            case 4: state.nextSnapshot = (.milliseconds(drawn / 4), .success)
            default: state.nextSnapshot = (.milliseconds(50), .success)
            }
        }
    }
    let now = world.trueTime
    world.engine.withState { state in
        state.advance(to: now)
        state.nextSnapshot = (.milliseconds(50), .success)
        state.nextRestore = .seconds(2)
    }
}
