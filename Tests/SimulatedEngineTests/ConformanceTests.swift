import HTTP
import HTTPClient
import HTTPServer
import SimulatedEngine
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ConformanceTests {
    @Test(arguments: EngineKind.allCases)
    func answersAsTheRealOneDoes(kind: EngineKind) throws {
        let problems = try withEventLoop { loop in
            try await Conformance(EngineTransport(makeEngine(kind), clock: loop), kind, name: "conformance").problems()
        }
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }

    /// The same over HTTP, as `demo` serves it.
    @Test(arguments: EngineKind.allCases)
    func answersOverHTTP(kind: EngineKind) throws {
        let problems = try withEventLoop { loop in
            let engine = EngineTransport(makeEngine(kind), clock: loop)
            let server = try Server(loop, [ListeningSocket(host: "127.0.0.1", port: 0)]) { request in
                (try? await engine.send(request, timeout: .seconds(60))) ?? HTTPResponse(status: 503)
            }
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await server.run() }
                let transport = CurlTransport(loop, .init(baseURL: "http://127.0.0.1:\(server.port)"))
                let problems = try await Conformance(transport, kind, name: "conformance").problems()
                group.cancelAll()
                return problems
            }
        }
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }

    private func makeEngine(_ kind: EngineKind) -> SimulatedEngine {
        var state = EngineState(kind)
        state.nextSnapshot.duration = .zero
        return SimulatedEngine(state)
    }
}
