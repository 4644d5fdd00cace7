import Testing

@testable import ElasticsearchClient

/// What is told of a shard that does not come back.
@Suite(.timeLimit(.minutes(10)))
struct PrimaryShardTests {
    @Test(arguments: [
        (
            "failed shard on node [n]: failed recovery, failure a.RecoveryFailedException: [i][0]\n\tat a.b(C.java:1)\n"
                + "Caused by: a.RestoreFailedException: failed to restore\n\t... 28 more\n"
                + "Caused by: java.nio.file.NoSuchFileException: /repo/__x\n\tat java.base/c(D.java:2)\n\t... 3 more",
            "java.nio.file.NoSuchFileException: /repo/__x"
        ),
        (
            "failed shard on node [n]: failed recovery, failure RecoveryFailedException[[i][0]: Recovery failed on {n}]; nested: "
                + "IndexShardRestoreFailedException[failed to restore]; nested: NoSuchFileException[/repo/__x]; ",
            "NoSuchFileException[/repo/__x]"
        ),
        ("restore_source[backups/s]", "restore_source[backups/s]"), ("node_left [x];", "node_left [x]"),
    ])
    func theCauseIsAtTheBottom(details: String, cause: String) {
        #expect(PrimaryShard(.unassigned, details: details).cause == cause)
    }

    @Test func withoutDetailsThereIsNone() { #expect(PrimaryShard(.started).cause == nil) }
}
