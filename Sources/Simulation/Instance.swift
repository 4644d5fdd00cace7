internal import Backups
internal import ElasticsearchClient
package import HTTP
internal import SimulatedEngine
package import Time

/// One run of the program in a simulated world, with a wall clock of its own; it lives until it is cut.
package final class Instance: Clock, HTTPTransport, @unchecked Sendable {
    // Unchecked: used by the simulation's one thread.

    package let name: String
    private unowned let world: World
    /// What its wall clock is ahead of the true time.
    private var skew: Duration
    package private(set) var isCut = false
    private var sleepers: [Int: Sleeper] = [:]
    private var sleeperCount = 0
    /// What the engine last told it of each snapshot; nil for a name that was asked for and not found.
    package private(set) var lastSeen: [String: String] = [:]
    /// When the engine told that, which answers that overtake each other do not change.
    private var toldAt: [String: Duration] = [:]
    /// All names of its last listing of backups and markers.
    package internal(set) var lastListing: Set<String> = []
    /// Names of the snapshots that ran at its last look for such.
    package internal(set) var lastSeenRunning: [String] = []
    /// What it is doing, for the rules.
    package var operation = ""
    /// The backup that a person deletes or cancels with it at the moment.
    var chosen: BackupID?
    /// Whose delete somebody has asked for here: it may be carried out long after they have their answer.
    var chosenForDeletion: Set<BackupID> = []
    /// Writes that got no clear answer, by the names that nobody has looked for since.
    private var unanswered: [String: Set<String>] = [:]
    /// From when to when it waited for deletes.
    private(set) var deletes: [Range<Instant>] = []
    private var minute = 0
    private var requestsInMinute = 0

    /// When it was suspended by its monotonic clock, for how long, and when it woke.
    private var suspensions: [(uptime: Duration, length: Duration)] = []
    /// When it was suspended; nil while it runs.
    private var suspendedAt: Duration?

    private struct Sleeper {
        /// Nil while the instance is suspended.
        var timer: Int?
        /// By the monotonic clock; what waits for the wall clock ends by that.
        let end: Duration
        let deadline: Instant?
        let resume: (Result<WakeReason, any Error>) -> Void
    }

    init(name: String, world: World, skew: Duration) {
        self.name = name
        self.world = world
        self.skew = skew
    }

    /// How many requests it has sent in this minute.
    func countRequest() -> Int {
        let current = Int(uptime().microseconds / 60_000_000)
        if current != minute { (minute, requestsInMinute) = (current, 0) }
        requestsInMinute += 1
        return requestsInMinute
    }

    package func now() -> Instant { world.trueTime + skew }

    /// It stands still while the instance is suspended.
    package func uptime() -> Duration {
        (suspendedAt ?? world.executor.elapsed) - suspensions.reduce(.zero) { $0 + $1.length }
    }

    package func sleep(for duration: Duration) async throws {
        _ = try await sleep(duration, deadline: nil)
    }

    package func sleep(until deadline: Instant) async throws -> WakeReason {
        try await sleep(deadline - now(), deadline: deadline)
    }

    /// Sets the wall clock forward, or back.
    package func stepClock(by step: Duration) {
        skew += step
        guard !isSuspended else { return }
        for number in sleepers.keys.sorted() where sleepers[number]?.deadline != nil {
            end(number, .success(.clockChanged))
        }
    }

    package var isSuspended: Bool { suspendedAt != nil }

    /// Puts the machine to sleep: neither its timers nor its requests go on until it wakes, while the world does.
    package func suspend() {
        guard suspendedAt == nil, !isCut else { return }
        suspendedAt = world.executor.elapsed
        for number in sleepers.keys.sorted() { stopTimer(number) }
    }

    /// Wakes the machine: what waits goes on where it stopped, and the wall clock shows what time it is.
    package func wake() {
        guard let since = suspendedAt, !isCut else { return }
        suspensions.append((uptime(), world.executor.elapsed - since))
        suspendedAt = nil
        for number in sleepers.keys.sorted() {
            guard let sleeper = sleepers[number] else { continue }
            if let deadline = sleeper.deadline {
                end(number, .success(deadline <= now() ? .due : .clockChanged))
            } else {
                startTimer(number, after: sleeper.end - uptime())
            }
        }
    }

    /// How long it was suspended within the last time that its monotonic clock has counted.
    func suspension(within last: Duration) -> Duration {
        suspensions.reduce(.zero) { $1.uptime >= uptime() - last ? $0 + $1.length : $0 }
    }

    /// The crash: everything that waits fails, and nothing reaches the engine any more.
    package func cut() {
        isCut = true
        for number in sleepers.keys.sorted() { end(number, .failure(CancellationError())) }
    }

    private func sleep(_ duration: Duration, deadline: Instant?) async throws -> WakeReason {
        guard !isCut, !Task.isCancelled else { throw CancellationError() }
        sleeperCount += 1
        let number = sleeperCount
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                sleepers[number] = Sleeper(end: uptime() + max(duration, .zero), deadline: deadline) {
                    continuation.resume(with: $0)
                }
                if !isSuspended { startTimer(number, after: duration) }
            }
        } onCancel: {
            end(number, .failure(CancellationError()))
        }
    }

    private func end(_ number: Int, _ result: Result<WakeReason, any Error>) {
        stopTimer(number)
        sleepers.removeValue(forKey: number)?.resume(result)
    }

    private func startTimer(_ number: Int, after delay: Duration) {
        sleepers[number]?.timer = world.executor.schedule(after: delay) { self.end(number, .success(.due)) }
    }

    private func stopTimer(_ number: Int) {
        if let timer = sleepers[number]?.timer { world.executor.unschedule(timer) }
        sleepers[number]?.timer = nil
    }
}

extension Instance {
    package func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        try await send(request, timeout: timeout, through: 0)
    }

    /// Sends a request over the simulated network, which may delay it, or lose it or its answer.
    func send(
        _ request: HTTPRequest, timeout: Duration, through node: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        await world.countRequest(of: self)
        if let change = request.change, let names = unanswered[change], !names.isEmpty {
            world.fail("\(name) repeats \(change), which got no clear answer, without a look")
        }
        let start = world.trueTime
        defer { if request.method == .delete { deletes.append(start..<world.trueTime) } }
        do {
            let response = try await exchange(request, timeout: timeout, through: node)
            note(isAnswered: !response.isUnclear, request)
            return response
        } catch {
            note(isAnswered: !error.mayHaveTakenEffect, request)
            throw error
        }
    }

    /// A write without a clear answer calls for a look at what it was about before it is sent again.
    private func note(isAnswered: Bool, _ request: HTTPRequest) {
        if let change = request.change { unanswered[change] = isAnswered ? nil : Set(request.snapshots) }
        guard isAnswered, request.method == .get, request.target.hasPrefix("/_snapshot/") else { return }
        for (change, names) in unanswered { unanswered[change] = names.filter { !request.shows($0) } }
    }

    private func exchange(
        _ request: HTTPRequest, timeout: Duration, through node: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        let (start, seen) = (uptime(), lastSeen)
        let fault = world.drawFault(for: request)
        if fault != .none, request.method == .post { world.log("\(name) meets \(fault)") }
        do {
            try await travel(
                fault == .slow ? .milliseconds(world.executor.random.below(20_000)) : latency, start + timeout)
        } catch {
            // A process that is told to end has sent it all the same, one time in two.
            if error.code == .cancelled, !isCut, world.executor.random.chance(500) {
                world.deliverLate(request, from: name, epoch: world.epoch)
            }
            throw error
        }
        if let response = try await trouble(of: node, request, start + timeout) { return response }
        if fault == .late, request.method == .put {
            let (world, name, epoch) = (world, name, world.epoch)
            world.executor.schedule(after: timeout + .seconds(world.executor.random.below(300))) {
                world.deliverLate(request, from: name, epoch: epoch)
            }
        }
        guard fault != .lostRequest, fault != .late else {
            try await travel(start + timeout - uptime(), start + timeout)
            throw HTTPTransportError(.timedOut, "simulated: the request was lost")
        }
        if fault == .refused { throw HTTPTransportError(.refused, "simulated: refused") }
        let answer = fault.answer(of: world.engine.withState(\.kind)).map { status, type in
            HTTPResponse(
                status: status, body: Array(#"{"error":{"type":"\#(type)","reason":"simulated"}}"#.utf8))
        }
        if let answer, fault != .timedOutDone { return answer }
        while true {
            switch world.deliver(request, from: self, seen: seen) {
            case .response(let response):
                let told = uptime()
                try await travel(latency, start + timeout)
                switch fault {
                case .lostAnswer:
                    try await travel(start + timeout - uptime(), start + timeout)
                    throw HTTPTransportError(.timedOut, "simulated: the answer was lost")
                case .brokenAnswer: throw HTTPTransportError(.cutOff, "simulated: the connection broke")
                default:
                    if let answer { return answer }
                    world.note(answer: response, to: request, for: self, toldAt: told)
                    return response
                }
            case .later(let time): try await travel(max(time - world.trueTime, .milliseconds(1)), start + timeout)
            }
        }
    }

    /// What a node answers for itself; nil when the engine is to answer.
    private func trouble(
        of node: Int, _ request: HTTPRequest, _ deadline: Duration
    ) async throws(HTTPTransportError) -> HTTPResponse? {
        switch world.nodes[node] {
        case .none: return nil
        case .isDown: throw HTTPTransportError(.refused, "simulated: the node is down")
        case .showsPage: return HTTPResponse(status: 502, body: Array("<html>Bad Gateway</html>".utf8))
        case .hasNoMaster:
            guard !request.needsNoMaster else { return nil }
            try await travel(.seconds(25), deadline)
            let body = #"{"error":{"type":"master_not_discovered_exception","reason":null},"status":503}"#
            return HTTPResponse(status: 503, body: Array(body.utf8))
        }
    }

    /// Remembers what the engine told of a snapshot.
    func note(_ snapshot: String, _ state: String, toldAt time: Duration) {
        guard time >= toldAt[snapshot] ?? .zero else { return }
        (lastSeen[snapshot], toldAt[snapshot]) = (state, time)
    }

    private var latency: Duration { .microseconds(200 + world.executor.random.below(5_000)) }

    /// Lets time pass on the way; a time-out may end it.
    private func travel(_ duration: Duration, _ deadline: Duration) async throws(HTTPTransportError) {
        let left = deadline - uptime()
        do {
            try await sleep(for: min(duration, left))
        } catch {
            throw HTTPTransportError(.cancelled, "simulated: \(name) was cut or cancelled")
        }
        if duration > left { throw HTTPTransportError(.timedOut, "simulated: no answer in time") }
    }
}
