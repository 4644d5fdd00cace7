import Backups
import ElasticsearchClient
import Testing
import Time

/// Which backups a list shows.
@Suite(.timeLimit(.minutes(10)))
struct BackupFilterTests {
    @Test(arguments: [
        ("20261123", true), ("2026112", false), ("2026*", true), ("*23", true), ("*", true), ("**", true),
        ("2*1*3", true), ("2*6*1*3", true), ("2*11*12*3", false), ("*2611*", true), ("20261123*", true),
        ("*20261123*", true),
        ("20261123*3", false), ("2*4*", false), ("*1123*1123", false), ("", false), ("?0261123", false),
    ])
    func aPatternIsOfTheWholeID(pattern: String, admits: Bool) throws {
        let backup = Backup(
            id: try BackupID("20261123"), parts: [], now: Instant(secondsSinceEpoch: 0), takeUpWithin: .zero)
        #expect(BackupFilter(pattern: pattern).admits(backup) == admits)
    }
}
