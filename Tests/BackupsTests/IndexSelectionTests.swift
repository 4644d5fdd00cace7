import Testing

@testable import Backups

@Suite(.timeLimit(.minutes(10)))
struct IndexSelectionTests {
    private let bases = ["import-index", "timestamp-based-import-index", "position-based-import-index", "job-registry"]

    @Test func sortsOptimizesIndicesIntoParts() {
        let selection = IndexSelection(
            of: [
                "optimize-timestamp-based-import-index_v5", "optimize-position-based-import-index_v3",
                "optimize-metadata_v3",
                "optimize-process-instance-refunding_v8", "optimize-external-process-variable_v2-000001",
                "optimize-process-instance-a_v2-b_v8", "optimize-job-registry_v1", "optimize-import-index_v3",
            ], prefix: "optimize", firstPartBases: bases)
        #expect(
            selection.firstPart == [
                "optimize-import-index_v3", "optimize-job-registry_v1", "optimize-position-based-import-index_v3",
                "optimize-timestamp-based-import-index_v5",
            ])
        #expect(
            selection.secondPart == [
                "optimize-external-process-variable_v2-000001", "optimize-metadata_v3",
                "optimize-process-instance-a_v2-b_v8",
                "optimize-process-instance-refunding_v8",
            ])
        #expect(selection.neighbours.isEmpty)
        #expect(selection.uncovered.isEmpty)
    }

    @Test(arguments: [
        "optimize-metadata", "optimize-metadata_v", "optimize-metadata_vx", "optimize-_v3", "optimize-metadata_v3-1",
        "optimize-metadata_v3-0000001", "optimize-metadata_v3-00000x", "optimize-notes", "optimize-v3",
    ])
    func namesWhatIsInNoPart(name: String) {
        let selection = IndexSelection(of: [name], prefix: "optimize", firstPartBases: bases)
        #expect(selection.uncovered == [name])
        #expect(selection.firstPart.isEmpty && selection.secondPart.isEmpty)
    }

    @Test(arguments: ["other-metadata_v3", "optimizer-metadata_v3", "optimize_metadata_v3", "optimize"])
    func ignoresWhatHasAnotherPrefix(name: String) {
        #expect(
            IndexSelection(of: [name], prefix: "optimize", firstPartBases: bases)
                == IndexSelection(of: [], prefix: "optimize", firstPartBases: bases))
    }

    @Test func leavesAnotherOptimizesIndicesAlone() {
        let names = [
            "optimize-metadata_v3", "optimize-timestamp-based-import-index_v5", "optimize-test-metadata_v3",
            "optimize-test-timestamp-based-import-index_v5", "optimize-test-alert_v4", "optimize-test-notes",
            "optimize-tests-alert_v4",
        ]
        let selection = IndexSelection(of: names, prefix: "optimize", firstPartBases: bases)
        #expect(selection.neighbours == ["optimize-test"])
        #expect(selection.firstPart == ["optimize-timestamp-based-import-index_v5"])
        #expect(selection.secondPart == ["optimize-metadata_v3", "optimize-tests-alert_v4"])
        #expect(selection.uncovered.isEmpty)
        #expect(
            IndexSelection(of: names, prefix: "optimize-test", firstPartBases: bases).secondPart
                == ["optimize-test-alert_v4", "optimize-test-metadata_v3"])
    }

    /// A role narrows what an engine shows, and nothing in its answer says so: the master's own list does.
    @Test func theMastersListTellsWhatIsHidden() {
        let seen = ["optimize-metadata_v3", "optimize-timestamp-based-import-index_v5"]
        let states = [
            "optimize-metadata_v3": "green", "optimize-timestamp-based-import-index_v5": "red",
            "optimize-alert_v4": "yellow",
            "optimize-notes": "green", "optimize-b-metadata_v3": "green", "optimize-b-alert_v4": "green",
            "optimize-b-timestamp-based-import-index_v5": "green",
        ]
        let selection = IndexSelection(of: seen, prefix: "optimize", firstPartBases: bases, states: states)
        #expect(selection.isConfirmed && selection.hidden == ["optimize-alert_v4"])
        #expect(selection.red == ["optimize-timestamp-based-import-index_v5"])
        #expect(selection.neighbours == ["optimize-b"])
        let alone = IndexSelection(of: seen, prefix: "optimize", firstPartBases: bases)
        #expect(!alone.isConfirmed && alone.hidden.isEmpty)
    }

    @Test func aLongerPrefixNeedsBothToBeAnotherOptimize() {
        let selection = IndexSelection(
            of: ["optimize-process-instance-x-metadata_v8"], prefix: "optimize", firstPartBases: bases)
        #expect(selection.secondPart == ["optimize-process-instance-x-metadata_v8"])
        #expect(selection.neighbours.isEmpty)
    }
}
