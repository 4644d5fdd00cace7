internal import Backups
internal import Configuration
internal import Scheduling
internal import Text
internal import Time
internal import Waiting

/// Takes backups as they fall due, and prunes.
actor Scheduler {
    let operations: Operations
    let lookout: Lookout
    private(set) var settings: DaemonSettings
    /// What falls due later comes by itself; what fell due before may have been missed.
    private let start: Instant
    private var agenda: Agenda
    /// Fire times for which this process tries to get a backup.
    var trying: Set<Instant> = []
    /// Orders by hand that have ended here: what becomes of their remains is no outcome any more.
    private var endedOrders: Set<BackupID> = []
    private let pruner: Pruner
    /// Given by a reload, to plan anew.
    private let replanned = Wakeup()

    init(_ operations: Operations, _ lookout: Lookout, _ settings: DaemonSettings) {
        self.operations = operations
        self.lookout = lookout
        self.settings = settings
        pruner = Pruner(operations, lookout, settings)
        start = operations.clock.now()
        agenda = Agenda(settings, at: start)
        operations.standing.update { [agenda] in $0.configure(settings, agenda) }
    }

    var repository: BackupRepository { operations.repository }
    var clock: any Clock { operations.clock }

    /// Takes over another configuration; what runs goes on, and jobs that stay keep their phase.
    func reload(_ settings: DaemonSettings) async {
        advance(to: clock.now())
        self.settings = settings
        agenda.replace(settings, at: clock.now())
        operations.standing.update { [agenda] in $0.configure(settings, agenda) }
        operations.emit(.reloaded(settings))
        if let markers = operations.standing.current.seen?.markers { endPauses(markers) }
        replanned.wake()
        await pruner.reload(settings)
    }

    /// Tells of pauses that are over what they have skipped.
    func endPauses(_ markers: Markers) {
        for (job, times) in agenda.endPauses(but: { markers.pause(of: $0) != nil }).sorted(by: { $0.key < $1.key }) {
            operations.emit(.unpaused(job: job, times), by: .schedule)
        }
    }

    /// Waits for fire times, one after the other, and hands over a backup for each.
    func run() async {
        while !Task.isCancelled {
            advance(to: clock.now())
            await waitForNext()
        }
    }

    private func advance(to now: Instant) {
        let step = agenda.advance(to: now)
        let awaited = agenda.awaited
        operations.standing.update { standing in
            guard standing.awaited != awaited else { return }
            standing.awaited = awaited
            standing.outdate()
        }
        for (job, times) in step.shownAgain.sorted(by: { $0.key < $1.key }) {
            operations.emit(.shownAgain(job: job, times), by: .schedule)
        }
        for (job, times) in step.missed.sorted(by: { $0.key < $1.key }) {
            operations.emit(.missed(job: job, times), by: .schedule)
        }
        for (job, passed) in step.paused.sorted(by: { $0.key < $1.key }) {
            let reason = "the job is paused by the configuration"
            operations.emit(
                .passed(job: job, passed.times, reason: reason, isFirst: passed.isFirst), by: .schedule)
        }
        for due in step.due { hand(over: due) }
        if step.isPruneDue { operations.submit { await self.prune() } }
    }

    /// Waits until a fire time comes, the clock is set, or the jobs change.
    private func waitForNext() async {
        let (clock, replanned, lookout, operations) = (clock, replanned, lookout, operations)
        guard let next = agenda.next else { return await replanned.wait() }
        await race({ await replanned.wait() }) {
            if let reason = try? await clock.sleep(until: next) {
                // What lies in the future is told by the engine's clock beside the host's.
                if reason == .clockChanged { operations.submit { await lookout.look() } }
                return
            }
            // Not even a timer could be had: don't spin.
            try? await clock.sleep(for: .seconds(1))
        }
    }

    /// Hands over the backup of a fire time.
    ///
    /// - Parameter attempts: how many were made before.
    private func hand(over due: Agenda.Due, after attempts: Int = 0) {
        if let note = due.fire.noteOnceCome {
            for job in due.jobs { operations.emit(.clockChanged(job: job, note: note), by: .schedule) }
        }
        operations.submit { await self.takeBackup(due.jobs, dueAt: due.fire.time, after: attempts) }
    }

    /// Runs the newest fire time of each job that is owed and has no backup, and counts the others.
    func catchUp(_ look: RepositoryLook) {
        var due: [Instant: (due: Agenda.Due, attempts: Int)] = [:]
        let now = clock.now()
        for job in settings.jobs where !job.isPaused && look.markers.pause(of: job.name) == nil {
            let history = FireTimeHistory(of: job, in: look, at: repository.engineClock.now())
            guard let last = history.owedAfter else { continue }
            let caught = agenda.catchUp(job.name, after: last, upTo: min(start, now), at: now, past: history.past)
            if let missed = caught.missed { operations.emit(.missed(job: job.name, missed), by: .schedule) }
            guard let fire = caught.due else { continue }
            if caught.isOvertaken {
                skip([job.name], at: fire.time, "a later fire time has come since")
            } else {
                let attempts = history.attemptCount(at: fire.time)
                due[fire.time, default: (Agenda.Due(fire: fire, jobs: []), attempts)].due.jobs.append(job.name)
            }
        }
        for (_, owed) in due.sorted(by: { $0.key < $1.key }) { hand(over: owed.due, after: owed.attempts) }
    }

    /// Whether this process tries to get a backup for a fire time.
    func isTrying(_ time: Instant) -> Bool { trying.contains(time) }

    /// Goes on with the backup of a fire time that another has begun, unless that is being done.
    ///
    /// What of it is no job of this host's is none to try again, nor to count.
    func goOn(with backup: Backup, _ metadata: BackupMetadata, dueAt time: Instant, from requester: Requester) async {
        // Somebody may have brought it to its end meanwhile: then it counts, or another is taken in its place.
        let isOpen = (try? await repository.backups.isInProgress(backup.id)) != false
        guard !trying.contains(time) else { return }
        let own = settings.jobs.map(\.name).filter { backup.isFor($0) && !agenda.hasEnded($0, at: time) }
        let attempts = (metadata.due?.attempt ?? 1) - 1
        if !own.isEmpty {
            return await takeBackup(own, dueAt: time, goingOnFrom: isOpen ? requester : nil, after: attempts)
        }
        guard isOpen else { return }
        let ending = await operations.take([], by: requester) { (repository, observe) throws(BackupError) in
            try await repository.takeUp(try await repository.backups.find(backup.id), observe: observe)
        }
        await conclude(ending, [], dueAt: time, isGivenUp: false, by: requester)
    }

    /// Tells that a fire time has come while its job is paused.
    func pass(_ job: String, at time: Instant, _ reason: String) {
        let (counts, isFirst) = agenda.pass(job, at: time)
        guard counts else { return }
        let times = FireTimes(time)
        operations.emit(.passed(job: job, times, reason: reason, isFirst: isFirst), by: .schedule)
    }

    /// Tells that there will be no backup for a fire time, unless it has ended already.
    func skip(_ jobs: [String], at time: Instant, _ reason: String) {
        let ended = agenda.end(jobs, at: time)
        guard !ended.isEmpty else { return }
        operations.emit(.skipped(jobs: ended, due: time, reason: reason, counting: ended), by: .schedule)
    }

    /// What is left of a fire time now that its turn has come: the jobs that no later one has overtaken.
    func remaining(of jobs: [String], at time: Instant) -> [String] {
        guard time <= clock.now() else {
            // The clock was set back while it waited: it has not come yet, and will come again.
            agenda.withdraw(jobs, at: time)
            return []
        }
        let overtaken = jobs.filter { agenda.isOvertaken($0, at: time) }
        skip(overtaken, at: time, "it was overtaken by the next fire time while another backup ran")
        return jobs.filter { !overtaken.contains($0) }
    }

    /// Tells how taking a backup ended, and prunes after a success.
    ///
    /// - Parameters:
    ///   - time: of a scheduled one; of no outcome but the first is counted.
    ///   - pursuit: of which it was an attempt.
    ///   - isGivenUp: whether nobody tries for it any more.
    func conclude(
        _ ending: Operations.Ending, _ jobs: [String], dueAt time: Instant? = nil, _ pursuit: Pursuit? = nil,
        isGivenUp: Bool = true, by requester: Requester
    ) async {
        switch ending.result {
        case .success(let backup):
            let counting = counting(jobs, time, backup.id, by: requester)
            operations.emit(.succeeded(backup, jobs: jobs, due: time, counting: counting), by: requester)
            if let time { agenda.recordBegun(jobs, at: time) }
            await lookout.look(readsAll: false)
            operations.submit { await self.prune() }
        case .failure(let error):
            // Stopped with the process: another run takes it up, and counts it.
            let counting = error.code == .cancelled ? [] : counting(jobs, time, ending.id, by: requester)
            let outlook = pursuit.map {
                DaemonEvent.Outlook(attempt: $0.attempt, of: $0.attempts, next: nextRun(of: jobs))
            }
            operations.emit(
                .failed(error, ending.id, jobs: jobs, due: time, counting: counting, outlook: outlook), by: requester)
            if let id = ending.id, time != nil, isGivenUp, ending.hasBegun, error.endsOrder {
                await repository.markers.recordFailed(id, error)
            }
            await lookout.look(readsAll: false)
        }
    }

    /// When the next backup of one of the jobs is due.
    private func nextRun(of jobs: [String]) -> String? {
        let now = clock.now()
        let next = settings.jobs.filter { jobs.contains($0.name) && !$0.isPaused }.compactMap { job in
            job.nextFireTime(after: now).map { ($0.time, job.zone.offset(at: $0.time)) }
        }
        return next.min { $0.0 < $1.0 }.map { $0.rfc3339(offset: $1) }
    }

    /// For which jobs an ending counts: for those whose fire time it ends first, or for each of an order by hand, or as nobody's.
    private func counting(_ jobs: [String], _ time: Instant?, _ id: BackupID?, by requester: Requester) -> [String] {
        if let time { return agenda.end(jobs, at: time) }
        let isFirst = id.map { endedOrders.insert($0).inserted } ?? true
        if endedOrders.count > 1_000 { endedOrders.removeAll() }
        // An id may be ordered again once what had it is gone.
        guard isFirst || requester == .api else { return [] }
        return jobs.isEmpty ? [""] : jobs
    }

    /// Applies retention.
    func prune() async { await pruner.prune() }

    /// Prunes if that was due before everything was read.
    func makeUpForPrune() { operations.submit { [pruner] in await pruner.makeUp() } }
}

extension JobSettings {
    /// Tells one schedule from another; the same on every host.
    var scheduleHash: String {
        // FNV-1a, folded to four digits: a shared backup's metadata has room for no more.
        let hash = fnv1a("\(schedule) \(zone.name) \(clockChange.gap) \(clockChange.overlap)")
        let folded = (hash ^ hash >> 16 ^ hash >> 32 ^ hash >> 48) & 0xFFFF
        let digits = String(folded, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

extension DaemonSettings {
    /// - Throws: `.notFound`.
    func job(_ name: String) throws(BackupError) -> JobSettings {
        guard let job = jobs.first(where: { $0.name == name }) else {
            throw BackupError(.notFound, "there is no job \(name)")
        }
        return job
    }

    /// What the metadata of a backup says of its fire time.
    func due(_ jobs: [String], at time: Instant, attempt: Int) -> BackupMetadata.Due {
        let hashes = jobs.map { name in self.jobs.first { $0.name == name }?.scheduleHash ?? "0000" }
        return .init(time: time, attempt: attempt, schedule: hashes.joined())
    }
}
