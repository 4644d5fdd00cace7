internal import Engines
internal import HTTP
internal import JSON
package import SimulatedEngine
package import Time

/// A simulated world: an engine, a network that fails, instances of the program, and rules that are checked at each step.
package final class World: @unchecked Sendable {
    // Unchecked: used by the simulation's one thread.

    package let executor: SimulatedExecutor
    package let engine: SimulatedEngine
    package private(set) var trace: Trace
    /// The rules that were broken.
    package private(set) var broken: [String] = []
    /// Of a thousand exchanges, how many meet a fault.
    package var faultsPerMille = 0
    /// What ails each of the engine's nodes, by which instances reach it.
    var nodes: [Node.Trouble] = [.none, .none]
    /// When a snapshot of that name was ordered first; one that came late may stand in for it.
    var orderedAt: [String: Instant] = [:]
    /// How long a backup may run, for scenarios that hold the program to it.
    var timeout: Duration?
    /// Told of the names in each delete before the engine is.
    var whenDeleting: ([String], Instance) -> Void = { _, _ in }
    /// Told of each request before the engine is.
    var whenAsked: (HTTPRequest, Instance) -> Void = { _, _ in }
    /// What the next orders of snapshots with that in their names meet, whatever chance says.
    var orderFaults: (name: String, faults: [Fault]) = ("", [])
    /// Whether deletes are carried out, and nobody hears of it.
    var losesDeletes = false { didSet { log("deletes are \(losesDeletes ? "not " : "")answered") } }
    /// Which of the indices have come, or gone, since the world began.
    var indexChanges: [IndexChange] = []
    /// The uuids of clusters that are lost.
    var formerClusters: [String] = []
    /// Grows with every cluster that is lost: what was on its way to one reaches no other.
    var epoch = 0
    /// When Optimize was upgraded.
    var upgrades: [Instant] = []
    /// From when to when a backup of ours ran, by the engine's plan when it was ordered.
    private(set) var backupRuns: [Range<Instant>] = []
    /// How long a machine that ordered a snapshot had been suspended just before.
    private(set) var suspendedBefore: [String: Duration] = [:]
    /// When a blob was damaged or healed last.
    var blobsChanged: Duration?
    /// Whether a rule was broken in a way that would never end.
    private(set) var isStopped = false
    private var instanceCount = 0
    private let beginning = Instant(secondsSinceEpoch: 1_800_000_000)

    init(seed: UInt64, keepsTrace: Bool) {
        executor = SimulatedExecutor(seed: seed)
        trace = Trace(capacity: keepsTrace ? 0 : 100)
        let kinds = EngineKind.allCases
        engine = SimulatedEngine(EngineState(kinds[executor.random.below(kinds.count)]))
    }

    /// What a clock that is never wrong shows.
    package var trueTime: Instant { beginning + executor.elapsed }

    /// More than that is a loop that nothing ends: polls of what runs follow each other every twenty milliseconds at the closest.
    private static let mostRequestsAMinute = 6_000

    /// Counts a request of an instance; what asks without end is stopped for good, and the world with it.
    func countRequest(of instance: Instance) async {
        if !isStopped, instance.countRequest() > World.mostRequestsAMinute {
            isStopped = true
            fail("\(instance.name) asks more than \(World.mostRequestsAMinute) times within a minute")
        }
        if isStopped { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
    }

    /// Random bits for an instance.
    package func random() -> UInt64 { executor.random.next() }

    /// Starts an instance, whose wall clock is some seconds off.
    package func makeInstance() -> Instance {
        instanceCount += 1
        let skew = Duration.milliseconds(executor.random.below(10_000) - 5_000)
        let instance = Instance(name: "instance-\(instanceCount)", world: self, skew: skew)
        log("\(instance.name) starts")
        return instance
    }

    package func log(_ line: @autoclosure () -> String) {
        trace.add("\(executor.elapsed.microseconds) \(line())")
    }

    /// Says that a rule is broken.
    package func fail(_ rule: String) {
        log("BROKEN: \(rule)")
        broken.append(rule)
    }

    func drawFault(for request: HTTPRequest) -> Fault {
        if losesDeletes, request.method == .delete { return .lostAnswer }
        if request.method == .put, let fault = orderFaults.faults.first, request.target.contains(orderFaults.name) {
            orderFaults.faults.removeFirst()
            log("the order is met by a fault: \(fault)")
            return fault
        }
        guard executor.random.chance(faultsPerMille) else { return .none }
        return Fault.all[executor.random.below(Fault.all.count)]
    }

    /// Hands a request to the engine; the rules look at it first, and at what it changed.
    ///
    /// - Parameter seen: what the instance had seen of each snapshot when it sent it: what it is told while the request is on its way comes
    ///   too late for it.
    func deliver(_ request: HTTPRequest, from instance: Instance, seen: [String: String]) -> EngineAnswer {
        guard !instance.isCut else { return .later(trueTime + .seconds(1)) }
        checkRequest(request, from: instance, seen)
        whenAsked(request, instance)
        // The engine's state is that of the true time; it knows nothing of anybody's skew.
        let answer = engine.respond(to: request, at: trueTime)
        if case .response(let response) = answer {
            log("\(instance.name) \(request.method.rawValue) \(request.target) -> \(response.status)")
            if request.method == .put, response.status == 200 { noteOrder(request, by: instance) }
        }
        return answer
    }

    private func noteOrder(_ request: HTTPRequest, by instance: Instance) {
        guard let name = request.target.split(separator: "?")[0].split(separator: "/").last.map(String.init),
            name.hasPrefix("camunda_optimize_")
        else { return }
        suspendedBefore[name] = instance.suspension(within: .seconds(60))
        let end = engine.withState { $0.repositories["backups"]?.snapshot(name)?.end }
        if let end { backupRuns.append(trueTime..<max(end, trueTime)) }
    }

    /// An order that was on its way for minutes, of an instance that has given it up, or is gone.
    func deliverLate(_ request: HTTPRequest, from name: String, epoch: Int) {
        guard epoch == self.epoch else { return }
        if case .response(let response) = engine.respond(to: request, at: trueTime) {
            log("\(name), late: \(request.method.rawValue) \(request.target) -> \(response.status)")
        }
    }

    /// Remembers what an instance was told, by which its decisions are judged.
    ///
    /// - Parameter time: when the engine answered, by the instance's monotonic clock.
    func note(answer: HTTPResponse, to request: HTTPRequest, for instance: Instance, toldAt time: Duration) {
        guard request.target.hasPrefix("/_snapshot/"), answer.status == 200 else { return }
        if request.method == .put, let name = request.target.split(separator: "?").first?.split(separator: "/").last {
            instance.note(String(name), "IN_PROGRESS", toldAt: time)
        }
        guard request.method == .get else { return }
        let path = request.target.prefix { $0 != "?" }
        // What tells no state says only that a blob can be read.
        guard !path.hasSuffix("/_status"), !request.target.contains("=snapshots.snapshot,snapshots.uuid,failures")
        else { return }
        let listed = snapshots(in: answer.body)
        if path.hasSuffix("/_current") { instance.lastSeenRunning = listed.map(\.name) }
        if request.target.contains("verbose=false"), request.target.contains("/camunda_optimize_*") {
            instance.lastListing = Set(listed.map(\.name))
        }
        for (name, state) in listed { instance.note(name, state, toldAt: time) }
    }

    /// Names and states in a listing; found by their keys alone, since every answer passes here.
    private func snapshots(in body: [UInt8]) -> [(name: String, state: String)] {
        var position = 0
        /// The text that follows the next of such keys; nil if there is none.
        func text(after key: [UInt8]) -> String? {
            while position + key.count <= body.count {
                // Keys are rare: most bytes are no quotation mark.
                guard body[position] == key[0], body[position..<(position + key.count)].elementsEqual(key) else {
                    position += 1
                    continue
                }
                let start = position + key.count
                let end = body[start...].firstIndex(of: UInt8(ascii: "\"")) ?? body.count
                position = end
                return String(decoding: body[start..<end], as: UTF8.self)
            }
            return nil
        }
        var listed: [(name: String, state: String)] = []
        while let name = text(after: snapshotKey) { listed.append((name, text(after: stateKey) ?? "")) }
        return listed
    }
}

private let snapshotKey = Array("\"snapshot\":\"".utf8)
private let stateKey = Array("\"state\":\"".utf8)
