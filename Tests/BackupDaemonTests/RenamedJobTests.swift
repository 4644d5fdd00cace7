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

    /// Two jobs become one: each backup that they shared is one backup of it, and their schedules are both its own.
    @Test func twoJobsBecomeOne() {
        let backup = backup("2027-01-15T02:00:00Z", of: ["nightly", "weekly"], renamed: ["weekly": "nightly"])
        #expect(backup.jobs == ["nightly"] && backup.isFor("nightly") && !backup.isFor("weekly"))
        let hash = { (text: String) in
            (try? Schedule(text)).map { JobSettings(name: "nightly", schedule: $0).scheduleHash } ?? ""
        }
        #expect(backup.scheduleHashes(of: "nightly") == [hash("0 2 * * *"), hash("0 4 * * MON")])
        #expect(backup.scheduleHashes(of: "weekly").isEmpty)
        let plan = RetentionRules(jobs: ["nightly": .init(policy: RetentionPolicy(keepLast: 2), zone: .utc)]).plan(
            (11...15).map {
                Candidate(id: "\($0)", time: time("2027-01-\($0)T02:00:00Z"), state: .completed, jobs: backup.jobs)
            }, now: time("2027-01-15T03:00:00Z"))
        #expect(plan.filter(\.keeps).map(\.candidate.id) == ["15", "14"])
    }

    /// A pause goes with the job, and so does its end.
    @Test func aPauseFollowsTheName() {
        inQuietWorld(snapshotsTake: .seconds(60)) { world in
            let first = world.makeInstance()
            let before = daemon(world, first, settings("old"))
            await live(before, first) { _ = try? await before.pause(job: "old", reason: "") }
            let second = world.makeInstance()
            let after = daemon(world, second, settings("new", formerly: ["old"]))
            await live(after, second) {
                try? await second.sleep(for: .seconds(60))
                if !(after.standing.jobs.first?.isPaused ?? false) { world.fail("the pause is lost") }
                try? await after.resume(job: "new")
                try? await second.sleep(for: .seconds(60))
                if after.standing.jobs.first?.isPaused ?? true { world.fail("the pause stays") }
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
        let usual = makeRepository(world, instance)
        var own = usual.settings
        own.renamedJobs = settings.jobs.renamed
        return Daemon(repository: BackupRepository(client: usual.client, settings: own), settings: settings) { _ in }
    }
}
