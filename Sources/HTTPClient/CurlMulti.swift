internal import CCurl
internal import EventLoop
internal import HTTP

/// libcurl's multi interface with its sockets and its timer on our loop; belongs to the loop's thread.
final class CurlMulti: @unchecked Sendable {
    // Unchecked: touched by the loop's thread alone; a cancellation from elsewhere goes through the loop.

    private let loop: Loop
    private let handle: UnsafeMutableRawPointer
    private var sockets: [curl_socket_t: WatchedSocket] = [:]
    private var timer: TimerSource?
    private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]

    init(_ loop: Loop) {
        self.loop = loop
        _ = globalState
        guard let handle = curl_multi_init() else { preconditionFailure("no memory for libcurl") }
        self.handle = handle
        let context = Unmanaged.passUnretained(self).toOpaque()
        curl_multi_set_socket_function(
            handle,
            { _, socket, interest, context, _ in
                guard let context else { return -1 }
                return Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue().watch(socket, interest)
            }, context)
        curl_multi_set_timer_function(
            handle,
            { _, milliseconds, context in
                guard let context else { return -1 }
                return Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue().wake(after: milliseconds)
            }, context)
    }

    deinit {
        // What is closed now is no longer of interest.
        curl_multi_set_socket_function(handle, nil, nil)
        curl_multi_set_timer_function(handle, nil, nil)
        curl_multi_cleanup(handle)
    }

    /// Runs a request to its end; a cancelled task takes it back.
    func perform(_ easy: EasyHandle) async throws(HTTPTransportError) -> HTTPResponse {
        let transfer = Transfer(easy)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.continuation = continuation
                start(transfer)
            }
        } onCancel: {
            loop.onLoop { self.finish(transfer, .failure(HTTPTransportError(.cancelled, "the request was cancelled"))) }
        }
        return try result.get()
    }

    private func start(_ transfer: Transfer) {
        guard !Task.isCancelled else {
            return finish(transfer, .failure(HTTPTransportError(.cancelled, "the request was cancelled")))
        }
        transfers[transfer.easy.handle] = transfer
        transfer.deadline = try? TimerSource(loop, after: transfer.easy.timeout) { [unowned self, unowned transfer] in
            finish(transfer, .failure(transfer.easy.timedOut()))
        }
        guard transfer.deadline != nil else {
            return finish(transfer, .failure(HTTPTransportError(.other, "no timer for a request")))
        }
        let code = curl_multi_add_handle(handle, transfer.easy.handle)
        guard code == CURLM_OK else { return finish(transfer, .failure(transfer.easy.failed(code))) }
        act(on: CURL_SOCKET_TIMEOUT, 0)
    }

    private func finish(_ transfer: Transfer, _ result: Result<HTTPResponse, HTTPTransportError>) {
        guard let continuation = transfer.continuation else { return }
        transfer.continuation = nil
        transfer.deadline?.cancel()
        if transfers.removeValue(forKey: transfer.easy.handle) != nil {
            curl_multi_remove_handle(handle, transfer.easy.handle)
        }
        continuation.resume(returning: result)
    }

    /// Lets libcurl work; never called from within one of its callbacks.
    private func act(on socket: curl_socket_t, _ events: Int32) {
        var running: Int32 = 0
        let code = curl_multi_socket_action(handle, socket, events, &running)
        var left: Int32 = 0
        while let message = curl_multi_info_read(handle, &left) {
            var code = CURLE_OK
            guard let ended = curl_ended(message, &code), let transfer = transfers[ended] else { continue }
            finish(transfer, transfer.easy.result(code))
        }
        // Without a descriptor or a timer for one transfer libcurl serves none any more until all have ended.
        guard code == CURLM_OK || code == CURLM_BAD_SOCKET else {
            for transfer in transfers.values { finish(transfer, .failure(transfer.easy.failed(code))) }
            return
        }
    }

    /// libcurl tells what it wants to know of a socket.
    private func watch(_ socket: curl_socket_t, _ interest: Int32) -> Int32 {
        guard interest != CURL_POLL_REMOVE else {
            sockets[socket] = nil
            return 0
        }
        var readiness: Readiness = []
        if interest & CURL_POLL_IN != 0 { readiness.insert(.readable) }
        if interest & CURL_POLL_OUT != 0 { readiness.insert(.writable) }
        if let watched = sockets[socket], watched.isWatching(socket) {
            watched.update(readiness)
            return 0
        }
        let watched = try? WatchedSocket(loop, socket, readiness) { [unowned self] seen in
            var events: Int32 = 0
            if !seen.isDisjoint(with: [.readable, .hangUp]) { events |= CURL_CSELECT_IN }
            if seen.contains(.writable) { events |= CURL_CSELECT_OUT }
            if seen.contains(.error) { events |= CURL_CSELECT_ERR }
            act(on: socket, events)
        }
        sockets[socket] = watched
        return watched == nil ? -1 : 0
    }

    /// libcurl tells when it wants to be called; a negative time takes the wish back.
    private func wake(after milliseconds: Int) -> Int32 {
        guard milliseconds >= 0 else {
            timer?.cancel()
            timer = nil
            return 0
        }
        if let timer {
            timer.restart(after: .milliseconds(milliseconds))
            return 0
        }
        timer = try? TimerSource(loop, after: .milliseconds(milliseconds)) { [unowned self] in
            act(on: CURL_SOCKET_TIMEOUT, 0)
        }
        return timer == nil ? -1 : 0
    }
}

/// A request under way, and who waits for it.
private final class Transfer: @unchecked Sendable {
    // Unchecked: touched by the loop's thread alone.
    let easy: EasyHandle
    /// Ends it when it takes too long.
    var deadline: TimerSource?
    var continuation: CheckedContinuation<Result<HTTPResponse, HTTPTransportError>, Never>?

    init(_ easy: EasyHandle) {
        self.easy = easy
    }
}

/// libcurl's global state, made once a process.
private let globalState: Void = { _ = curl_global_init(Int(CURL_GLOBAL_ALL)) }()
