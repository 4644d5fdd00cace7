import Backups
import Configuration
import Testing

/// A room that knows no configuration has the defaults that the configuration has.
@Suite(.timeLimit(.minutes(10)))
struct DefaultsTests {
    @Test func areTheSameWithoutAConfiguration() {
        let configured = BackupSettings(repositoryName: "r")
        let own = BackupRepository.Settings(repositoryName: "r", createdBy: "test", instance: "test")
        #expect(own.indexPrefix == configured.indexPrefix && own.optimizeVersion == configured.optimizeVersion)
        #expect(own.firstPartIndices == configured.firstPartIndices && own.formerClusters == configured.formerClusters)
        #expect(own.timeout == configured.timeout && own.takeUpWithin == configured.takeUpWithin)
        #expect(own.waitForOthers == configured.waitForOthers)
    }
}
