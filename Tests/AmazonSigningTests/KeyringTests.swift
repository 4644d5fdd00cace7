import ElasticsearchClient
import HTTP
import Synchronization
import Testing
import Time

@testable import AmazonSigning

/// When keys are got, and what is told of it.
@Suite(.timeLimit(.minutes(10)))
struct KeyringTests {
    private let clock = StoppedClock(Instant(secondsSinceEpoch: 1_795_705_200))
    private let instance = [KeySource.instance(url: "http://169.254.169.254")]

    private func keyring(
        _ endpoint: KeyEndpoint, _ sources: [KeySource]? = nil, observe: @escaping EngineObserver = { _ in }
    ) -> Keyring {
        Keyring(sources ?? instance, KeyFetcher(endpoint), clock: clock, observe: observe)
    }

    @Test func anInstanceIsAskedByVersionTwo() async throws {
        let endpoint = KeyEndpoint(clock)
        let key = try await keyring(endpoint).key()
        #expect((key.id, key.secret, key.token, key.origin) == ("ASIA1", "s", "t", .instance))
        #expect(key.expiry == clock.now() + .seconds(3_600))
        let path = "/latest/meta-data/iam/security-credentials/"
        #expect(
            endpoint.withState { $0.requests } == [
                "PUT /latest/api/token X-aws-ec2-metadata-token-ttl-seconds=60",
                "GET \(path) X-aws-ec2-metadata-token=session", "GET \(path)a-role X-aws-ec2-metadata-token=session",
            ])
    }

    @Test func aKeyIsRenewedFiveMinutesBeforeItExpires() async throws {
        let endpoint = KeyEndpoint(clock)
        let keyring = keyring(endpoint)
        for (passes, id) in [(0, "ASIA1"), (3_299, "ASIA1"), (1, "ASIA2"), (3_299, "ASIA2"), (2, "ASIA3")] {
            clock.pass(.seconds(passes))
            #expect(try await keyring.key().id == id)
        }
    }

    /// One that lives for less than five minutes is not got anew for each request.
    @Test func aShortLifeIsUsed() async throws {
        let endpoint = KeyEndpoint(clock)
        endpoint.withState { $0.lifetime = .seconds(6) }
        let keyring = keyring(endpoint)
        for (passes, id) in [(0, "ASIA1"), (2, "ASIA1"), (1, "ASIA2"), (2, "ASIA2"), (9, "ASIA3")] {
            clock.pass(.seconds(passes))
            #expect(try await keyring.key().id == id)
        }
    }

    @Test func aFailureIsToldWhileTheKeyIsStillGood() async throws {
        let endpoint = KeyEndpoint(clock)
        let told = Told()
        let keyring = keyring(endpoint) { event in
            if case .keyNotRenewed(let reason, _) = event { told.add(reason) }
        }
        _ = try await keyring.key()
        endpoint.withState { $0.failure = HTTPTransportError(.timedOut, "no answer within 2 s") }
        for passes in [3_301, 10, 60] {
            clock.pass(.seconds(passes))
            #expect(try await keyring.key().id == "ASIA1")
            #expect(told.reasons == ["no answer within 2 s"])
        }
        // Three to begin with; then one each time but the second, which came too soon.
        #expect(endpoint.withState { $0.requests.count } == 5)
        clock.pass(.seconds(300))
        await #expect(throws: KeyError("no answer within 2 s")) { try await keyring.key() }
        endpoint.withState { $0.failure = nil }
        #expect(try await keyring.key().id == "ASIA2")
    }

    /// A daemon that asks nothing for hours renews all the same, and tells in time that it can't.
    @Test func nobodyHasToAskForAKeyToBeRenewed() async {
        let clock = HastyClock(Instant(secondsSinceEpoch: 1_795_705_200), sleeps: 2)
        let endpoint = KeyEndpoint(clock)
        let told = Told()
        let keyring = Keyring(instance, KeyFetcher(endpoint), clock: clock) { event in
            if case .keyNotRenewed(let reason, let expiry) = event {
                told.add("\(reason), \(Int((expiry - clock.now()).seconds)) s before")
            }
        }
        await keyring.keepRenewed()
        #expect(endpoint.withState { $0.count } == 3 && told.reasons == [])
        endpoint.withState { $0.failure = HTTPTransportError(.timedOut, "no answer within 2 s") }
        clock.pass(.seconds(3_301))
        await keyring.keepRenewed()
        #expect(told.reasons == ["no answer within 2 s, 299 s before"])
    }

    @Test func whoComesMeanwhileSharesTheFetch() async throws {
        let endpoint = KeyEndpoint(clock)
        endpoint.withState { $0.isHeld = true }
        let keyring = keyring(endpoint)
        let ids = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<20 { group.addTask { try? await keyring.key().id } }
            while endpoint.withState({ $0.requests.isEmpty }) { await Task.yield() }
            endpoint.withState { $0.isHeld = false }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ids == Array(repeating: "ASIA1", count: 20))
        #expect(endpoint.withState { $0.requests.count } == 3)
    }

    /// Whoever got it has gone away: another goes on.
    @Test func aCancelledFetchIsNobodysFailure() async throws {
        let endpoint = KeyEndpoint(clock)
        endpoint.withState { $0.isHeld = true }
        let keyring = keyring(endpoint)
        let first = Task { try await keyring.key() }
        while endpoint.withState({ $0.requests.isEmpty }) { await Task.yield() }
        let second = Task { try await keyring.key() }
        for _ in 0..<100 { await Task.yield() }
        first.cancel()
        await #expect(throws: KeyError.self) { try await first.value }
        endpoint.withState { $0.isHeld = false }
        #expect(try await second.value.id == "ASIA1")
    }

    @Test func aRefusedKeyIsGotAnew() async throws {
        let endpoint = KeyEndpoint(clock)
        let keyring = keyring(endpoint)
        let key = try await keyring.key()
        keyring.discard(id: "another", token: "t")
        #expect(try await keyring.key() == key)
        keyring.discard(id: key.id, token: key.token)
        #expect(try await keyring.key().id == "ASIA2")
    }

    /// A reload brings what files hold; what an endpoint gave is in none.
    @Test func aReloadReplacesWhatFilesHold() async throws {
        let endpoint = KeyEndpoint(clock)
        let fetched = keyring(endpoint)
        let key = try await fetched.key()
        fetched.replace(instance)
        #expect(fetched.last == key)
        func given(_ id: String) -> [KeySource] {
            [.given(AmazonKey(id: id, secret: "s", token: nil, origin: .configuration))]
        }
        let configured = keyring(endpoint, given("one"))
        #expect(try await configured.key().id == "one")
        configured.replace(given("two"))
        #expect(try await configured.key().id == "two")
    }
}

/// Why keys were not renewed.
private final class Told: Sendable {
    private let state = Mutex<[String]>([])

    var reasons: [String] { state.withLock { $0 } }
    func add(_ reason: String) { state.withLock { $0.append(reason) } }
}
