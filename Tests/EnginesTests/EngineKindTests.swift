import Engines
import Testing

@Suite(.timeLimit(.minutes(10)))
struct EngineKindTests {
    @Test(arguments: [
        ("7.17.29", EngineKind.elasticsearch7), ("8.0.0-alpha1", .elasticsearch8), ("9.5.3", .elasticsearch9),
        ("9", .elasticsearch9),
    ])
    func aVersionTellsTheKind(version: String, kind: EngineKind) {
        #expect(EngineKind(EngineDistribution(told: nil), version: version) == kind)
        #expect(kind.isKnown && kind.nearest == kind)
    }

    @Test func theDistributionIsTold() {
        #expect(EngineKind(EngineDistribution(told: "opensearch"), version: "3.6.0") == .opensearch3)
        #expect(EngineDistribution(told: "another") == .elasticsearch)
    }

    @Test(arguments: [
        (EngineKind(.elasticsearch, 10), EngineKind.elasticsearch9), (EngineKind(.elasticsearch, 6), .elasticsearch7),
        (EngineKind(.elasticsearch, version: "next"), .elasticsearch7), (EngineKind(.opensearch, 4), .opensearch3),
        (EngineKind(.opensearch, 1), .opensearch2), (EngineKind(.opensearch, version: "7.10.2"), .opensearch3),
    ])
    func anUnknownMajorIsTreatedAsTheNearest(kind: EngineKind, nearest: EngineKind) {
        #expect(!kind.isKnown)
        #expect(kind.nearest == nearest)
        #expect(kind.traits == nearest.traits)
        #expect(kind.release.version == "\(kind.major).0.0" && kind.release.id == nearest.release.id)
    }

    @Test(arguments: EngineKind.allCases)
    func aNameTellsTheKind(kind: EngineKind) {
        #expect(EngineKind(name: kind.name) == kind)
        #expect(EngineKind(kind.distribution, version: kind.release.version) == kind)
    }

    @Test(arguments: ["", "opensearch", "opensearch-", "opensearch-9", "Elasticsearch 8"])
    func anotherNameTellsNone(name: String) { #expect(EngineKind(name: name) == nil) }

    @Test func thoseThatAreKnownAreTold() {
        #expect(EngineKind.known == "Elasticsearch 7, Elasticsearch 8, Elasticsearch 9, OpenSearch 2, OpenSearch 3")
    }
}
