import Configuration
import ElasticsearchClient
import Scheduling
import Simulation
import Synchronization
import TestSupport
import Testing
import Time

@testable import BackupDaemon
@testable import Backups

/// What is usual of a job's backups, and what is not.
@Suite(.timeLimit(.minutes(10)))
struct BaselineTests {
    /// Backups of so many seconds and bytes, one a day, the newest first; as many of them as are given are of a newer Optimize.
    private func history(_ backups: [(seconds: Int64, bytes: Int64?)], newer: Int = 0) -> [Backup] {
        zip((1...28).reversed(), backups).map { day, what in
            let version = day > 28 - newer ? "8.7.0" : "8.6.0"
            let backup = backup(
                "2027-01-\(day < 10 ? "0" : "")\(day)T02:00:00Z", seconds: what.seconds, version: version)
            return what.bytes.map(backup.sized) ?? backup
        }
    }

    @Test(
        arguments: [
            ("nothing", [], nil), ("one", [(60, 10)], nil), ("too few before it", [(60, 10), (60, 10), (60, 10)], nil),
            ("as ever", [(60, 10), (60, 10), (60, 10), (60, 10)], (1, 1)),
            ("an odd number before it", [(120, 60), (20, 10), (60, 20), (600, 90)], (2, 3)),
            ("an even number before it", [(120, 60), (20, 10), (50, 10), (70, 30), (600, 90)], (2, 3)),
            (
                "no more than ten count",
                [(120, 60)] + Array(repeating: (60, 20), count: 10) + Array(repeating: (6, 2), count: 11), (2, 3)
            ),
            ("it has lost everything", [(60, 0), (60, 10), (60, 10), (60, 10)], (1, 0)),
        ] as [(String, [(Int64, Int64?)], (Double, Double)?)])
    func comparesWithTheMedian(
        what: String, backups: [(seconds: Int64, bytes: Int64?)], ratios: (duration: Double, size: Double)?
    ) {
        let baseline = Baseline(history(backups))
        #expect(baseline.duration == ratios?.duration)
        #expect(baseline.size == ratios?.size)
        #expect(baseline.indices == ratios.map { _ in 1 })
    }

    /// Sizes that nobody has asked for count for nothing; the rest is compared all the same.
    @Test func whatIsNotKnownIsNotCompared() {
        let baseline = Baseline(history([(60, 10), (60, nil), (60, 10), (60, 10)]))
        #expect(baseline.size == nil && baseline.duration == 1)
        #expect(Baseline(history([(60, nil), (60, 10), (60, 10), (60, 10)])).size == nil)
    }

    /// Another version of Optimize may hold other indices.
    @Test func aNewVersionBeginsAnew() {
        let backups = Array(repeating: (seconds: Int64(60), bytes: Int64?(10)), count: 8)
        #expect(Baseline(history(backups, newer: 3)).duration == nil)
        #expect(Baseline(history(backups, newer: 4)).duration == 1)
    }

    /// At a start the engine is asked once how large a snapshot is, by however many jobs it is shared.
    @Test func whatJobsShareIsAskedOnce() {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let jobs = ["a", "b", "c"]
            addBackups(world, at: (1...5).map { world.trueTime - .seconds($0 * 86_400) }.reversed(), of: jobs)
            let instance = world.makeInstance()
            let wire = Wire(instance)
            let repository = BackupRepository(
                client: EngineClient(transport: wire, clock: instance, random: { world.random() }),
                settings: makeRepository(world, instance).settings)
            guard let never = try? Schedule("0 0 1 1 *") else { return world.fail("no schedule") }
            let settings = DaemonSettings(jobs: jobs.map { JobSettings(name: $0, schedule: never) })
            let daemon = Daemon(repository: repository, settings: settings) { _ in }
            await live(daemon, instance) { try? await instance.sleep(for: .seconds(60)) }
            let asked = wire.asked.withLock { $0 }
            if asked.count != 10 || Set(asked).count != 10 { world.fail("asked were \(asked.count): \(asked)") }
        }
    }
}
