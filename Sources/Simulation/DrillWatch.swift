internal import Backups
internal import HTTP
internal import JSON
internal import SimulatedEngine
internal import Time
internal import Verification

/// Watches what drills ask of the engine, each against what is so at that moment.
final class DrillWatch: @unchecked Sendable {
    // Unchecked: used by the simulation's one thread.

    private unowned let world: World
    private var processes: [String: String] = [:]
    private var ended: Set<String> = []
    /// After so many requests more, a life is cut.
    private var requestsLeft: [String: Int] = [:]
    /// Who has brought something back for a drill, and when.
    private var owners: [DrillName: (process: String, time: Instant)] = [:]
    /// Which drills have brought something back for each due time.
    private var drillsOfTimes: [Int64: Set<DrillName>] = [:]
    private var proven: [Instant: Int] = [:]

    init(_ world: World) { self.world = world }

    func begins(_ instance: Instance, _ process: String, requests limit: Int?) {
        processes[instance.name] = process
        requestsLeft[instance.name] = limit
    }

    func ends(_ instance: Instance) { if let process = processes[instance.name] { ended.insert(process) } }

    /// A host knows of its own processes alone.
    func isGone(_ process: String, by host: String) -> Bool { process.hasPrefix("\(host) ") && ended.contains(process) }

    func reports(_ report: VerificationReport, by instance: Instance) {
        guard report.outcome != .skipped, let due = report.request.due else { return }
        if report.outcome == .failed { fail(instance, "calls a sound backup damaged: \(report.words ?? "")") }
        proven[due, default: 0] += 1
        if proven[due, default: 0] > 1 { fail(instance, "says a second time what the drill of \(due.rfc3339) came to") }
    }

    func proofs(at time: Instant) -> Int { proven[time, default: 0] }

    /// Is told of every request before the engine is.
    func check(_ request: HTTPRequest, _ instance: Instance) {
        guard let process = processes[instance.name] else { return }
        countDown(instance)
        let path = request.target.prefix { $0 != "?" }.split(separator: "/").map(String.init)
        switch (request.method, path.count) {
        case (.delete, 1):
            checkDelete(
                of: path[0].replacing("%2C", with: ",").split(separator: ",").map(String.init), process, instance)
        case (.post, 2) where path[1] == "_close":
            checkDelete(
                of: path[0].replacing("%2C", with: ",").split(separator: ",").map(String.init), process, instance)
        case (.post, 4) where path[3] == "_restore":
            checkRestore(JSONValue(request.body) ?? .null, process, instance)
        default: break
        }
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

    private func checkDelete(of indices: [String], _ process: String, _ instance: Instance) {
        for index in indices {
            guard let drill = DrillName(ofIndex: index), !index.contains("*") else {
                fail(instance, "deletes \(index), which is no drill's")
                continue
            }
            guard let owner = owners[drill] else { continue }
            // Its deadline is three times its time-out and two hours; hosts' clocks are some seconds apart.
            let isOver = world.trueTime - owner.time > .seconds(8_900)
            if owner.process != process, !ended.contains(owner.process), !isOver {
                fail(instance, "deletes \(index), whose drill is under way")
            }
        }
    }

    private func checkRestore(_ body: JSONValue, _ process: String, _ instance: Instance) {
        let replacement = body["rename_replacement"]?.string?.replacing("$1", with: "-") ?? ""
        guard let drill = DrillName(ofIndex: replacement) else {
            return fail(instance, "brings back under the names \(replacement)")
        }
        let settings = body["index_settings"]
        if body["include_aliases"] != false || settings?["index.hidden"] != true
            || settings?["index.number_of_replicas"] != 0
        {
            fail(instance, "brings back what others would see: \(body)")
        }
        owners[drill] = owners[drill] ?? (process, world.trueTime)
        let standing = snapshots.filter { $0.state == "SUCCESS" }.compactMap { MarkerName($0.name) }
        guard let claim = standing.first(where: { DrillName(of: $0) == drill }) else {
            return fail(instance, "brings back while no marker of it stands")
        }
        let held = heldIDs(by: Set(snapshots.map(\.name)))
        if !held.contains("7") { fail(instance, "brings back what nobody holds") }
        drillsOfTimes[claim.number, default: []].insert(drill)
        if drillsOfTimes[claim.number, default: []].count > 1 || owners[drill]?.process != process {
            fail(instance, "drills a second time for the due time \(claim.number)")
        }
    }

    // MARK: - What is so

    /// The indices of drills that are there.
    var drills: [String] {
        world.engine.withState { $0.indices.keys.filter { DrillName(ofIndex: $0) != nil }.sorted() }
    }

    /// What stood before: names, documents, aliases.
    var living: [String: [String: JSONValue]] {
        world.engine.withState { state in
            state.indices.filter { DrillName(ofIndex: $0.key) == nil }.mapValues(\.documents)
        }
    }

    private var snapshots: [EngineState.Snapshot] {
        world.engine.withState { $0.repositories["backups"]?.snapshots ?? [] }
    }

    private func fail(_ instance: Instance, _ rule: String) { world.fail("\(instance.name) \(rule)") }
}
