import SimulatedEngine
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ConformanceTests {
    @Test(arguments: EngineKind.allCases)
    func answersAsTheRealOneDoes(kind: EngineKind) throws {
        let problems = try withEventLoop { loop in
            var state = EngineState(kind)
            state.nextSnapshot.duration = .zero
            let transport = EngineTransport(SimulatedEngine(state), clock: loop)
            return try await Conformance(transport, kind, name: "conformance").problems()
        }
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }
}
