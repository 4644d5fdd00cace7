internal import CMicrohttpd
package import EventLoop
internal import Glibc
package import HTTP
internal import Time
internal import Waiting

/// Answers HTTP requests: libmicrohttpd, waiting on our loop; belongs to the loop's thread.
///
/// Connections are taken by ourselves, so that one limit holds for all sockets, and whoever keeps us waiting longest makes room for
/// whoever comes.
package final class Server: @unchecked Sendable {
    // Unchecked: touched by the loop's thread alone.

    package typealias Responder = @Sendable (HTTPRequest) async -> HTTPResponse

    /// For a request's body, in bytes.
    static let maximumBodySize = 1_048_576

    let loop: Loop
    let respond: Responder
    let limits: TurnLimits
    private(set) var isStopping = false
    private let listeners: [ListeningSocket]
    private var daemon: OpaquePointer?
    private var source: DescriptorSource?
    private var door: Door?
    private var timer: TimerSource?
    private var connections = Connections()
    private var exchanges: [ObjectIdentifier: Exchange] = [:]
    /// Turns that have all been asked for at once, and of which nothing has come.
    private var idleTurns = 0
    private var whenEmpty: CheckedContinuation<Void, Never>?
    private let (tasks, addTask) = AsyncStream.makeStream(of: (@Sendable () async -> Void).self)

    /// Listens; connections are taken once `run` has begun.
    ///
    /// - Throws: `ListenError` when the sockets can't be served.
    package init(
        _ loop: Loop, _ listeners: [ListeningSocket], limits: TurnLimits = TurnLimits(), respond: @escaping Responder
    ) throws(ListenError) {
        self.loop = loop
        self.limits = limits
        self.listeners = listeners
        self.respond = respond
        daemon = try start()
        let descriptor = mhd_epoll_descriptor(daemon)
        do {
            source = try DescriptorSource(loop, descriptor, [.readable]) { [unowned self] _ in turn() }
            timer = try TimerSource(loop, after: .seconds(1)) { [unowned self] in turn() }
            door = try Door(loop, listeners) { [unowned self] in accept(from: $0) }
        } catch {
            throw ListenError("\(error)")
        }
    }

    /// The port of the first socket that has one; else 0.
    package var port: Int { ports.first ?? 0 }

    /// Of all sockets that have one.
    package var ports: [Int] { listeners.compactMap(\.port) }

    /// What clients connect to, for a person.
    package var addresses: [String] { listeners.map(\.name) }

    /// Answers until the task is cancelled, then refuses what has no answer yet and ends within a second or two, whatever clients do.
    package func run() async {
        if !Task.isCancelled { door?.open() }
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await task in tasks { group.addTask { await task() } }
                group.cancelAll()
            }
        } onCancel: {
            loop.onLoop { self.addTask.finish() }
        }
        await stop()
    }

    private func start() throws(ListenError) -> OpaquePointer {
        let context = Unmanaged.passUnretained(self).toOpaque()
        func word(_ function: some Any) -> Int { unsafeBitCast(function, to: Int.self) }
        let begin:
            @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer? =
                {
                    context, target, connection in
                    guard let context, let target, let connection else { return nil }
                    return Unmanaged<Server>.fromOpaque(context).takeUnretainedValue()
                        .begin(String(cString: target), connection)
                }
        let completed:
            @convention(c) (
                UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
                MHD_RequestTerminationCode
            ) -> Void = { context, connection, request, _ in
                guard let context, let connection, let request, let exchange = request.pointee else { return }
                request.pointee = nil
                Unmanaged<Server>.fromOpaque(context).takeUnretainedValue()
                    .end(Unmanaged<Exchange>.fromOpaque(exchange).takeRetainedValue(), connection)
            }
        let connected:
            @convention(c) (
                UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
                MHD_ConnectionNotificationCode
            ) -> Void = { context, connection, _, code in
                guard let context, let connection else { return }
                let server = Unmanaged<Server>.fromOpaque(context).takeUnretainedValue()
                server.update(connection, isOpen: code == .CONNECTION_NOTIFY_STARTED)
            }
        var options = [
            // Ours is the limit; those that are being cut off come on top of it.
            MHD_OptionItem(option: .CONNECTION_LIMIT, value: 4 * Connections.maximum, ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_MEMORY_LIMIT, value: 65_536, ptr_value: nil),
            MHD_OptionItem(option: .URI_LOG_CALLBACK, value: word(begin), ptr_value: context),
            MHD_OptionItem(option: .NOTIFY_COMPLETED, value: word(completed), ptr_value: context),
            MHD_OptionItem(option: .NOTIFY_CONNECTION, value: word(connected), ptr_value: context),
            MHD_OptionItem(option: .END, value: 0, ptr_value: nil),
        ]
        let flags =
            MHD_USE_EPOLL.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue | MHD_USE_NO_LISTEN_SOCKET.rawValue
        let daemon = mhd_start(
            flags,
            { _, connection, _, method, version, bytes, count, request in
                guard let connection, let method, let version, let exchange = request?.pointee, let count else {
                    return .NO
                }
                let piece = UnsafeRawBufferPointer(start: bytes, count: count.pointee)
                count.pointee = 0
                let line = RequestLine(method: String(cString: method), version: String(cString: version))
                return Unmanaged<Exchange>.fromOpaque(exchange).takeUnretainedValue().advance(connection, line, piece)
            }, nil, &options)
        guard let daemon else { throw ListenError("libmicrohttpd did not start: \(String(cString: strerror(errno)))") }
        return daemon
    }

    // MARK: Connections

    /// Takes the connections that wait.
    private func accept(from listener: ListeningSocket) {
        for _ in 0..<64 {
            guard listener.hasWaiting else { break }
            guard makeRoom() else { return stopAccepting() }
            switch listener.accept() {
            case .success(let (descriptor, address, length)):
                var address = address
                withUnsafePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        _ = MHD_add_connection(daemon, descriptor, $0, length)
                    }
                }
            case .failure(let error):
                switch error.number {
                case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                    // Whoever waits stays in the queue until there is room.
                    connections.longestWaiting(at: loop.uptime())?.cutOff()
                    return stopAccepting()
                // An error of the connection's, which is gone then.
                default: continue
                }
            }
        }
        turnSoon()
    }

    /// Takes no connections for a moment.
    private func stopAccepting() {
        door?.close(for: .milliseconds(100))
        turnSoon()
    }

    /// Makes sure that one more connection can be had; returns false if all are at work.
    private func makeRoom() -> Bool {
        guard connections.areTooMany else { return true }
        // Requests that have come meanwhile keep nobody waiting.
        turn()
        guard connections.areTooMany else { return true }
        guard let connection = connections.longestWaiting(at: loop.uptime()) else { return false }
        connection.cutOff()
        return true
    }

    func connection(_ handle: OpaquePointer) -> Connection? { connections[handle] }

    /// A connection has begun, or is over.
    private func update(_ handle: OpaquePointer, isOpen: Bool) {
        noteProgress()
        connections[handle] = isOpen ? Connection(loop, handle, limits) : nil
        if connections.isEmpty { endWait() }
    }

    // MARK: Requests

    /// The first line of a request has come.
    private func begin(_ target: String, _ handle: OpaquePointer) -> UnsafeMutableRawPointer {
        noteProgress()
        if let connection = connections[handle], connection.turn == .idle { connection.begin(.receiving) }
        let exchange = Exchange(self, target: target)
        exchanges[ObjectIdentifier(exchange)] = exchange
        return Unmanaged.passRetained(exchange).toOpaque()
    }

    /// A request is over, however it ended.
    private func end(_ exchange: Exchange, _ handle: OpaquePointer) {
        noteProgress()
        exchanges[ObjectIdentifier(exchange)] = nil
        guard let connection = connections[handle] else { return }
        connection.begin(.idle)
        if isStopping { connection.cutOff() }
    }

    /// Returns once what was asked for before has been begun: it lives.
    package func passThrough() async {
        let turn = Promise<Void>()
        if perform({ turn.give(()) }) { await turn.wait() }
    }

    /// Runs a task for a request, in the group that `run` holds.
    func perform(_ task: @escaping @Sendable () async -> Void) -> Bool {
        if case .terminated = addTask.yield(task) { return false }
        return true
    }

    // MARK: libmicrohttpd's turns

    /// Lets libmicrohttpd work; never called from within one of its callbacks.
    private func turn() {
        guard let daemon else { return }
        for _ in 0..<16 {
            MHD_run(daemon)
            var milliseconds: CUnsignedLongLong = 0
            guard MHD_get_timeout(daemon, &milliseconds) == .YES else { return noteProgress() }
            guard milliseconds == 0 else {
                timer?.restart(after: .milliseconds(Int64(min(milliseconds, 60_000))))
                return noteProgress()
            }
        }
        idleTurns += 1
        if idleTurns > 64 { cutOffStuck() }
        timer?.restart(after: .zero)
    }

    func noteProgress() { idleTurns = 0 }

    /// Ends what keeps libmicrohttpd busy with nothing.
    private func cutOffStuck() {
        noteProgress()
        for connection in connections.stuck(at: loop.uptime()) { connection.cutOff() }
    }

    /// Asks for a turn as soon as the present job has ended.
    func turnSoon() {
        timer?.restart(after: .zero)
    }

    // MARK: Stop

    /// Whether nobody is connected.
    package var isIdle: Bool { connections.isEmpty }

    /// Before a stop: lets nobody in any more, and gives whoever is there some seconds to ask, and to be answered.
    ///
    /// Whoever comes later waits in the sockets' own queues, where they outlive this process if it was handed them.
    package func drain() async {
        door?.closeForGood()
        isStopping = true
        // What has come already is no idle connection.
        turn()
        for connection in connections.idle { connection.cutOff() }
        turn()
        await waitForLeaving(atMost: limits.atStop)
    }

    /// Closes the door, refuses what waits, lets clients take that, and ends the server.
    private func stop() async {
        guard let daemon else { return }
        door?.closeForGood()
        isStopping = true
        for exchange in exchanges.values { exchange.refuseIfWaiting() }
        for connection in connections.withoutRequest { connection.cutOff() }
        turn()
        await waitForLeaving(atMost: limits.refused)
        source?.cancel()
        timer?.cancel()
        MHD_stop_daemon(daemon)
        self.daemon = nil
    }

    private func waitForLeaving(atMost limit: Duration) async {
        guard !connections.isEmpty else { return }
        let patience = try? TimerSource(loop, after: limit) { [unowned self] in endWait() }
        await withCheckedContinuation { whenEmpty = $0 }
        patience?.cancel()
    }

    private func endWait() {
        whenEmpty?.resume()
        whenEmpty = nil
    }
}
