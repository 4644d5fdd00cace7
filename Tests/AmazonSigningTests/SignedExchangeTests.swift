import ElasticsearchClient
import HTTP
import Synchronization
import Testing
import Time

@testable import AmazonSigning

/// Requests on their way to the engine: each is signed when it is sent.
@Suite(.timeLimit(.minutes(10)))
struct SignedExchangeTests {
    private let clock = StoppedClock(Instant(secondsSinceEpoch: 1_795_705_200))
    private static let info = #"{"cluster_name":"c","cluster_uuid":"u","version":{"number":"3.0.0"}}"#
    private static let expired = #"{"message":"The security token included in the request is expired"}"#

    private func client(_ engine: RecordingEngine, _ signer: AmazonSigner) -> EngineClient {
        EngineClient(
            endpoints: ["https://a:9200", "https://b"].map { Endpoint(url: $0, transport: engine) }, clock: clock,
            random: { 0 }, settings: .init(credentials: .signature), signer: signer)
    }

    private func signer(_ endpoint: KeyEndpoint, _ source: KeySource? = nil) -> AmazonSigner {
        AmazonSigner(
            region: "r-1", [source ?? .instance(url: "http://169.254.169.254")], KeyFetcher(endpoint), clock: clock)
    }

    @Test func eachIsSignedForItsHostAndItsTime() async throws {
        let engine = RecordingEngine(clock, (503, ""), (200, Self.info))
        _ = try await client(engine, signer(KeyEndpoint(clock))).describe()
        #expect(engine.requests.map { $0.fields["Host"] } == ["a:9200", "b"])
        #expect(engine.requests.map { $0.fields["X-Amz-Date"] } == ["20261126T150000Z", "20261126T150001Z"])
        #expect(Set(engine.requests.map { $0.fields["Authorization"] }).count == 2)
    }

    /// Nothing was done, so that it may be sent once more.
    @Test func anotherKeyTakesThePlaceOfOneThatIsRefused() async throws {
        let engine = RecordingEngine(clock, (403, Self.expired), (200, Self.info))
        let endpoint = KeyEndpoint(clock)
        _ = try await client(engine, signer(endpoint)).describe()
        #expect(engine.requests.count == 2 && endpoint.withState { $0.count } == 2)
        let ids = engine.requests.compactMap { $0.fields["Authorization"]?.split(separator: "/").first }
        #expect(ids == ["AWS4-HMAC-SHA256 Credential=ASIA1", "AWS4-HMAC-SHA256 Credential=ASIA2"])
    }

    @Test func theSameKeyIsNotTriedAgain() async throws {
        let engine = RecordingEngine(clock, (403, Self.expired))
        let key = AmazonKey(id: "ASIA", secret: "s", token: "t", origin: .configuration)
        let signer = signer(KeyEndpoint(clock), .given(key))
        do throws(EngineError) {
            _ = try await client(engine, signer).describe()
            Issue.record("it was taken")
        } catch {
            let fault = SignatureFault(.token(isExpired: true), origin: "the configuration", isConfigured: true)
            #expect(error.code == .denied && error.concern == .signature(fault))
        }
        #expect(engine.requests.count == 1)
    }

    @Test func withoutAKeyNothingIsSent() async throws {
        let (engine, endpoint) = (RecordingEngine(clock), KeyEndpoint(clock))
        endpoint.withState { $0.failure = HTTPTransportError(.timedOut, "no answer within 2 s") }
        do throws(EngineError) {
            _ = try await client(engine, signer(endpoint)).describe()
            Issue.record("it was signed")
        } catch {
            #expect(
                error == EngineError(.unsigned, reason: "there is no key to sign with: no answer within 2 s")
                    && error.isTransient)
        }
        #expect(engine.requests.isEmpty)
    }
}

/// Answers in the order of a script, a second after each other, and records what it was sent.
private final class RecordingEngine: HTTPTransport {
    private let state: Mutex<(script: [(Int, String)], requests: [HTTPRequest])>
    private let clock: StoppedClock

    init(_ clock: StoppedClock, _ script: (Int, String)...) {
        self.clock = clock
        state = Mutex((script, []))
    }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        let (status, body) = state.withLock { state in
            state.requests.append(request)
            return state.script.isEmpty ? (500, "") : state.script.removeFirst()
        }
        clock.pass(.seconds(1))
        return HTTPResponse(status: status, body: Array(body.utf8))
    }
}
