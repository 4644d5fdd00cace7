import HTTP
import JSON
import Synchronization
import Time

@testable import AmazonSigning

/// A clock that goes only when it is told to.
final class StoppedClock: Clock {
    private let time: Mutex<Instant>
    private let start: Instant

    init(_ time: Instant) {
        self.time = Mutex(time)
        start = time
    }

    func now() -> Instant { time.withLock { $0 } }
    func uptime() -> Duration { now() - start }
    func pass(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
    func sleep(until deadline: Instant) async throws -> WakeReason { .due }

    /// For ever.
    func sleep(for duration: Duration) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        await withTaskCancellationHandler {
            for await _ in stream {}
        } onCancel: {
            continuation.finish()
        }
        throw CancellationError()
    }
}

/// A clock for which nobody waits: a sleep is over at once; after so many, whoever sleeps is cancelled.
final class HastyClock: Clock {
    private let state: Mutex<(time: Instant, sleeps: Int)>
    private let start: Instant

    init(_ time: Instant, sleeps: Int) {
        state = Mutex((time, sleeps))
        start = time
    }

    func now() -> Instant { state.withLock { $0.time } }
    func uptime() -> Duration { now() - start }
    func pass(_ duration: Duration) { state.withLock { $0.time = $0.time + duration } }
    func sleep(until deadline: Instant) async throws -> WakeReason { .due }

    func sleep(for duration: Duration) async throws {
        try state.withLock { state in
            guard state.sleeps > 0 else { throw CancellationError() }
            state = (state.time + duration, state.sleeps - 1)
        }
    }
}

/// An endpoint that gives numbered keys, which last for a while.
final class KeyEndpoint: HTTPTransport {
    struct State {
        /// In order, with method, URL and the fields that matter.
        var requests: [String] = []
        var lifetime: Duration = .seconds(3_600)
        var failure: HTTPTransportError?
        var status = 200
        var count = 0
        /// Gives no answer until it is told to.
        var isHeld = false
    }

    private let state = Mutex(State())
    private let clock: any Clock

    init(_ clock: any Clock) {
        self.clock = clock
    }

    func withState<Value: Sendable>(_ body: (inout sending State) -> sending Value) -> Value { state.withLock(body) }

    func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        let fields = request.fields.fields.map { " \($0.name)=\($0.value)" }.joined()
        withState { $0.requests.append("\(request.method.rawValue) \(request.target)\(fields)") }
        while withState({ $0.isHeld }) {
            if Task.isCancelled { throw HTTPTransportError(.cancelled, "cancelled") }
            await Task.yield()
        }
        let now = clock.now()
        let (failure, status, text) = withState { state -> (HTTPTransportError?, Int, String) in
            switch (request.method, request.target) {
            case (.put, _): return (state.failure, state.status, "session")
            case (_, let target) where target.hasSuffix("/security-credentials/"):
                return (nil, state.status, "a-role\n")
            default:
                state.count += 1
                let expiry = (now + state.lifetime).rfc3339
                let text =
                    #"{"Code":"Success","AccessKeyId":"ASIA\#(state.count)","SecretAccessKey":"s","Token":"t","Expiration":"\#(expiry)"}"#
                return (state.failure, state.status, text)
            }
        }
        if let failure { throw failure }
        return HTTPResponse(status: status, body: Array(text.utf8))
    }
}

extension KeyFetcher {
    /// For sources that need none.
    static let none = KeyFetcher(transport: { _ in Nobody() }, readFile: { _ in nil })

    init(_ endpoint: KeyEndpoint, files: [String: String] = [:]) {
        self.init(transport: { _ in endpoint }, readFile: { files[$0].map { Array($0.utf8) } })
    }
}

private struct Nobody: HTTPTransport {
    func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        throw HTTPTransportError(.refused, "nobody is there")
    }
}
