package import BackupDaemon
internal import Configuration
internal import Scheduling
package import Time

/// How every fire time of every job ended, on every host, kept from outside.
///
/// Each fire time that comes while a daemon lives and has the job ends once in that life, but for those still under way when it
/// ends; of what lies before a start, what is owed is not lost. It is told what comes to pass, and knows no daemon and no engine.
package final class Ledger: @unchecked Sendable {
    // Unchecked: used by the simulation's one thread.

    /// A fire time of a job.
    package struct FireTimeOfJob: Hashable, Comparable, CustomStringConvertible {
        package let job: String
        package let time: Instant

        package init(_ job: String, _ time: Instant) { (self.job, self.time) = (job, time) }

        package var description: String { "the fire time \(time.rfc3339) of \(job)" }

        package static func < (left: Self, right: Self) -> Bool { (left.time, left.job) < (right.time, right.job) }
    }

    /// From when to when a marker pauses a job, by the true time: asked for, standing, about to be lifted, lifted.
    private struct Pause {
        let job: String
        let begun: Instant
        var stands: Instant?
        var lifting: Instant?
        var ended: Instant?
    }

    /// For so long a daemon may be awake after a fire time came, or after its start, before all is told.
    let patience: Duration
    private let fail: (String) -> Void
    private var lives: [Life] = []
    /// What any life has told, of which those that were wrong no longer count.
    private var told: Set<FireTimeOfJob> = []
    private var succeeded: [String: Set<FireTimeOfJob>] = [:]
    private var good: [FireTimeOfJob: Set<String>] = [:]
    private var cancelled: Set<Instant> = []
    private var unreadable: Set<FireTimeOfJob> = []
    private var pauses: [Pause] = []

    package init(patience: Duration, fail: @escaping (String) -> Void) {
        self.patience = patience
        self.fail = fail
    }

    /// A daemon starts on a host.
    ///
    /// - Parameters:
    ///   - wall: what the host's clock shows.
    ///   - now: the true time.
    ///   - newestGood: when the newest good backup of each job was due, not counting what is due later than `wall`.
    package func begin(
        _ name: String, on host: String, _ settings: DaemonSettings, wall: Instant, now: Instant,
        newestGood: [String: Instant] = [:]
    ) -> Life {
        let before = lives.last { $0.host == host }
        let life = Life(name, on: host, settings, wall: wall, now: now, newestGood: newestGood, after: before)
        lives.append(life)
        return life
    }

    /// A fire time has ended in a life, by what the daemon tells.
    package func tell(_ outcome: Outcome, _ fire: FireTimeOfJob, in life: Life, now: Instant) {
        if life.isFalse(fire) { return fail("\(life) tells \(outcome) of \(fire), which is none of its fire times") }
        let before = life.outcomes[fire] ?? []
        if !before.isEmpty {
            fail("\(life): \(fire) ended \(before.count + 1) times: \((before + [outcome]).map(\.rawValue))")
        }
        told.insert(fire)
        // What a clock that is ahead calls missed may come yet, on another host.
        if outcome == .missed, fire.time > now + .seconds(10) {
            life.missedEarly.insert(fire)
            return
        }
        life.outcomes[fire, default: []].append(outcome)
        guard outcome == .success else { return }
        // Once the clock was set back, it comes in this life as well; by the engine's clock it may not have come yet.
        if fire.time <= life.start, !life.wasSetBack, life.hasRightClock, succeeded[life.host]?.contains(fire) ?? false
        {
            fail("\(life) tells success of \(fire), as has an earlier run of the same host")
        }
        succeeded[life.host, default: []].insert(fire)
    }

    /// A good backup has come to its end, which was taken for that fire time.
    package func record(_ id: String, goodFor fire: FireTimeOfJob) { good[fire, default: []].insert(id) }

    /// Somebody asks to cancel the backup of a fire time: whatever becomes of that, none may come.
    package func cancel(_ time: Instant) { cancelled.insert(time) }

    /// A life ends: whatever came a while ago must have ended in it.
    package func end(_ life: Life) {
        life.hasEnded = true
        for (fire, coming) in life.came.sorted(by: { $0.key < $1.key })
        where life.uptime - coming.uptime > patience && !life.hasOutcome(fire) {
            let why = coming.isPaused ? ", and was paused by the configuration" : ""
            let ago = Int((life.uptime - coming.uptime).seconds)
            fail("\(life): \(fire) has no outcome\(why); it came \(ago) s before the end")
        }
        life.open = Set(life.came.keys).filter { !life.hasOutcome($0) }
    }

    /// The world ends: nothing that was owed at a start was lost, and no fire time has two good backups.
    package func close() {
        for life in lives where life.isTrusted(for: patience) { checkOwed(life) }
        for (fire, ids) in good.sorted(by: { $0.key < $1.key }) where ids.count > 1 {
            fail("\(fire) has several good backups: \(ids.sorted())")
        }
    }

    /// Of what came before a start and after the newest good backup, each has been told by some life.
    private func checkOwed(_ life: Life) {
        for job in life.firstSettings.jobs where !job.isPaused {
            guard let newest = life.newestGood[job.name] else { continue }
            // What is barely within reach may be out of it by the time that the repository could be seen.
            var cursor = max(newest, life.start - job.catchUpWithin + patience / 4)
            while let time = job.nextFireTime(after: cursor)?.time, time <= life.start {
                cursor = time
                let fire = FireTimeOfJob(job.name, time)
                // What lies before one that was cancelled was not missed either.
                if cancelled.contains(where: { $0 >= time && $0 <= life.start }) { continue }
                guard !told.contains(fire), good[fire] == nil, !unreadable.contains(fire),
                    !mayBePaused(job.name, on: life.host, from: time, to: life.startTime + patience),
                    !life.isReloaded(before: patience)
                else { continue }
                let how = life.ancestor(with: fire).map { ", and was under way when \($0) ended" } ?? ""
                fail("\(life): \(fire) was lost: it came before the start\(how), and no life has told its outcome")
            }
        }
    }
}

// What speaks against a backup.
extension Ledger {
    /// What may be the backup of a fire time can't be read at a start: nobody takes it anew.
    package func recordUnreadable(_ fire: FireTimeOfJob) { unreadable.insert(fire) }

    /// Somebody asks for a pause by marker.
    package func pauseBegins(_ job: String, now: Instant) { pauses.append(Pause(job: job, begun: now)) }

    package func pauseStands(_ job: String, now: Instant) {
        if let last = pauses.lastIndex(where: { $0.job == job && $0.ended == nil }) {
            pauses[last].stands = pauses[last].stands ?? now
        }
    }

    package func resumeBegins(_ job: String, now: Instant) {
        for index in pauses.indices where pauses[index].job == job {
            pauses[index].lifting = pauses[index].lifting ?? now
        }
    }

    package func resumeStands(_ job: String, now: Instant) {
        for index in pauses.indices where pauses[index].job == job && pauses[index].lifting != nil {
            pauses[index].ended = pauses[index].ended ?? now
        }
    }

    /// Whether a job is paused for certain at a moment, on that host.
    package func isPaused(_ job: String, on host: String, at time: Instant) -> Bool {
        let slack = Duration.seconds(60)
        let byMarker = pauses.contains { pause in
            guard let stands = pause.stands, pause.job == job else { return false }
            return stands + slack < time && pause.lifting.map { $0 > time + slack } ?? true
        }
        return byMarker
            || lives.contains { $0.host == host && $0.isPaused(job, throughout: time - slack...time + slack) }
    }

    /// Whether a job may have been paused at some moment, on that host.
    package func mayBePaused(_ job: String, on host: String, from start: Instant, to end: Instant) -> Bool {
        let slack = Duration.seconds(600)
        return pauses.contains { pause in
            pause.job == job && pause.begun <= end && pause.ended.map { $0 + slack >= start } ?? true
        } || lives.contains { $0.host == host && $0.isPaused(job, within: start - slack...max(end, start)) }
    }

    /// Whether whoever had a job always had it due as it is there.
    func hasOneSchedule(_ job: JobSettings) -> Bool {
        lives.allSatisfy { $0.configured[job.name]?.allSatisfy { $0.hasSameFireTimes(as: job) } ?? true }
    }

    package func isCancelled(_ time: Instant) -> Bool { cancelled.contains(time) }
}
