internal import BackupDaemon
internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import JSON
internal import PrometheusExposition
internal import Scheduling
internal import SimulatedEngine
internal import Time

/// Watches one process of the daemon for the ledger, and holds what it tells against what the engine has.
final class LifeWatch: @unchecked Sendable {
    // Unchecked: used by the simulation's one thread.

    private let world: World
    private let ledger: Ledger
    private let instance: Instance
    private let life: Life
    private let start: Duration
    private let takeUpWithin: Duration
    /// Given once there is one.
    var daemon: Daemon?
    /// Fire times for which this process has seen part 2 end well.
    private var seenWhole: Set<Instant> = []
    /// Backups taken by hand that this process has begun, or gone on with, and how many successes it told of such.
    private var seenByHand: Set<String> = []
    private var successesByHand = 0
    /// Fire times of which an attempt has failed since Optimize was upgraded.
    private var metUpgrade: Set<Instant> = []

    init(
        _ world: World, _ ledger: Ledger, _ instance: Instance, on host: String, _ settings: DaemonSettings,
        takeUpWithin: Duration
    ) {
        (self.world, self.ledger, self.instance, self.takeUpWithin) = (world, ledger, instance, takeUpWithin)
        start = instance.uptime()
        let now = instance.now()
        let backups = world.trueBackups()
        var newest: [String: Instant] = [:]
        for backup in backups {
            guard let due = backup.due, due <= now else { continue }
            for job in backup.jobs { newest[job] = max(newest[job] ?? due, due) }
        }
        life = ledger.begin(
            instance.name, on: host, settings, wall: now, now: world.trueTime, newestGood: newest)
        for job in settings.jobs {
            var cursor = now - job.catchUpWithin
            while let time = job.nextFireTime(after: cursor)?.time, time <= now {
                cursor = time
                if world.isUnreadable(time) { ledger.recordUnreadable(.init(job.name, time)) }
            }
        }
    }

    /// When its clock was set last, by the monotonic one.
    private var steppedAt: Duration?

    /// What the host's clock shows.
    var wall: Instant { instance.now() }

    /// Brings the ledger up to what the host's clocks show.
    func pass() { life.pass(to: instance.now(), uptime: instance.uptime() - start) }

    func stepClock(by step: Duration) {
        pass()
        world.log("\(instance.name) sets its clock by \(step)")
        instance.stepClock(by: step)
        steppedAt = instance.uptime()
        life.jump(to: instance.now())
    }

    /// Suspends the machine for a while of true time.
    func suspend(for duration: Duration) {
        guard !instance.isCut, !instance.isSuspended else { return }
        pass()
        world.log("\(instance.name) is suspended for \(duration)")
        instance.suspend()
        let (world, instance, life) = (world, instance, life)
        world.executor.schedule(after: duration) {
            guard !instance.isCut else { return }
            world.log("\(instance.name) wakes")
            life.jump(to: instance.now())
            instance.wake()
        }
    }

    /// What the process has told must be what its metrics show; to be called while it lives.
    func end() {
        if !instance.isSuspended { pass() }
        checkCounters()
        checkLastSuccess()
        checkOverdue()
        ledger.end(life)
    }

    /// Takes in what the daemon tells.
    func take(_ event: DaemonEvent) {
        pass()
        switch event.kind {
        case .reloaded(let settings): life.reload(settings)
        case .step(let step, _): take(step, by: event.requester)
        case .retrying(let error, _, let due, _, _, _) where error.isOfUpgrade: metUpgrade.insert(due)
        case .succeeded(_, _, nil, let counting):
            for job in counting { life.count(.success, job) }
            // What has counted once is no success again.
            if !counting.isEmpty { successesByHand += 1 }
            if successesByHand > seenByHand.count {
                world.fail("\(life) counts \(successesByHand) successes by hand of \(seenByHand.sorted())")
            }
        case .failed(_, _, _, nil, let counting, _): for job in counting { life.count(.failed, job) }
        case .failed(let error, _, _, let due?, let counting, _) where !counting.isEmpty: check(error, counting, due)
        case .missed(let job, let times): take(times, of: job, event)
        default: break
        }
        if case .missed = event.kind { return }
        for (outcome, job, time) in event.outcomes(life.settings.jobs) {
            world.log("\(instance.name) \(job) \(time.rfc3339) \(outcome)")
            life.count(outcome, job)
            ledger.tell(outcome, .init(job, time), in: life, now: world.trueTime)
            switch outcome {
            case .success: checkSuccess(job, time)
            case .skipped: checkSkip(job, time)
            case .failed, .missed: break
            }
        }
    }

    private func take(_ step: BackupEvent, by requester: Requester) {
        switch step.step {
        case .partStarted(_, let name, _):
            if requester == .api || isByHand(name) { seenByHand.insert(step.id.description) }
        case .takenUp: seenByHand.insert(step.id.description)
        case .partCompleted(let part, let snapshot) where part == 2:
            let due = world.trueBackups().first { $0.parts[1].uuid == snapshot.uuid.description }?.due
            if let due { seenWhole.insert(due) }
        case .completed(let backup):
            guard let metadata = backup.metadata, let due = metadata.due else { return }
            for job in metadata.jobs { ledger.record(backup.id.description, goodFor: .init(job, due.time)) }
        default: break
        }
    }

    private func isByHand(_ name: String) -> Bool {
        world.engine.withState { $0.repositories["backups"]?.snapshot(name)?.metadata?["dueTime"] == nil }
    }

    /// Those of a run of fire times that have not ended otherwise were missed.
    private func take(_ times: FireTimes, of job: String, _ event: DaemonEvent) {
        var fires = event.outcomes(life.settings.jobs).map { Ledger.FireTimeOfJob($0.job, $0.time) }
        let whole = Set(world.trueBackups().filter { $0.jobs.contains(job) }.compactMap(\.due))
        if fires.count > times.count {
            fires.removeAll {
                world.isUnreadable($0.time) || whole.contains($0.time) || ledger.isCancelled($0.time)
                    || world.isBegun($0.time, for: job)
            }
        }
        let counting = fires.filter { fire in !(life.outcomes[fire] ?? []).contains { $0 != .missed } }
        world.log("\(instance.name) \(job) \(fires.count) missed from \(times.first.rfc3339), \(counting.count) count")
        life.count(.missed, job, times: times.counting)
        // Which of a run with gaps were meant can't always be told from outside.
        if !life.wasSetBack, fires.count == times.count, counting.count != times.counting {
            world.fail(
                "\(life) counts \(times.counting) fire times of \(job) as missed, not \(counting.count): \(times)")
        }
        for fire in counting {
            ledger.tell(.missed, fire, in: life, now: world.trueTime)
            guard life.hasRightClock, life.firstJump == nil else { continue }
            if whole.contains(fire.time), world.damagedUUIDs.isEmpty, world.blobsAreSteady {
                world.fail("\(life): \(fire) is called missed, though it has a good backup")
            }
            if ledger.isPaused(job, on: life.host, at: fire.time) {
                world.fail("\(life): \(fire) is called missed, though the job was paused")
            }
        }
    }

    /// A success is one only if the engine has a whole good backup that was taken for that job.
    private func checkSuccess(_ job: String, _ time: Instant) {
        let fire = Ledger.FireTimeOfJob(job, time)
        checkStanding(of: job, after: fire)
        let due = world.trueBackups().filter { $0.due == time }
        let own = due.filter { $0.jobs.contains(job) }
        guard !own.isEmpty else {
            if world.isCancelled(time) { return }
            let others = due.map { "\($0.id) of \($0.jobs)" }
            return world.fail("\(life): \(fire) is a success, but no good backup names the job, of \(others)")
        }
        let flaws = own.map { world.flaws(of: $0, takeUpWithin: takeUpWithin) }
        if !flaws.contains(where: \.isEmpty) {
            world.fail("\(life): \(fire) is a success, but of its backup \(flaws.joined().sorted())")
        }
    }

    /// What was wrong before a success is so no more.
    private func checkStanding(of job: String, after fire: Ledger.FireTimeOfJob) {
        guard let standing = daemon?.standing, life.settings.jobs.contains(where: { $0.name == job }) else { return }
        let failures = gauge("consecutive_failures", job, in: standing)
        let isFailing = [ScheduledJob](standing).contains { $0.name == job && $0.failure != nil }
        if failures != 0 || isFailing {
            world.fail(
                "\(life): after the success of \(fire) consecutive_failures is \(failures ?? -1), a failure stands")
        }
    }

    private func gauge(_ name: String, _ job: String, in standing: Standing) -> Double? {
        StandingMetrics(standing).families.first { $0.name == "optimize_backup_\(name)" }?.series
            .first { $0.labels["backup_job"] == job }.flatMap {
                if case .number(let value) = $0.value { value } else { nil }
            }
    }

    /// What was whole when it was last seen is no failure, nor is what another attempt would have cured.
    private func check(_ error: BackupError, _ jobs: [String], _ time: Instant) {
        let isGood = world.trueBackups().contains { $0.due == time && Set($0.jobs).isSuperset(of: jobs) }
        // What ended after its time has failed, however well it ended.
        if isGood, error.code != .tooLate, seenWhole.contains(time), !world.isUnreadable(time),
            !world.isCancelled(time), world.blobsAreSteady
        {
            world.fail(
                "\(life): the fire time \(time.rfc3339) of \(jobs) failed, though both parts had ended well: \(error)")
        }
        let upgrades = world.upgrades.count { $0 > time }
        if error.isOfUpgrade, metUpgrade.contains(time), upgrades < 2 {
            world.fail(
                "\(life): the fire time \(time.rfc3339) of \(jobs) failed again after one upgrade: \(error.message)")
        }
    }

    /// A fire time is skipped for a pause, for a cancel, or for a later one that came while another backup ran.
    private func checkSkip(_ job: String, _ time: Instant) {
        let (now, fire) = (instance.now(), Ledger.FireTimeOfJob(job, time))
        let skew = now - world.trueTime
        if ledger.mayBePaused(job, on: life.host, from: time - skew, to: world.trueTime)
            || world.hasMarker(.pause, job) || world.hasMarker(.restore, job) || world.isCancelled(time)
            || ledger.isCancelled(time) || life.settings.jobs.contains(where: { $0.name == job && $0.isPaused })
        {
            return
        }
        guard let settings = life.configured[job]?.last else { return }
        guard let next = settings.nextFireTime(after: time)?.time, next <= now else {
            return world.fail("\(life): \(fire) is skipped, though no later one has come")
        }
        guard life.hasRightClock, life.firstJump == nil, time > life.start else { return }
        let span = (time - skew)...world.trueTime
        if !world.backupRuns.contains(where: { $0.lowerBound <= span.upperBound && $0.upperBound >= span.lowerBound }) {
            world.fail("\(life): \(fire) is skipped for the next one, though no backup ran all the while")
        }
        let waited = instance.deletes.reduce(Duration.zero) { sum, delete in
            sum + max(min(delete.upperBound, next - skew) - max(delete.lowerBound, time - skew), .zero)
        }
        if waited > (next - time) / 2 {
            world.fail(
                "\(life): \(fire) is skipped for the next one, while \(Int(waited.seconds)) s went by with deletes")
        }
    }

    /// `_runs_total` tells what was told.
    private func checkCounters() {
        guard let standing = daemon?.standing else { return }
        let series = StandingMetrics(standing).families.first { $0.name == "optimize_backup_runs" }?.series ?? []
        for entry in series {
            guard let job = entry.labels["backup_job"], let text = entry.labels["outcome"],
                let outcome = Outcome(rawValue: text), case .number(let value) = entry.value
            else { continue }
            let told = life.counts[job]?[outcome] ?? 0
            if Double(told) != value {
                world.fail("\(life): _runs_total of '\(job)', \(text), is \(Int(value)), but \(told) were told")
            }
        }
    }

    /// `_last_success_timestamp_seconds` is not older than the good backups that the last look had.
    private func checkLastSuccess() {
        guard let standing = daemon?.standing, let look = lastSteadyLook(of: standing) else { return }
        for job in life.settings.jobs.map(\.name) {
            // The newest is the one that was due, or begun by hand, last.
            guard let newest = goodBackups(of: job, at: look).max(by: { $0.time < $1.time }), newest.due != nil else {
                continue
            }
            let told = gauge("last_success_timestamp_seconds", job, in: standing) ?? 0
            if told < Double(newest.end.secondsSinceEpoch) - 1 {
                let shown = Instant(secondsSinceEpoch: Int64(told)).rfc3339
                world.fail("\(life): the last success of \(job) is shown as \(shown), not \(newest.end.rfc3339)")
            }
        }
    }

    /// `_overdue_timestamp_seconds` is the fire time after the newest success and a margin: no earlier, and no later but for a change, or
    /// for a start where there is none.
    private func checkOverdue() {
        guard let standing = daemon?.standing, let look = lastSteadyLook(of: standing), life.hasRightClock,
            life.firstJump == nil
        else { return }
        let now = instance.now()
        for job in life.settings.jobs {
            guard let told = gauge("overdue_timestamp_seconds", job.name, in: standing) else { continue }
            let surely = goodBackups(of: job.name, at: look)
            let perhaps = goodBackups(of: job.name, at: world.trueTime + .seconds(60))
            let isPaused = ledger.isPaused(job.name, on: life.host, at: now)
            if isPaused, told.isFinite { world.fail("\(life): \(job.name) is paused, and overdue at \(told)") }
            let since = surely.map(\.time).max() ?? Instant(secondsSinceEpoch: 0)
            guard !isPaused, !ledger.mayBePaused(job.name, on: life.host, from: since, to: now) else { continue }
            if let newest = surely.map(\.time).max(), let fire = job.nextFireTime(after: newest)?.time {
                let earliest = fire + .seconds(3_600)
                if told < Double(earliest.secondsSinceEpoch) {
                    world.fail("\(life): \(job.name) is overdue at \(told), before \(earliest.rfc3339)")
                }
            }
            let newest = perhaps.map(\.time).max()
            let start = newest == nil || !ledger.hasOneSchedule(job) ? life.start : nil
            guard let bound = [newest, start, life.changes[job.name]].compactMap({ $0 }).max(),
                let fire = job.nextFireTime(after: bound)?.time
            else { continue }
            let longest = perhaps.map { $0.end - $0.parts[0].start }.max() ?? .zero
            let latest = fire + max(.seconds(3_600), longest * 2)
            if told > Double(latest.secondsSinceEpoch) + 1 {
                world.fail("\(life): \(job.name) is overdue at \(told) only, after \(latest.rfc3339)")
            }
        }
    }

    /// The true time until which the last look has seen all; nil where that can't be told from outside.
    private func lastSteadyLook(of standing: Standing) -> Instant? {
        guard let seen = standing.seen, world.damagedUUIDs.isEmpty, !instance.isSuspended else { return nil }
        // A look follows a change of the clock, but for whoever is being ended.
        if let steppedAt, instance.uptime() - steppedAt < .seconds(60), seen.uptime < steppedAt { return nil }
        let ago = instance.uptime() - seen.uptime
        let look = world.trueTime - ago - instance.suspension(within: ago) - .seconds(60)
        // What could be read again since the look may not have been there for it.
        let isSteady = world.blobsChanged.map { world.executor.elapsed - $0 > world.trueTime - look } ?? true
        return isSteady ? look : nil
    }

    /// The good backups of a job that had ended by a moment; what is dated in the future is not there yet.
    private func goodBackups(of job: String, at time: Instant) -> [TrueBackup] {
        world.trueBackups().filter {
            $0.jobs.contains(job) && $0.end < time && $0.time < time && !world.hasMarker(.failed, $0.id.description)
        }
    }
}

extension BackupError {
    /// Whether part 2 would have been another version's than part 1.
    fileprivate var isOfUpgrade: Bool { code == .contentMismatch && message.contains("changed from version") }
}
