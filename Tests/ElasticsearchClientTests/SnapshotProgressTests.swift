import ElasticsearchClient
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SnapshotProgressTests {
    /// Shards done of four, bytes of so many copied, and how far that is.
    @Test(arguments: [(0, 0, 0, 0.0), (2, 0, 0, 0.5), (4, 0, 0, 1.0), (2, 10, 100, 0.3), (4, 100, 100, 1.0)])
    func whatDidNotChangeGetsThereAsWell(done: Int, copied: Int64, new: Int64, fraction: Double) {
        let progress = SnapshotProgress(
            totalBytes: 500, incrementalBytes: new, processedBytes: copied, shardsDone: done, shardsTotal: 4)
        #expect(abs(progress.fraction - fraction) < 1e-9)
    }
}
