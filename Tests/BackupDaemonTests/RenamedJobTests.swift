import Backups
import Configuration
import PrometheusExposition
import Retention
import Scheduling
import TestSupport
import Testing
import Time

@testable import BackupDaemon
@testable import Simulation

/// A job gets another name: what was taken under the former one is its own, wherever somebody asks.
@Suite(.timeLimit(.minutes(10)))
struct RenamedJobTests {
    private func settings(_ name: String, formerly former: [String] = []) -> DaemonSettings {
        guard let schedule = try? Schedule("0 9-12 * * *") else { preconditionFailure("a good expression") }
        var job = JobSettings(name: name, schedule: schedule)
        job.retention = RetentionPolicy(keepLast: 1)
        job.formerNames = former
        return DaemonSettings(jobs: [job])
    }

    /// After a restart nothing was missed but what is, nothing is overdue, and retention judges both names as one.
    @Test func aRestartUnderAnotherNameGoesOn() {
        inQuietWorld(snapshotsTake: .seconds(60)) { world in
            let first = world.makeInstance()
            let before = daemon(world, first, settings("old"))
            await live(before, first) { try? await first.sleep(for: .seconds(5_400)) }
            // The fire time of 10:00 comes while nobody is there.
            let rest = world.makeInstance()
            try? await rest.sleep(for: .seconds(2_400))
            for (isKnown, names) in [(false, []), (true, ["old"])] {
                let second = world.makeInstance()
                let after = daemon(world, second, settings("new", formerly: names))
                await live(after, second) {
                    try? await second.sleep(for: .seconds(600))
                    let job = after.standing.jobs.first
                    let isSeen = job?.held.newestGood?.jobs == ["new"]
                    if isSeen != isKnown { world.fail("\(names): \(String(describing: job?.held.newestGood))") }
                    let listed = (try? await after.sharedLook().get()) ?? []
                    let own = listed.filter(BackupFilter(job: "new").admits)
                    // The one of 09:00 went when that of 10:00 was there.
                    if own.count != (isKnown ? 1 : 0) { world.fail("\(names): \(own.map(\.id))") }
                    let due = own.first?.metadata?.due?.time.rfc3339
                    if isKnown, due != "2027-01-15T10:00:00Z" { world.fail("\(due ?? "none")") }
                    let words = Health(after.standing, at: second.now()).components.first { $0.name == "retention" }
                    if (words?.reason?.contains("old") ?? false) == isKnown { world.fail("\(words?.reason ?? "")") }
                }
            }
        }
    }

    /// A reload takes a new name as well: what was taken under the former one shows under it at once.
    @Test func aReloadTakesTheName() {
        inQuietWorld(snapshotsTake: .seconds(60)) { world in
            let instance = world.makeInstance()
            let daemon = daemon(world, instance, settings("old"))
            await live(daemon, instance) {
                try? await instance.sleep(for: .seconds(5_400))
                await daemon.reload(settings("new", formerly: ["old"]))
                try? await instance.sleep(for: .seconds(60))
                let job = daemon.standing.jobs.first
                if job?.settings.name != "new" || job?.held.newestGood == nil { world.fail("the past is lost") }
                if job?.isOverdue ?? true { world.fail("it is overdue") }
                await daemon.reload(settings("new"))
                try? await instance.sleep(for: .seconds(60))
                if daemon.standing.jobs.first?.held.newestGood != nil { world.fail("a stranger's backup is shown") }
            }
        }
    }

    /// What was under way under the former name is brought to its end, and serves the fire time of the new one.
    @Test func whatWasUnderWayServesTheNewName() {
        inQuietWorld(snapshotsTake: .seconds(300)) { world in
            let first = world.makeInstance()
            await live(daemon(world, first, settings("old")), first) { try? await first.sleep(for: .seconds(3_700)) }
            let second = world.makeInstance()
            let after = daemon(world, second, settings("new", formerly: ["old"]))
            await live(after, second) {
                try? await second.sleep(for: .seconds(1_200))
                let listed = (try? await after.sharedLook().get()) ?? []
                if listed.map(\.state) != [.completed] || listed.first?.jobs != ["new"] {
                    world.fail("\(listed.map(\.state)) \(listed.first?.jobs ?? [])")
                }
                let runs = StandingMetrics(after.standing).families.first { $0.name == "optimize_backup_runs" }
                let successes = runs?.series.filter { $0.labels == ["backup_job": "new", "outcome": "success"] }
                if "\(successes ?? [])".contains("1.0") == false { world.fail("\(successes ?? [])") }
            }
        }
    }

    private func daemon(_ world: World, _ instance: Instance, _ settings: DaemonSettings) -> Daemon {
        Daemon(repository: makeRepository(world, instance), settings: settings) { _ in }
    }
}
