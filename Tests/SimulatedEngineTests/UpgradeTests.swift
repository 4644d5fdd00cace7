import Engines
import HTTP
import JSON
import SimulatedEngine
import Testing
import Time

/// An engine that is upgraded, and what breaks its circuits.
@Suite(.timeLimit(.minutes(10)))
struct UpgradeTests {
    /// What took a snapshot, and who tells of it: no version parser reads some of it.
    @Test(arguments: [
        (EngineKind.elasticsearch7, EngineKind.elasticsearch7, "7.17.29"),
        (.elasticsearch7, .elasticsearch9, "7.17.29"),
        (.elasticsearch8, .elasticsearch8, "8.19.9-8.19.21"), (.elasticsearch8, .elasticsearch9, "8.19.9-8.19.21"),
        (.elasticsearch8, .elasticsearch7, "8.53.70-alpha0"), (.elasticsearch9, .elasticsearch9, "9.5.2-9.5.3"),
        (.elasticsearch9, .elasticsearch8, "8.19.22-[9111000]"), (.opensearch2, .opensearch3, "2.19.1"),
        (.opensearch3, .opensearch2, "3.6.0"),
    ])
    func aSnapshotTellsAVersion(taker: EngineKind, teller: EngineKind, version: String) {
        var engine = Asking(taker)
        _ = engine.create("one")
        engine.state.upgrade(to: teller)
        let told = engine.list("one").json["snapshots"]?.array?.first
        #expect(told?["version"]?.string == version && told?["version_id"] == .integer(taker.release.id))
    }

    @Test(arguments: EngineKind.allCases)
    func whatRunsGoesOn(kind: EngineKind) {
        var engine = Asking(.elasticsearch8)
        engine.state.nextSnapshot.duration = .seconds(10)
        _ = engine.create("one")
        engine.state.upgrade(to: kind)
        #expect(engine.list("one").json["snapshots"]?.array?.first?["state"] == "IN_PROGRESS")
        engine.now = engine.now + .seconds(11)
        #expect(engine.list("one").json["snapshots"]?.array?.first?["state"] == "SUCCESS")
    }

    @Test(arguments: EngineKind.allCases)
    func whatIsTooMuchIsRefused(kind: EngineKind) {
        var engine = Asking(kind)
        for name in ["one", "two"] { _ = engine.create(name) }
        (engine.state.mostSnapshotsRead, engine.state.mostShardsOfProgress) = (1, 1)
        #expect(engine.list("one").status == 200 && engine.list("one,two").status == 429)
        #expect(engine.list("one,two", "?verbose=false").status == 200)
        #expect(engine.call(.get, "/_snapshot/backups/one/_status").status == 200)
        let both = engine.call(.get, "/_snapshot/backups/one,two/_status")
        #expect(both.status == (kind.has(.progressIsCapped) ? 429 : 200))
    }
}
