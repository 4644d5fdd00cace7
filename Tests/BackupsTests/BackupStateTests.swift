import ElasticsearchClient
import Testing
import Time

@testable import Backups

@Suite(.timeLimit(.minutes(10)))
struct BackupStateTests {
    /// A snapshot as `version/part/count/state`; it started at second 0 and ended at second 100.
    private static func parts(_ texts: [String]) -> [Part] {
        texts.map { text in
            let fields = text.split(separator: "/").map(String.init)
            let name = SnapshotName(
                id: BackupID(unchecked: "1"), version: fields[0], part: Int(fields[1]) ?? 0,
                partCount: Int(fields[2]) ?? 0)
            let state = Snapshot.State(fields[3])
            let snapshot = Snapshot(
                name: name.description, state: state, startTime: Instant(secondsSinceEpoch: 0),
                endTime: state == .inProgress ? nil : Instant(secondsSinceEpoch: 100))
            return Part(snapshot)
        }
        .compactMap { $0 }
    }

    @Test(arguments: [
        (["8/1/2/SUCCESS", "8/2/2/SUCCESS"], BackupState.completed),
        (["8/1/2/IN_PROGRESS"], .inProgress),
        (["8/1/2/SUCCESS", "8/2/2/IN_PROGRESS"], .inProgress),
        (["8/1/2/SUCCESS"], .inProgress),
        (["8/2/2/SUCCESS"], .incomplete),
        (["8/1/2/SUCCESS", "8/2/2/FAILED"], .failed),
        (["8/1/2/SUCCESS", "8/2/2/PARTIAL"], .failed),
        (["8/1/2/FAILED", "8/2/2/IN_PROGRESS"], .failed),
        (["8/1/2/SUCCESS", "8/2/2/INCOMPATIBLE"], .incompatible),
        (["8/1/2/SUCCESS", "8/2/2/MYSTERY"], .failed),
        // Two halves of different versions are no whole, though Optimize counts them as one.
        (["8/1/2/SUCCESS", "9/1/2/SUCCESS"], .incomplete),
        (["8/1/2/SUCCESS", "9/2/2/SUCCESS"], .incomplete),
        // A whole set counts, whatever else carries the id.
        (["8/1/2/SUCCESS", "8/2/2/SUCCESS", "9/1/2/FAILED"], .completed),
        (["8/1/2/SUCCESS", "8/2/2/SUCCESS", "9/1/2/SUCCESS", "9/2/2/SUCCESS"], .completed),
        (["8/1/3/SUCCESS", "8/2/3/SUCCESS"], .incomplete),
        (["8/1/3/SUCCESS", "8/2/3/SUCCESS", "8/3/3/SUCCESS"], .completed),
        (["8/1/2/SUCCESS", "8/2/3/SUCCESS"], .incomplete),
        (["8/1/1/SUCCESS"], .completed),
    ])
    func followsFromTheSnapshots(texts: [String], state: BackupState) {
        let now = Instant(secondsSinceEpoch: 200)
        let parts = Self.parts(texts)
        #expect(parts.count == texts.count)
        #expect(BackupState(of: parts, now: now, takeUpWithin: .seconds(3600)) == state)
        #expect(BackupState(of: parts.reversed(), now: now, takeUpWithin: .seconds(3600)) == state)
    }

    @Test(
        arguments: [(3700, BackupState.inProgress), (3701, .incomplete), (50, .inProgress)] as [(Int64, BackupState)])
    func partTwoMayFollowForAWhile(second: Int64, state: BackupState) {
        let now = Instant(secondsSinceEpoch: second)
        #expect(BackupState(of: Self.parts(["8/1/2/SUCCESS"]), now: now, takeUpWithin: .seconds(3600)) == state)
    }

    @Test func aFailureNamesThePartsThatFailed() {
        let backup = Backup(
            id: BackupID(unchecked: "1"), parts: Self.parts(["8/1/2/SUCCESS", "8/2/2/PARTIAL"]),
            now: Instant(secondsSinceEpoch: 200), takeUpWithin: .seconds(3600))
        #expect(backup.failureReason == "camunda_optimize_1_8_part_2_of_2 is PARTIAL")
    }
}
