import Engines
import HTTP
import HTTPClient
import HTTPServer
import JSON
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

    /// Those that need more than requests; `StorageTests`, `UpgradeTests` and `ConformanceTests` of real engines have tests of their own
    /// for them.
    private static let apart: Set<EngineTrait> = [
        .busyRepositoriesConflict, .fullStorageFailsToClose, .unreadableDetailsAreInformation,
        .snapshotVersionsAreRanges, .progressIsCapped, .masterTimeOutsAreTooManyRequests,
    ]

    /// A row that lacks an engine that has the trait is found out.
    @Test(arguments: EngineTrait.allCases.filter { !apart.contains($0) })
    func aWrongRowIsFound(trait: EngineTrait) throws {
        let kind = try #require(EngineKind.allCases.first { $0.has(trait) })
        let problems = try withEventLoop { loop in
            let transport = EngineTransport(makeEngine(kind), clock: loop)
            let wrong = kind.traits.subtracting([trait])
            return try await Conformance(transport, kind, traits: wrong, name: "conformance").problems()
        }
        #expect(!problems.isEmpty, "\(kind.name)")
    }

    @Test(arguments: EngineKind.allCases + [EngineKind(.opensearch, 4)])
    func tellsItsKind(kind: EngineKind) {
        var engine = Asking(kind)
        let version = engine.call(.get, "/").json["version"]
        let distribution = EngineDistribution(told: version?["distribution"]?.string)
        #expect(EngineKind(distribution, version: version?["number"]?.string ?? "") == kind)
    }

    private func makeEngine(_ kind: EngineKind) -> SimulatedEngine {
        var state = EngineState(kind)
        state.nextSnapshot.duration = .zero
        return SimulatedEngine(state)
    }
}
