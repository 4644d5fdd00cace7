import Engines
import HTTP
import JSON
import Testing
import Time

@testable import ElasticsearchClient

/// One cluster under several URLs, of which some answer nothing of use.
@Suite(.timeLimit(.minutes(10)))
struct FailoverTests {
    private static let info = ScriptedTransport.Answer.json(
        200, #"{"cluster_name":"c","cluster_uuid":"u","version":{"number":"8.0.0"}}"#)
    private static let stranger = ScriptedTransport.Answer.json(
        200, #"{"cluster_name":"c","cluster_uuid":"other","version":{"number":"8.0.0"}}"#)
    private static let list = ScriptedTransport.Answer.json(
        200, #"{"snapshots":[{"snapshot":"s","uuid":"1","state":"SUCCESS"}]}"#)
    private static let noMaster = ScriptedTransport.Answer.json(
        503, #"{"error":{"type":"master_not_discovered_exception","reason":null},"status":503}"#)

    private static let timeOut = ScriptedTransport.Answer.json(
        429, #"{"error":{"type":"process_cluster_event_timeout_exception","reason":"r"},"status":429}"#)

    private func client(
        _ first: ScriptedTransport, _ second: ScriptedTransport, clock: SleepingClock = SleepingClock()
    ) -> EngineClient {
        EngineClient(
            endpoints: [Endpoint(url: "http://a", transport: first), Endpoint(url: "http://b", transport: second)],
            clock: clock, random: { 0 })
    }

    private func read(_ client: EngineClient) async throws -> Int {
        try await client.entries(in: "r", matching: ["s"]).count
    }

    /// What a read meets at a URL that leads nowhere: a lone node, proxies, a node that starts, a page, a redirect, nothing.
    @Test(arguments: [
        noMaster, .json(502, "<html><title>502 Bad Gateway</title></html>"), .json(429, ""), .json(504, ""),
        .json(503, "OpenSearch Security not initialized."), .json(200, "<html><title>Maintenance</title></html>"),
        .json(302, ""), .json(404, "404 page not found"), .error(.refused), .error(.timedOut), .error(.cutOff),
        .error(.untrusted), .error(.cutOffUnsent),
    ])
    func aReadGoesOn(answer: ScriptedTransport.Answer) async throws {
        let (first, second) = (ScriptedTransport(answer), ScriptedTransport(Self.list, Self.list))
        let client = client(first, second)
        #expect(try await read(client) == 1)
        #expect(try await read(client) == 1)
        // The one that answers is kept.
        #expect((first.requests.count, second.requests.count) == (1, 2))
    }

    /// Only what can't have been accepted is sent elsewhere; after all else somebody has to look first, and looks elsewhere.
    @Test(arguments: [
        (ScriptedTransport.Answer.error(.refused), true), (.error(.nameNotResolved), true),
        (.error(.connectTimedOut), true), (.error(.cutOffUnsent), true), (.error(.timedOut), false),
        (.error(.cutOff), false),
        (.json(502, ""), false), (noMaster, false), (timeOut, false), (.json(429, ""), true),
        (.json(200, "<html>"), false),
    ])
    func aWriteGoesOnOnlyWhereNothingWasAccepted(answer: ScriptedTransport.Answer, isSentElsewhere: Bool) async throws {
        let accepted = ScriptedTransport.Answer.json(200, #"{"accepted":true}"#)
        let (first, second) = (ScriptedTransport(answer), ScriptedTransport(isSentElsewhere ? accepted : Self.list))
        let client = client(first, second)
        let order = SnapshotOrder(name: "s", indices: ["i"], metadata: .null, engine: .elasticsearch8)
        if isSentElsewhere {
            try await client.createSnapshot(order, in: "r")
        } else {
            await #expect(throws: EngineError.self) { try await client.createSnapshot(order, in: "r") }
            #expect(second.requests.isEmpty)
            #expect(try await read(client) == 1)
        }
        #expect((first.requests.count, second.requests.count) == (1, 1))
    }

    /// An engine's own refusal is an answer.
    @Test(arguments: [403, 404, 400, 500])
    func aRefusalIsFinal(status: Int) async {
        let refusal = ScriptedTransport.Answer.json(status, #"{"error":{"type":"x_exception","reason":"no"}}"#)
        let (first, second) = (ScriptedTransport(refusal), ScriptedTransport(Self.list))
        await #expect(throws: EngineError.self) { try await read(client(first, second)) }
        #expect(second.requests.isEmpty)
    }

    @Test func anotherClusterIsAnErrorThatNamesBoth() async throws {
        let (first, second) = (ScriptedTransport(Self.info, .error(.refused)), ScriptedTransport(Self.stranger))
        let client = client(first, second)
        #expect(try await client.describe().clusterUUID == "u")
        let error = await #expect(throws: EngineError.self) { try await read(client) }
        #expect(error?.code == .otherCluster)
        #expect(error?.reason.contains("http://a and http://b lead to different clusters, u and other") == true)
        #expect(second.requests.map(\.target) == [InfoAnswer.target])
    }

    @Test func theSameClusterElsewhereIsAskedOnce() async throws {
        let (first, second) = (
            ScriptedTransport(Self.info, .error(.refused)), ScriptedTransport(Self.info, Self.list, Self.list)
        )
        let client = client(first, second)
        _ = try await client.describe()
        #expect(try await read(client) == 1)
        #expect(try await read(client) == 1)
        #expect(second.requests.count == 3)
    }

    /// The time-out is for all URLs together: who answers is asked of each for its share, all else of the first for the whole.
    @Test func allURLsShareTheTime() async throws {
        let clock = SleepingClock()
        let (first, second) = (
            ScriptedTransport(.silence(clock), Self.list), ScriptedTransport(.silence(clock), .silence(clock))
        )
        let client = client(first, second, clock: clock)
        await #expect(throws: EngineError.self) { try await client.describe() }
        #expect((first.timeouts, second.timeouts) == ([.seconds(15)], [.seconds(15)]))
        #expect(clock.uptime() == .seconds(30))
        // After the second has failed, too, the first is asked again, and is kept.
        #expect(try await read(client) == 1)
        let order = SnapshotOrder(name: "s", indices: ["i"], metadata: .null, engine: .elasticsearch8)
        let third = ScriptedTransport(.silence(clock), .silence(clock))
        let other = self.client(third, second, clock: clock)
        await #expect(throws: EngineError.self) { try await other.createSnapshot(order, in: "r") }
        #expect(third.timeouts == [.seconds(30)])
    }

    /// A delete may take an hour; to find out who is there takes no longer than any question.
    @Test func aDeleteThatGoesElsewhereIsNotHeldUpByWhoIsSilent() async throws {
        let clock = SleepingClock()
        let (first, second) = (
            ScriptedTransport(Self.info, .error(.refused)), ScriptedTransport(.silence(clock))
        )
        let client = client(first, second, clock: clock)
        _ = try await client.describe()
        await #expect(throws: EngineError.self) { try await client.deleteSnapshots(["s"], in: "r") }
        #expect(second.timeouts == [.seconds(30)])
        #expect(clock.uptime() < .seconds(60))
    }

    /// Who waits for an answer is told soon that there is none; a night's backup has time.
    @Test func patienceForSomebodyIsShorter() async throws {
        for (isAttended, limit) in [(true, Duration.seconds(15)), (false, .seconds(120))] {
            let clock = SleepingClock()
            let transport = ScriptedTransport()
            let client = EngineClient(transport: transport, clock: clock, random: { .max / 2 })
            await #expect(throws: EngineError.self) { try await read(isAttended ? client.attended : client) }
            #expect(clock.uptime() <= limit && clock.uptime() > limit / 3, "\(clock.uptime())")
            #expect(transport.requests.count > 1)
        }
    }

    /// An answer beyond all measure is no reason to ask again for the same.
    @Test func whatIsTooLargeIsNotAskedForAgain() async throws {
        let (first, second) = (ScriptedTransport(.error(.tooLarge)), ScriptedTransport(Self.list))
        let error = await #expect(throws: EngineError.self) { try await read(client(first, second)) }
        #expect(error?.code == .answerTooLarge && second.requests.isEmpty)
    }

    /// Where none answers, the words of all are told, and what weighs most decides.
    @Test func allWordsAreTold() async {
        let (first, second) = (ScriptedTransport(Self.noMaster), ScriptedTransport(.error(.refused)))
        let error = await #expect(throws: EngineError.self) { try await client(first, second).describe() }
        #expect(error?.code == .overloaded && error?.status == 503)
        #expect(error?.reason.contains("http://a: master_not_discovered_exception; scripted: refused") == true)
    }
}
