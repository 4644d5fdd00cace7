import Testing

@testable import Engines

/// Which engine restores what, as far as versions tell.
struct RestorabilityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// As `version_id` and `index.version.created` have them.
        var written: Int64?
        var oldest: Int64?
        /// Of the engine that is asked.
        let distribution: EngineDistribution
        let version: String
        /// Nil for what can be restored, empty where nobody knows.
        var refusal: String?
    }

    /// Numbers of 7.17.29, 8.19.21, 9.5.3, OpenSearch 2.19.1 and 3.6.0, as these engines tell them.
    private static let (es7, es8, es9): (Int64, Int64, Int64) = (7_172_999, 8_537_000, 9_111_000)
    private static let (os2, os3): (Int64, Int64) = (136_407_927, 137_277_827)

    static let cases = [
        Case(testDescription: "its own", written: es8, oldest: es8, distribution: .elasticsearch, version: "8.19.21"),
        Case(
            testDescription: "of the major before", written: es7, oldest: es7, distribution: .elasticsearch,
            version: "8.19.21"),
        Case(
            testDescription: "an index of 7 in 8", written: es8, oldest: es7, distribution: .elasticsearch,
            version: "8.19.21"),
        Case(
            testDescription: "an index of 7 in a snapshot of 8 in 9", written: es8, oldest: es7,
            distribution: .elasticsearch, version: "9.5.3",
            refusal:
                "made by Elasticsearch 7 and only upgraded since; Elasticsearch 9 refuses it; Elasticsearch 8 can restore it"
        ),
        Case(
            testDescription: "a snapshot of 7 in 9", written: es7, oldest: es7, distribution: .elasticsearch,
            version: "9.5.3",
            refusal: "made by Elasticsearch 7; Elasticsearch 9 refuses it; Elasticsearch 8 can restore it"),
        Case(
            testDescription: "a snapshot of 7 in 9, of which nobody has noted more", written: es7,
            distribution: .elasticsearch, version: "9.5.3",
            refusal: "made by Elasticsearch 7; Elasticsearch 9 refuses it; Elasticsearch 8 can restore it"),
        Case(
            testDescription: "a snapshot of 8 in 9, of which nobody has noted more", written: es8,
            distribution: .elasticsearch, version: "9.5.3", refusal: ""),
        Case(
            testDescription: "a snapshot of 8 in 8, of which nobody has noted more", written: es8,
            distribution: .elasticsearch, version: "8.19.21"),
        Case(
            testDescription: "of 9 in 8", written: es9, oldest: es8, distribution: .elasticsearch, version: "8.19.21",
            refusal: "written by Elasticsearch 9; Elasticsearch 8 refuses it; Elasticsearch 9 can restore it"),
        Case(
            testDescription: "of a later 7 in 7", written: es7, oldest: es7, distribution: .elasticsearch,
            version: "7.10.2",
            refusal: "written by a newer Elasticsearch 7 than the engine is: one of that version can restore it"),
        Case(
            testDescription: "of a later 8 in 7.17", written: 8_050_099, oldest: es7, distribution: .elasticsearch,
            version: "7.17.29",
            refusal: "written by Elasticsearch 8; Elasticsearch 7 refuses it; Elasticsearch 8 can restore it"),
        Case(testDescription: "its own 7", written: es7, oldest: es7, distribution: .elasticsearch, version: "7.17.29"),
        Case(testDescription: "OpenSearch's own", written: os2, distribution: .opensearch, version: "2.19.1"),
        Case(testDescription: "2 in 3", written: os2, oldest: os2, distribution: .opensearch, version: "3.6.0"),
        Case(
            testDescription: "an index of Elasticsearch 7 in a snapshot of 2 in 3", written: os2, oldest: 7_100_299,
            distribution: .opensearch, version: "3.6.0",
            refusal:
                "made by Elasticsearch 7 and only upgraded since; OpenSearch 3 refuses it; OpenSearch 2 can restore it"
        ),
        Case(
            testDescription: "2 in 3, of which nobody has noted more", written: os2, distribution: .opensearch,
            version: "3.6.0", refusal: ""),
        Case(
            testDescription: "3 in 2", written: os3, oldest: os3, distribution: .opensearch, version: "2.19.1",
            refusal: "written by OpenSearch 3; OpenSearch 2 refuses it; OpenSearch 3 can restore it"),
        Case(
            testDescription: "Elasticsearch 7.10 in 2", written: 7_100_299, oldest: 7_100_299,
            distribution: .opensearch, version: "2.19.1"),
        Case(
            testDescription: "Elasticsearch 8 in 2", written: es8, oldest: es8, distribution: .opensearch,
            version: "2.19.1", refusal: "written by Elasticsearch 8, which OpenSearch does not read"),
        Case(
            testDescription: "OpenSearch in Elasticsearch", written: os2, oldest: os2, distribution: .elasticsearch,
            version: "8.19.21", refusal: "written by OpenSearch 2, which Elasticsearch does not read"),
        Case(
            testDescription: "OpenSearch that calls itself Elasticsearch 7.10.2", written: os2, oldest: os2,
            distribution: .elasticsearch, version: "7.10.2", refusal: ""),
        Case(
            testDescription: "an engine that tells no version", written: es8, oldest: es8, distribution: .elasticsearch,
            version: "unknown", refusal: ""),
        Case(
            testDescription: "a version beyond all bounds", written: es8, oldest: es8, distribution: .elasticsearch,
            version: "9223372036854775807.9223372036854775807.9223372036854775807", refusal: ""),
        Case(
            testDescription: "what could never be read", written: nil, distribution: .elasticsearch, version: "8.19.21",
            refusal: ""),
        Case(
            testDescription: "its own, in an engine that nobody has tried", written: 10_000_099, oldest: es9,
            distribution: .elasticsearch, version: "10.0.0"),
        Case(
            testDescription: "of 8 in 10", written: es8, oldest: es8, distribution: .elasticsearch, version: "10.1.0",
            refusal: "made by Elasticsearch 8; Elasticsearch 10 refuses it; Elasticsearch 9 can restore it"),
    ]

    @Test(arguments: cases)
    func says(what: Case) {
        let kind = EngineKind(what.distribution, version: what.version)
        let verdict = Restorability(
            written: what.written.flatMap(IndexVersion.init), oldest: what.oldest.flatMap(IndexVersion.init), by: kind,
            version: what.version, readable: .oldestReadable(by: kind))
        #expect(verdict.reason ?? (verdict == .unknown ? "" : nil) == what.refusal, "\(verdict)")
        #expect(verdict.isRestorable == (what.refusal == nil ? true : what.refusal == "" ? nil : false))
    }

    @Test(
        arguments: [
            ("6.0.0-beta1", EngineKind.elasticsearch7, 6_000_000), ("7.0.0", .elasticsearch8, 7_000_000),
            ("8.0.0", .elasticsearch9, 8_000_000), ("7.0.0", .opensearch2, 7_000_000),
            ("2.0.0", .opensearch3, 136_217_728), ("seven", .elasticsearch8, nil), ("7", .elasticsearch8, nil),
            ("", .elasticsearch8, nil), ("-", .elasticsearch8, nil),
            ("8.9999999999999999.0", .elasticsearch8, nil), ("8.0", .opensearch2, nil),
            ("0.0.0", .elasticsearch8, nil),
        ] as [(String, EngineKind, Int32?)])
    func whatAnEngineTellsOfItsOldest(told: String, kind: EngineKind, id: Int32?) {
        #expect(IndexVersion(told, toldBy: kind)?.id == id)
    }

    @Test func whatNoEngineTells() {
        #expect([-1, 0, 999_999, Int64(Int32.max) + 1, .max].allSatisfy { IndexVersion($0) == nil })
    }

    /// A backup is worth what its worst part is worth.
    @Test func partsCountTogether() {
        let refused = Restorability.refused(.writtenByNewer(IndexVersion(.elasticsearch, 9)), by: .elasticsearch8)
        #expect(Restorability(all: [.restorable, .restorable]) == .restorable)
        #expect(Restorability(all: [.restorable, .unknown]) == .unknown)
        #expect(Restorability(all: [.unknown, refused]) == refused)
        #expect(Restorability(all: []) == .unknown)
    }
}
