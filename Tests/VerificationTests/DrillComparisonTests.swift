import Testing

@testable import ElasticsearchClient
@testable import Verification

/// What came back beside what lives.
@Suite(.timeLimit(.minutes(10)))
struct DrillComparisonTests {
    private static func index(_ documents: Int64, writes: Int64) -> IndexStatistics {
        IndexStatistics(documents: documents, bytes: 1, sequenceNumbers: [writes])
    }

    private func compare(
        _ restored: [String: IndexStatistics], _ live: [String: IndexStatistics]?
    ) -> DrillComparison {
        DrillComparison(["a": "drill-a", "b": "drill-b"], restored: restored, live: live)
    }

    @Test func equalsAreEqual() {
        let both = ["drill-a": Self.index(2, writes: 4), "drill-b": Self.index(3, writes: 2)]
        let comparison = compare(both, ["a": Self.index(2, writes: 4), "b": Self.index(3, writes: 2)])
        #expect(comparison.findings.isEmpty && comparison.remarks.isEmpty)
        #expect(comparison.compared == 2 && comparison.documents == 5)
    }

    @Test func whatWasWrittenToSinceIsComparedWithNothing() {
        let comparison = compare(
            ["drill-a": Self.index(2, writes: 4), "drill-b": Self.index(3, writes: 2)], ["a": Self.index(1, writes: 5)])
        #expect(comparison.findings.isEmpty && comparison.compared == 0)
        #expect(comparison.remarks == ["2 indices changed since the backup, or went: compared with nothing"])
    }

    @Test func differencesAndGapsAreFound() {
        let comparison = compare(["drill-a": Self.index(2, writes: 4)], ["a": Self.index(3, writes: 4)])
        #expect(comparison.findings.map(\.kind) == [.notRestored, .countDiffers])
        #expect(comparison.findings.map(\.names) == [["b"], ["a: 2 came back, 3 live"]])
        #expect(comparison.findings.allSatisfy { $0.isVerdict })
    }

    @Test func withoutAnAnswerNothingIsCompared() {
        let comparison = compare(["drill-a": Self.index(2, writes: 4), "drill-b": Self.index(3, writes: 2)], nil)
        #expect(comparison.findings.isEmpty && comparison.remarks.count == 1 && comparison.compared == 0)
    }
}
