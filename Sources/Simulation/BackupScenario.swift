internal import Backups
internal import ElasticsearchClient
internal import HTTP
internal import JSON
internal import SimulatedEngine
internal import Time

/// The first subjects: several instances create, list and delete backups in one repository, while everything goes wrong.
package func backupScenario(_ world: World) async {
    setUpOptimize(world)
    world.faultsPerMille = [0, 20, 100, 300][world.executor.random.below(4)]
    let people = 1 + world.executor.random.below(3)
    await withDiscardingTaskGroup { group in
        for _ in 0..<people { group.addTask { await person(world) } }
        group.addTask { await trouble(world) }
    }
}

private let prefix = "optimize"

/// An Optimize and a repository.
func setUpOptimize(_ world: World) {
    world.engine.withState { state in
        state.repositories["backups"] = EngineState.Repository()
        for name in ["timestamp-based-import-index_v5", "position-based-import-index_v3", "alert_v4", "metadata_v3"] {
            state.indices["\(prefix)-\(name)"] = EngineState.Index()
        }
        state.indices["\(prefix)-metadata_v3"]?.aliases = ["\(prefix)-metadata"]
        state.indices["\(prefix)-metadata_v3"]?.documents["1"] = ["schemaVersion": "8.6.0"]
        state.indices["somebody-elses"] = EngineState.Index()
    }
}

/// Somebody who uses the program a few times, and once in a while loses it to a crash.
private func person(_ world: World) async {
    for _ in 0..<2 + world.executor.random.below(4) {
        let instance = world.makeInstance()
        let crashes = world.executor.random.chance(150)
        if crashes {
            world.executor.schedule(after: .milliseconds(world.executor.random.below(5_000))) {
                world.log("\(instance.name) crashes")
                instance.cut()
            }
        }
        if world.executor.random.chance(200) {
            world.executor.schedule(after: .milliseconds(world.executor.random.below(3_000))) {
                instance.stepClock(by: .seconds(world.executor.random.below(7_200) - 3_600))
            }
        }
        await act(world, instance)
    }
}

/// The repository as an instance reaches it.
func makeRepository(
    _ world: World, _ instance: Instance, timeout: Duration, takeUpWithin: Duration = .seconds(3_600),
    formerClusters: [String] = []
) -> BackupRepository {
    let nodes = world.nodes.indices.map { Node(instance: instance, number: $0) }
    let client = EngineClient(
        endpoints: nodes.map { Endpoint(url: $0.endpoint, transport: $0) }, clock: instance,
        random: { world.random() }, settings: .init(deleteTimeout: .seconds(600)))
    var settings = BackupRepository.Settings(
        repositoryName: "backups", timeout: timeout, takeUpWithin: takeUpWithin, waitForOthers: .seconds(30),
        createdBy: "optimize-backup/simulated", instance: instance.name)
    settings.formerClusters = formerClusters
    return BackupRepository(client: client, settings: settings)
}

private func act(_ world: World, _ instance: Instance) async {
    let repository = makeRepository(world, instance, timeout: .seconds(300))
    do throws(BackupError) {
        switch world.executor.random.below(10) {
        case 0..<6: try await create(world, instance, repository)
        case 6..<8:
            instance.operation = "list"
            _ = try await repository.backups.list()
        default: try await delete(world, instance, repository)
        }
    } catch {
        world.log("\(instance.name) \(instance.operation) failed: \(error.code.rawValue)")
        if error.code == .contentMismatch, !error.message.contains("changed from version") { world.fail("\(error)") }
    }
}

private func create(_ world: World, _ instance: Instance, _ repository: BackupRepository) async throws(BackupError) {
    instance.operation = "create"
    let identity: BackupOrder.Identity =
        world.executor.random.chance(500)
        ? .exactly(try BackupID("\(world.executor.random.below(4))")) : .firstFree(from: instance.now())
    let backup = try await repository.create(BackupOrder(identity)) { event in
        if !instance.isCut { world.log("\(instance.name) \(event.id) \(name(of: event.step))") }
    }
    // One that is cut while it asks for sizes, which decide nothing, has finished all the same.
    checkWhole(world, backup, by: instance)
}

/// What `create` calls COMPLETED is what the engine has, unless somebody has deleted it meanwhile.
private func checkWhole(_ world: World, _ backup: Backup, by instance: Instance) {
    let parts = backup.countingParts.map(\.snapshot)
    guard backup.state == .completed, parts.count == 2, let end = parts[0].endTime, let start = parts[1].startTime
    else {
        return world.fail("\(instance.name) calls \(backup.id) created, but it is \(backup.state)")
    }
    if start < end { world.fail("part 2 of \(backup.id) began before part 1 had ended") }
    if parts[0].indices.contains(where: { !$0.contains("import-index") }) {
        world.fail("part 1 of \(backup.id) holds \(parts[0].indices)")
    }
    if !Set(parts[0].indices).isDisjoint(with: parts[1].indices) { world.fail("the parts of \(backup.id) overlap") }
    if (parts[0].indices + parts[1].indices).contains("somebody-elses") {
        world.fail("\(backup.id) holds somebody else's index")
    }
    for part in parts {
        let real = world.engine.withState { state in
            state.repositories["backups"]?.snapshots.first { $0.uuid == part.uuid.description }?.state
        }
        if let real, real != "SUCCESS" { world.fail("\(part.name) is \(real), though \(instance.name) calls it good") }
    }
}

private func delete(_ world: World, _ instance: Instance, _ repository: BackupRepository) async throws(BackupError) {
    instance.operation = "delete"
    let backups = try await repository.backups.list()
    guard !backups.isEmpty else { return }
    let victim = backups[world.executor.random.below(backups.count)]
    let uuids = victim.parts.map(\.uuid.description)
    try await repository.removal.delete(victim.id, isByHand: true) { _ in }
    guard !instance.isCut else { return world.fail("\(instance.name) was cut, and yet it deleted \(victim.id)") }
    let left = world.engine.withState { state in
        (state.repositories["backups"]?.snapshots ?? []).filter { uuids.contains($0.uuid) }.map(\.name)
    }
    if !left.isEmpty { world.fail("\(instance.name) says that it deleted \(victim.id), but \(left) are there") }
}

/// Everything around the program that goes wrong.
private func trouble(_ world: World) async {
    let nature = world.makeInstance()
    for number in 0..<5 + world.executor.random.below(20) {
        guard (try? await nature.sleep(for: .milliseconds(world.executor.random.below(4_000)))) != nil else { return }
        let (kind, drawn) = (world.executor.random.below(9), world.executor.random.below(8_000))
        let now = world.trueTime
        world.log("trouble \(kind)")
        world.engine.withState { state in
            state.advance(to: now)
            switch kind {
            case 0: state.restart()
            case 1: state.repositories["backups"]?.storage = drawn % 3 == 0 ? .full : .working
            case 2: state.indices["\(prefix)-process-instance-\(drawn % 5)_v8"] = EngineState.Index()
            case 3: state.indices["\(prefix)-process-instance-\(drawn % 5)_v8"] = nil
            case 4, 5: state.nextSnapshot = (.milliseconds(drawn), drawn % 10 == 0 ? .partial : .success)
            case 6: state.nextSnapshot.outcome = drawn % 4 == 0 ? .failed : .success
            default: addForeignSnapshot(&state, number, now)
            }
        }
    }
    world.engine.withState { $0.repositories["backups"]?.storage = .working }
}

/// Another program's snapshot, and one whose name our patterns find as well.
func addForeignSnapshot(_ state: inout EngineState, _ number: Int, _ now: Instant) {
    let names = ["nightly-\(number)", "camunda_optimize_0_foreign_\(number)_8.6.0_part_1_of_2"]
    let request = HTTPRequest(
        .put, "/_snapshot/backups/\(names[number % 2])",
        body: JSONValue.object([
            "indices": ["somebody-elses"],
            "metadata": [
                "format": 1, "createdBy": "optimize-backup/1.0.0", "cluster": "another", "prefix": "optimize",
            ],
        ]).bytes)
    _ = state.respond(to: request, at: now)
}

private func name(of step: BackupEvent.Step) -> String {
    switch step {
    case .takenUp(let instance): "taken up from \(instance)"
    case .waitingForOthers(let names): "waits for \(names)"
    case .startingBesideOthers(let names, _): "starts beside \(names)"
    case .partStarted(let part, _, let indices): "part \(part) started with \(indices) indices"
    case .partProgress(let part, let fraction): "part \(part) at \(Int(fraction * 100))"
    case .partCompleted(let part, _): "part \(part) completed"
    case .indicesChanged(let part, _): "part \(part) has other indices"
    case .retrying(let part, let error, _): "part \(part) again after \(error.code.rawValue)"
    case .uncovered(let names): "uncovered \(names)"
    case .unknown(let part, let error): "part \(part) is unknown: \(error.code.rawValue)"
    case .leftOut(let names): "lacks what came late: \(names)"
    case .versionChanged(let configured, let version): "version \(version), not \(configured)"
    case .completed: "completed"
    case .foundCompleted: "found completed"
    case .failed(let error): "failed: \(error.code.rawValue)"
    case .deleted: "deleted"
    }
}
