import HTTP
import HTTPClient
import JSON
import SimulatedEngine
import TestSupport
import Testing

/// The very expectations that the simulated engine is held to.
@Suite(.timeLimit(.minutes(10)))
struct ConformanceTests {
    @Test(arguments: Engine.all)
    func answersAsRecorded(engine: Engine) throws {
        let version = try engine.send(.get, "/").json["version"]
        let kind: EngineKind =
            if version?["distribution"]?.string == "opensearch" {
                .opensearch2
            } else {
                version?["number"]?.string?.hasPrefix("7.") == true ? .elasticsearch7 : .elasticsearch8
            }
        let name = "conformance-\(UInt32.random(in: 0 ... .max))"
        let problems = try withEventLoop { loop in
            let transport = CurlTransport(loop, .init(baseURL: engine.url))
            return try await Conformance(transport, kind, name: name).problems()
        }
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }
}
