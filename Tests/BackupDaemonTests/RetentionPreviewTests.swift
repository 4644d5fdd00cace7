import Configuration
import ElasticsearchClient
import Retention
import Scheduling
import Simulation
import Synchronization
import TestSupport
import Testing
import Time

@testable import BackupDaemon
@testable import Backups

/// What is told in advance of retention, and what it does then; the world begins at 08:00.
@Suite(.timeLimit(.minutes(10)))
struct RetentionPreviewTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Of backups in the repository, every six hours, the newest an hour ago.
        var count = 12
        /// Which of them failed, counted from the newest.
        var failed: Set<Int> = []
        let change: @Sendable (inout DaemonSettings) -> Void
        /// How many go.
        let removed: Int
        var leftOver = 0
    }

    static let cases = [
        Case(testDescription: "nothing is to go", change: { _ in }, removed: 0),
        Case(
            testDescription: "the newest stay, and with the next backup one goes",
            change: { $0.jobs[0].retention = RetentionPolicy(keepLast: 12) }, removed: 1),
        Case(
            testDescription: "one of each day stays, and the newest",
            change: {
                $0.jobs[0].retention = RetentionPolicy(keepLast: 8, keep: [.daily: 30])
                $0.jobs[0].zone = (try? Zone.load("Asia/Tokyo")) ?? .utc
                $0.jobs[0].schedule = (try? Schedule("0 18 * * *")) ?? $0.jobs[0].schedule
            }, removed: 3),
        Case(
            testDescription: "what has failed goes by its age", count: 40, failed: [1, 29, 30, 39],
            change: { _ in }, removed: 3),
        Case(
            testDescription: "what expires by then",
            change: { $0.jobs[0].retention.expireAfter = .seconds(3 * 86_400 - 5 * 3_600 + 600) }, removed: 1),
        Case(
            testDescription: "a run deletes so many at most",
            change: {
                $0.jobs[0].retention = RetentionPolicy(keepLast: 9)
                $0.defaults.maximumDeletesPerRun = 2
            }, removed: 2, leftOver: 2),
        Case(
            testDescription: "by a schedule of its own, before the next backup",
            change: {
                $0.jobs[0].retention = RetentionPolicy(keepLast: 9)
                $0.defaults.schedule = try? Schedule("30 8 * * *")
            }, removed: 3),
        Case(
            testDescription: "more than half waits for a person",
            change: { $0.jobs[0].retention = RetentionPolicy(keepLast: 2) }, removed: 0),
        Case(
            testDescription: "it only reports",
            change: {
                $0.jobs[0].retention = RetentionPolicy(keepLast: 2)
                $0.defaults.mode = .report
            }, removed: 11),
    ]

    /// What is told is what the next prune does.
    @Test(arguments: cases)
    func itIsWhatThePrunerDoes(_ the: Case) throws {
        var settings = DaemonSettings(jobs: [JobSettings(name: "job", schedule: try Schedule("0 9 * * *"))])
        the.change(&settings)
        let told = Mutex<RetentionPreview?>(nil)
        let done = Mutex<[Pruning.Report]>([])
        inQuietWorld(snapshotsTake: .seconds(60)) { [settings] world in
            let newest = Instant(secondsSinceEpoch: world.trueTime.secondsSinceEpoch) - .seconds(3_600)
            addBackups(
                world, at: (0..<the.count).reversed().map { newest - .seconds($0 * 6 * 3_600) },
                failed: Set(the.failed.map { newest - .seconds($0 * 6 * 3_600) }))
            let instance = world.makeInstance()
            let daemon = Daemon(repository: makeRepository(world, instance), settings: settings) { event in
                guard !instance.isCut, case .pruned(let report, _) = event.kind else { return }
                done.withLock { $0.append(report) }
            }
            await live(daemon, instance) {
                try? await instance.sleep(for: .seconds(60))
                told.withLock { $0 = RetentionPreview(daemon.standing, at: instance.now()) }
                try? await instance.sleep(for: .seconds(3_600 + 600))
            }
        }
        let preview = try #require(told.withLock { $0 })
        let report = try #require(done.withLock { $0.first })
        let removed = report.reported ?? report.removed
        #expect(preview.removals.map(\.candidate.id) == removed.map(\.candidate.id))
        #expect(preview.removals.map(\.reasons) == removed.map(\.reasons))
        #expect(preview.removals.count == the.removed)
        #expect(preview.leftOver == report.leftOver)
        #expect(preview.leftOver == the.leftOver)
        #expect(preview.concerns == report.failures.map { "\($0)" })
        #expect(preview.isReport == (report.reported != nil))
        #expect(preview.obstacle == nil)
    }

    /// When it is applied next.
    @Test func whatComesFirstIsToldOf() throws {
        var night = try StandingAtNight()
        let now = "2027-01-15T02:10:00Z"
        func occasion() -> RetentionPreview.Occasion {
            RetentionPreview(night.at(now), at: time(now)).occasion
        }
        night.take(looked([backup("2027-01-15T02:00:00Z")]))
        #expect(occasion() == .backup(of: ["nightly"], at: time("2027-01-16T02:00:00Z"), zone: .utc))
        night.take(
            looked([backup("2027-01-15T02:00:00Z")], markers: [marker(.pause, "nightly"), marker(.pause, "weekly")]))
        #expect(occasion() == .person)
        night.take(looked([backup("2027-01-15T02:00:00Z")], markers: [marker(.pause, "nightly")]))
        #expect(occasion() == .backup(of: ["weekly"], at: time("2027-01-18T04:00:00Z"), zone: .utc))
        night.take(.pruned(Pruning.Report(putOff: BackupError(.repositoryBusy, "s runs")), jobs: []))
        #expect(occasion() == .anotherTry)
        let id = BackupID(of: "2027-01-15T02:05:00Z")
        night.take(.step(BackupEvent(id: id, .partStarted(part: 1, snapshot: "s", indices: 1)), jobs: ["nightly"]))
        #expect(occasion() == .runningBackup(id))
    }

    @Test func nothingIsToldOfWhatIsNotKnown() throws {
        var night = try StandingAtNight()
        let now = "2027-01-15T02:10:00Z"
        #expect(RetentionPreview(night.at(now), at: time(now)).obstacle == "the repository has not been seen yet")
        let good = backup("2027-01-15T02:00:00Z")
        night.take(looked([good], markers: [marker(.restore, "7"), marker(.hold, good.id.description)]))
        let preview = RetentionPreview(night.at(now), at: time(now))
        #expect(preview.obstacle == "7 is being restored: nothing is pruned meanwhile")
        #expect(preview.holds.map(\.id) == [good.id])
    }
}
