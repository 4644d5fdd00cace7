import ElasticsearchClient
import HTTP
import Synchronization
import Time

/// Answers requests in the order of a script, and records them; a request beyond the script fails as refused.
final class ScriptedTransport: HTTPTransport {
    enum Answer: Sendable {
        case json(Int, String)
        case error(HTTPTransportError.Code)
        /// The time-out passes without an answer.
        case silence(SleepingClock)
    }

    private let state: Mutex<(script: [Answer], requests: [HTTPRequest], timeouts: [Duration])>

    init(_ script: Answer...) {
        state = Mutex((script, [], []))
    }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    var timeouts: [Duration] { state.withLock { $0.timeouts } }

    func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        let answer = state.withLock { state in
            state.requests.append(request)
            state.timeouts.append(timeout)
            return state.script.isEmpty ? Answer.error(.refused) : state.script.removeFirst()
        }
        switch answer {
        case .json(let status, let body): return HTTPResponse(status: status, body: Array(body.utf8))
        case .error(let code): throw HTTPTransportError(code, "scripted: \(code.rawValue)")
        case .silence(let clock):
            try? await clock.sleep(for: timeout)
            throw HTTPTransportError(.timedOut, "scripted: silence")
        }
    }
}

/// A clock whose time passes only by sleeping on it.
final class SleepingClock: Clock {
    private let elapsed = Mutex(Duration.zero)

    func now() -> Instant { Instant(secondsSinceEpoch: 1_800_000_000) + uptime() }
    func uptime() -> Duration { elapsed.withLock { $0 } }
    func sleep(until deadline: Instant) async throws -> WakeReason { .due }

    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        elapsed.withLock { $0 += duration }
    }
}

func makeClient(
    _ transport: ScriptedTransport, clock: SleepingClock = SleepingClock(), observe: @escaping EngineObserver = { _ in }
) -> EngineClient {
    EngineClient(transport: transport, clock: clock, random: { 0 }, observe: observe)
}
