internal import Backups
internal import HTTP
internal import JSON
internal import Restores
internal import SimulatedEngine
internal import Time

/// Watches what restores ask of the engine, each against what is so at that moment.
final class RestoreWatch: @unchecked Sendable {
    // Unchecked: used by the simulation's one thread.

    private unowned let world: World
    /// What each life was asked to do, by its process.
    private var requests: [String: RestoreRequest] = [:]
    /// Whose life is over, one way or the other.
    private var ended: Set<String> = []
    /// Who has deleted something, or brought something back, and lives.
    private var active: Set<String> = []
    /// Of each life, the indices at which it has looked since it last ordered them.
    private var looked: [String: Set<String>] = [:]
    /// The ids of the backups that are coming back.
    private var returning: Set<String> = []
    /// What stood in the indices when each life last asked how far writing has come.
    private var counted: [String: [String: [String: JSONValue]]] = [:]
    /// After so many requests more, a life is cut.
    private var requestsLeft: [String: Int] = [:]
    /// How many restores were carried out to their end.
    private(set) var successes = 0

    /// The ids of backups that somebody is going to restore.
    var wanted: Set<String> = []

    init(_ world: World) { self.world = world }

    func begins(_ instance: Instance, _ request: RestoreRequest, requests limit: Int?) {
        requests[instance.name] = request
        requestsLeft[instance.name] = limit
    }

    func ends(_ instance: Instance) {
        ended.insert(instance.name)
        active.remove(instance.name)
    }

    var areHeld: Bool { wanted.isSubset(of: heldIDs(by: Set(snapshots.map(\.name)))) }

    /// Somebody begins anew.
    func givesUp(_ id: String) { returning.remove(id) }

    func isGone(_ process: String) -> Bool { ended.contains(process) }

    /// Is told of every request before the engine is.
    func check(_ request: HTTPRequest, _ instance: Instance) {
        guard let wish = requests[instance.name] else { return }
        countDown(instance)
        let path = request.target.prefix { $0 != "?" }.split(separator: "/").map(String.init)
        switch (request.method, path.count) {
        case (.get, 4) where path[2] == "routing_table":
            looked[instance.name, default: []].formUnion(names(path[3]))
        case (.get, 3) where path[1] == "_stats":
            counted[instance.name] = world.engine.withState { $0.indices.mapValues(\.documents) }
        // All of it is back.
        case (.delete, 3) where path[2].hasPrefix("\(MarkerName.prefix)restore_") && flaws(of: wish.id).isEmpty:
            returning.remove(wish.id.description)
        // What has told its end changes no index any more.
        case (.put, 3) where path[2].hasPrefix("\(MarkerName.prefix)restored_"):
            active.remove(instance.name)
            if JSONValue(request.body)?["metadata"]?["outcome"] == "success" { checkRestored(wish.id, instance) }
        case (.delete, 1): checkDelete(of: names(path[0]), wish, instance)
        case (.post, 2) where path[1] == "_close": checkClose(of: names(path[0]), wish, instance)
        case (.post, 4) where path[3] == "_restore":
            checkRestore(of: path[2], JSONValue(request.body) ?? .null, wish, instance)
        default: break
        }
    }

    private func names(_ component: String) -> [String] {
        component.replacing("%2C", with: ",").split(separator: ",").map(String.init)
    }

    private func countDown(_ instance: Instance) {
        guard let left = requestsLeft[instance.name] else { return }
        requestsLeft[instance.name] = left - 1
        guard left == 0 else { return }
        world.executor.schedule(after: .microseconds(world.executor.random.below(8_000))) {
            self.world.log("\(instance.name) crashes")
            instance.cut()
            self.ends(instance)
        }
    }

    // MARK: - The rules

    private func checkDelete(of indices: [String], _ wish: RestoreRequest, _ instance: Instance) {
        if !wish.replacesExisting { fail(instance, "deletes \(indices), which nobody has allowed") }
        if indices.contains(where: { $0.contains("*") || $0.hasPrefix("_") }) {
            fail(instance, "deletes by a wildcard: \(indices)")
        }
        let bases = Set(contents(of: wish.id).flatMap { $0.contents.keys }.map(base))
        let strange = indices.filter { !bases.contains(base($0)) && !wish.alsoDelete.contains($0) }
        if !strange.isEmpty { fail(instance, "deletes \(strange), of which the backup has none") }
        let back = indices.filter { index in contents(of: wish.id).contains { $0.contents[index] != nil } }
        if returning.contains(wish.id.description), !back.isEmpty {
            fail(instance, "deletes \(back), which may have come back")
        }
        acts(instance, "deletes indices")
        let markers = standing(wish.id)
        guard let begun = markers.compactMap(\.begun).min() else {
            return fail(instance, "deletes indices while no marker of the restore stands")
        }
        let held = heldIDs(by: Set(snapshots.map(\.name)))
        if !held.contains(wish.id.description) { fail(instance, "deletes indices, and nobody holds \(wish.id)") }
        guard wish.takesSafetyBackup else { return }
        // Where the engine's clock can't be read the host's counts, which is some seconds off.
        let safe = world.trueBackups().filter { $0.id != wish.id && $0.parts[0].start >= begun - .seconds(12) }
        if safe.isEmpty { return fail(instance, "deletes indices of which there is no backup") }
        let kept = safe.filter { held.contains($0.id.description) }
        if kept.isEmpty { fail(instance, "deletes indices, and nobody holds the backup of them") }
        let lost = indices.filter { index in
            guard let documents = counted[instance.name]?[index] else { return false }
            return !kept.contains { backup in
                contents(of: backup.id).contains { $0.contents[index]?.documents == documents }
            }
        }
        if !lost.isEmpty { fail(instance, "deletes \(lost), and the backup of them lacks what was written since") }
    }

    private func checkClose(of indices: [String], _ wish: RestoreRequest, _ instance: Instance) {
        let own = Set(contents(of: wish.id).flatMap(\.contents.keys))
        let strange = indices.filter { !own.contains($0) }
        if !strange.isEmpty { fail(instance, "closes \(strange)") }
        let sound = world.engine.withState { state in indices.filter { state.indices[$0]?.isAssigned == true } }
        if !sound.isEmpty { fail(instance, "closes \(sound), which are sound") }
    }

    private func checkRestore(of snapshot: String, _ body: JSONValue, _ wish: RestoreRequest, _ instance: Instance) {
        let indices = body["indices"]?.strings ?? []
        if indices.isEmpty || indices.contains(where: { $0.contains("*") }) {
            fail(instance, "restores \(indices) of \(snapshot)")
        }
        acts(instance, "restores \(snapshot)")
        returning.insert(wish.id.description)
        if standing(wish.id).isEmpty { fail(instance, "restores while no marker of it stands") }
        let blind = Set(indices).subtracting(looked[instance.name] ?? [])
        if !blind.isEmpty { fail(instance, "orders \(blind.sorted()) again without a look") }
        looked[instance.name]?.subtract(indices)
        guard let name = SnapshotName(snapshot), name.part == 2 else { return }
        let first = contents(of: wish.id).first { $0.name.hasSuffix("_part_1_of_2") }
        let missing = world.engine.withState { state in
            (first?.contents.keys.sorted() ?? []).filter { state.indices[$0]?.isAssigned != true }
        }
        if !missing.isEmpty { fail(instance, "restores part 2 while \(missing) of part 1 are not there") }
    }

    /// No two change indices at a time.
    private func acts(_ instance: Instance, _ act: String) {
        active.insert(instance.name)
        let others = active.subtracting([instance.name])
        if let other = others.min() { fail(instance, "\(act) while \(other) does such things") }
    }

    /// A life has come to its end, which may be long after what it did.
    func succeeded() { successes += 1 }

    /// What is called restored is there, and is what the backup has.
    private func checkRestored(_ id: BackupID, _ instance: Instance) {
        returning.remove(id.description)
        for flaw in flaws(of: id) { fail(instance, "calls \(id) restored, but \(flaw)") }
    }

    func flaws(of id: BackupID) -> [String] {
        let now = world.trueTime
        let indices = world.engine.withState { state in
            state.advance(to: now)
            return state.indices
        }
        return contents(of: id).flatMap { $0.contents.sorted { $0.key < $1.key } }.compactMap { name, wanted in
            guard let found = indices[name] else { return "\(name) is missing" }
            guard found.isAssigned, found.isOpen else { return "\(name) is not there yet" }
            guard found.documents == wanted.documents else { return "\(name) is another" }
            return found.aliases == wanted.aliases ? nil : "\(name) lacks its aliases"
        }
    }

    // MARK: - What is so

    private var snapshots: [EngineState.Snapshot] {
        world.engine.withState { $0.repositories["backups"]?.snapshots ?? [] }
    }

    private func contents(of id: BackupID) -> [EngineState.Snapshot] {
        snapshots.filter { SnapshotName($0.name)?.id == id }
    }

    private func standing(_ id: BackupID) -> [(name: MarkerName, begun: Instant?)] {
        snapshots.compactMap { snapshot in
            guard let name = MarkerName(snapshot.name), name.kind == .restore, name.subject == id.description else {
                return nil
            }
            return (name, snapshot.metadata?["begun"]?.string.flatMap { try? Instant(rfc3339: $0) })
        }
    }

    private func base(_ index: String) -> String {
        IndexSelection.baseName(of: index, prefix: "optimize") ?? index
    }

    private func fail(_ instance: Instance, _ rule: String) { world.fail("\(instance.name) \(rule)") }
}
