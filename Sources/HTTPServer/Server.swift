internal import CMicrohttpd
package import EventLoop
internal import Glibc
package import HTTP
internal import Time

/// Answers HTTP requests: libmicrohttpd, waiting on our loop; belongs to the loop's thread.
package final class Server: @unchecked Sendable {
    // Unchecked: touched by the loop's thread alone.

    package typealias Responder = @Sendable (HTTPRequest) async -> HTTPResponse

    /// For a request's body, in bytes.
    static let maximumBodySize = 1_048_576
    /// For one request, from its first byte to the last of its answer.
    static let deadline = Duration.seconds(120)

    let loop: Loop
    let respond: Responder
    private let listener: ListeningSocket
    private var daemon: OpaquePointer?
    private var source: DescriptorSource?
    private var timer: TimerSource?
    private var exchanges: [ObjectIdentifier: Exchange] = [:]
    private var isStopping = false
    private var turnIsDue = false
    private var whenEmpty: CheckedContinuation<Void, Never>?
    private let (tasks, addTask) = AsyncStream.makeStream(of: (@Sendable () async -> Void).self)

    /// Listens; requests are answered once `run` has begun.
    ///
    /// - Throws: `ListenError` when the socket can't be had.
    package init(_ loop: Loop, _ listener: ListeningSocket, respond: @escaping Responder) throws(ListenError) {
        self.loop = loop
        self.listener = listener
        self.respond = respond
        daemon = try start()
        let descriptor = mhd_epoll_descriptor(daemon)
        do {
            source = try DescriptorSource(loop, descriptor, [.readable]) { [unowned self] _ in turn() }
            timer = try TimerSource(loop, after: .seconds(1)) { [unowned self] in turn() }
        } catch {
            throw ListenError("\(error)")
        }
    }

    /// The port that it listens on.
    package var port: Int { listener.port }

    /// Answers until the task is cancelled, then lets what runs come to its end.
    package func run() async {
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
                    guard let context, let target else { return nil }
                    let server = Unmanaged<Server>.fromOpaque(context).takeUnretainedValue()
                    return server.begin(String(cString: target), connection)
                }
        let completed:
            @convention(c) (
                UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
                MHD_RequestTerminationCode
            ) -> Void = { context, _, request, _ in
                guard let context, let request, let exchange = request.pointee else { return }
                request.pointee = nil
                Unmanaged<Server>.fromOpaque(context).takeUnretainedValue()
                    .end(Unmanaged<Exchange>.fromOpaque(exchange).takeRetainedValue())
            }
        var options = [
            MHD_OptionItem(option: .LISTEN_SOCKET, value: Int(listener.descriptor), ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_LIMIT, value: 256, ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_TIMEOUT, value: 30, ptr_value: nil),
            MHD_OptionItem(option: .STRICT_FOR_CLIENT, value: 1, ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_MEMORY_LIMIT, value: 65_536, ptr_value: nil),
            MHD_OptionItem(option: .URI_LOG_CALLBACK, value: word(begin), ptr_value: context),
            MHD_OptionItem(option: .NOTIFY_COMPLETED, value: word(completed), ptr_value: context),
            MHD_OptionItem(option: .END, value: 0, ptr_value: nil),
        ]
        let flags = MHD_USE_EPOLL.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        let daemon = mhd_start(
            flags,
            { _, connection, _, method, version, bytes, count, request in
                guard let connection, let exchange = request?.pointee, let count else { return .NO }
                let pieces = UnsafeRawBufferPointer(start: bytes, count: count.pointee)
                count.pointee = 0
                return Unmanaged<Exchange>.fromOpaque(exchange).takeUnretainedValue()
                    .advance(connection, method.map { String(cString: $0) } ?? "", pieces)
            }, nil, &options)
        guard let daemon else { throw ListenError("libmicrohttpd did not start: \(String(cString: strerror(errno)))") }
        return daemon
    }

    /// The first line of a request has come.
    private func begin(_ target: String, _ connection: OpaquePointer?) -> UnsafeMutableRawPointer {
        let exchange = Exchange(self, target: target)
        exchanges[ObjectIdentifier(exchange)] = exchange
        return Unmanaged.passRetained(exchange).toOpaque()
    }

    /// A request is over, however it ended.
    private func end(_ exchange: Exchange) {
        exchange.end()
        exchanges[ObjectIdentifier(exchange)] = nil
        if exchanges.isEmpty, isStopping {
            whenEmpty?.resume()
            whenEmpty = nil
        }
    }

    /// Runs a task for a request, in the group that `run` holds.
    func perform(_ task: @escaping @Sendable () async -> Void) -> Bool {
        if case .terminated = addTask.yield(task) { return false }
        return true
    }

    /// Lets libmicrohttpd work; never called from within one of its callbacks.
    private func turn() {
        guard let daemon else { return }
        for _ in 0..<16 {
            MHD_run(daemon)
            var milliseconds: CUnsignedLongLong = 0
            guard MHD_get_timeout(daemon, &milliseconds) == .YES else { return }
            guard milliseconds == 0 else {
                timer?.restart(after: .milliseconds(Int64(min(milliseconds, 60_000))))
                return
            }
        }
        timer?.restart(after: .zero)
    }

    /// Asks for a turn as soon as the present job has ended.
    func turnSoon() {
        timer?.restart(after: .zero)
    }

    /// Closes the door, waits until every request has been answered, and ends the server.
    private func stop() async {
        guard let daemon else { return }
        MHD_quiesce_daemon(daemon)
        listener.close()
        isStopping = true
        for exchange in exchanges.values { exchange.refuseIfWaiting() }
        turn()
        if !exchanges.isEmpty { await withCheckedContinuation { whenEmpty = $0 } }
        source?.cancel()
        timer?.cancel()
        MHD_stop_daemon(daemon)
        self.daemon = nil
    }
}
