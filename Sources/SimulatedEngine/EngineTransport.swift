package import HTTP
internal import Synchronization
package import Time

/// The way to an engine in memory, for one program or for several at once.
package final class EngineTransport: HTTPTransport {
    private let engine: SimulatedEngine
    private let clock: any Clock

    package init(_ engine: SimulatedEngine, clock: any Clock) {
        self.engine = engine
        self.clock = clock
    }

    package func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        let start = clock.uptime()
        while true {
            switch engine.respond(to: request, at: clock.now()) {
            case .response(let response): return response
            case .later(let time):
                let left = timeout - (clock.uptime() - start)
                guard left > .zero else { throw HTTPTransportError(.timedOut, "no answer within \(timeout)") }
                let delay = min(max(time - clock.now(), .milliseconds(1)), left)
                guard (try? await clock.sleep(for: delay)) != nil else {
                    throw HTTPTransportError(.cancelled, "the request was cancelled")
                }
            }
        }
    }
}

/// An engine in memory that several may talk to.
package final class SimulatedEngine: Sendable {
    private let state: Mutex<EngineState>

    package init(_ state: EngineState) {
        self.state = Mutex(state)
    }

    package func respond(to request: HTTPRequest, at now: Instant) -> EngineAnswer {
        state.withLock { $0.respond(to: request, at: now) }
    }

    /// Looks at the engine, or changes it from outside.
    package func withState<Value>(_ body: (inout sending EngineState) -> sending Value) -> sending Value {
        state.withLock(body)
    }
}
