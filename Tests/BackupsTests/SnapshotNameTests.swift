import Testing

@testable import Backups

@Suite(.timeLimit(.minutes(10)))
struct SnapshotNameTests {
    @Test(arguments: [
        ("camunda_optimize_backup1_3.9.0_part_1_of_2", "backup1", "3.9.0", 1, 2),
        ("camunda_optimize_a_b_3.9.0_part_2_of_2", "a_b", "3.9.0", 2, 2),
        ("camunda_optimize__3.9.0_part_1_of_2_8.6.0_part_2_of_2", "_3.9.0_part_1_of_2", "8.6.0", 2, 2),
        ("camunda_optimize_20270328004000_8.6.0-snapshot_part_1_of_2", "20270328004000", "8.6.0-snapshot", 1, 2),
    ])
    func readsAndWritesTheSame(name: String, id: String, version: String, part: Int, count: Int) throws {
        let parsed = try #require(SnapshotName(name))
        #expect(parsed.id.description == id)
        #expect(parsed.version == version)
        #expect(parsed.part == part)
        #expect(parsed.partCount == count)
        #expect(parsed.description == name)
    }

    @Test(arguments: [
        "", "camunda_optimize_", "camunda_optimize_1_part_1_of_2", "camunda_optimize__8.6.0_part_1_of_2",
        "camunda_optimize_1__part_1_of_2", "camunda_optimize_1_8.6.0_part_0_of_2",
        "camunda_optimize_1_8.6.0_part_1_of_10",
        "camunda_optimize_1_8.6.0_part_1_of_2_", "camunda_optimize_1_8.6.0_part_1_of_2x",
        "camunda_optimize_1_8.6.0_PART_1_of_2",
        "xcamunda_optimize_1_8.6.0_part_1_of_2", "camunda_webapps_1_8.6.0_part_1_of_2",
        "camunda_optimize_1_8.6.0_part_+1_of_2",
    ])
    func refusesWhatIsNoPart(name: String) {
        #expect(SnapshotName(name) == nil)
    }
}
