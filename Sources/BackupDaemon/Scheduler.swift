internal import Backups
internal import Configuration
internal import Scheduling
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
    /// Whether a prune has to be made up for, once everything is read.
    private var owesPrune = false
    /// Given by a reload, to plan anew.
    private let replanned = Wakeup()

    init(_ operations: Operations, _ lookout: Lookout, _ settings: DaemonSettings) {
        self.operations = operations
        self.lookout = lookout
        self.settings = settings
        start = operations.clock.now()
        agenda = Agenda(settings, at: start)
        operations.standing.update { [agenda] in $0.configure(settings, agenda) }
    }

    var repository: BackupRepository { operations.repository }
    var clock: any Clock { operations.clock }

    /// Takes over another configuration; what runs goes on, and jobs that stay keep their phase.
    func reload(_ settings: DaemonSettings) {
        self.settings = settings
        agenda.replace(settings, at: clock.now())
        operations.standing.update { [agenda] in $0.configure(settings, agenda) }
        operations.emit(.reloaded(settings))
        replanned.wake()
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
        for due in step.due { hand(over: due) }
        if step.isPruneDue { operations.submit { await self.prune() } }
    }

    /// Waits until a fire time comes, the clock is set, or the jobs change.
    private func waitForNext() async {
        let (clock, replanned) = (clock, replanned)
        guard let next = agenda.next else { return await replanned.wait() }
        await race({ await replanned.wait() }) {
            guard (try? await clock.sleep(until: next)) == nil else { return }
            // Not even a timer could be had: don't spin.
            try? await clock.sleep(for: .seconds(1))
        }
    }

    /// Hands over the backup of a fire time.
    private func hand(over due: Agenda.Due) {
        if let note = due.fire.noteOnceCome {
            for job in due.jobs { operations.emit(.clockChanged(job: job, note: note), by: .schedule) }
        }
        operations.submit { await self.takeBackup(due.jobs, dueAt: due.fire.time) }
    }

    /// Runs the newest fire time of each job at which nobody was there, and counts the others.
    ///
    /// Missed is what lies after the due time of the job's newest backup, whatever became of that; a job that the repository knows
    /// nothing of has missed nothing, nor has one whose schedule has changed since; what is listed and can't be read may be good.
    func catchUp(_ look: RepositoryLook) {
        var due: [Instant: Agenda.Due] = [:]
        let now = clock.now()
        let unreadable = Set(look.backups.filter(\.isUnreadable).compactMap(\.id.fireTime))
        for job in settings.jobs where !job.isPaused && look.markers.pause(of: job.name) == nil {
            // One that is due in the future is the work of a wrong clock, and says nothing.
            let known = look.backups.compactMap { $0.metadata?.due }.filter {
                $0.jobs.contains(job.name) && $0.time <= now
            }
            guard let newest = known.max(by: { $0.time < $1.time }),
                newest.scheduleHash(of: job.name) == job.scheduleHash
            else { continue }
            let caught = agenda.catchUp(job.name, after: newest.time, upTo: start, at: now) { time in
                // What was cancelled has had its backup.
                if look.markers.cancel(of: time) != nil { return .cancelled }
                return unreadable.contains(time) ? .unreadable : .missing
            }
            if let missed = caught.missed { operations.emit(.missed(job: job.name, missed), by: .schedule) }
            guard let fire = caught.due else { continue }
            if caught.isOvertaken {
                skip([job.name], at: fire.time, "a later fire time has come since")
            } else {
                due[fire.time, default: Agenda.Due(fire: fire, jobs: [])].jobs.append(job.name)
            }
        }
        for (_, due) in due.sorted(by: { $0.key < $1.key }) { hand(over: due) }
    }

    /// Whether this process tries to get a backup for a fire time.
    func isTrying(_ time: Instant) -> Bool { trying.contains(time) }

    /// Goes on with the backup of a fire time that another has begun, unless that is being done.
    func goOn(_ jobs: [String], dueAt time: Instant, from requester: Requester) async {
        if !trying.contains(time) { await takeBackup(jobs, dueAt: time, takingUpFrom: requester) }
    }

    /// Tells that there will be no backup for a fire time.
    func skip(_ jobs: [String], at time: Instant, _ reason: String) {
        guard !jobs.isEmpty else { return }
        let counting = agenda.end(jobs, at: time)
        operations.emit(.skipped(jobs: jobs, due: time, reason: reason, counting: counting), by: .schedule)
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
    /// - Parameter time: of a scheduled one.
    func conclude(
        _ ending: Operations.Ending, _ jobs: [String], dueAt time: Instant? = nil, by requester: Requester
    ) async {
        // Those taken by hand count for each job, or as nobody's; of a fire time only the first outcome counts.
        func counting() -> [String] { time.map { agenda.end(jobs, at: $0) } ?? (jobs.isEmpty ? [""] : jobs) }
        switch ending.result {
        case .success:
            operations.emit(.succeeded(due: time, counting: counting()), by: requester)
            if let time { agenda.recordBegun(jobs, at: time) }
            await lookout.look(readsAll: false)
            await prune()
        case .failure(let error):
            // Stopped with the process: another run takes it up, and counts it.
            let counting = error.code == .cancelled ? [] : counting()
            if let id = ending.id, time != nil, ending.hasBegun, error.endsOrder {
                await repository.markers.recordFailed(id, error)
            }
            operations.emit(.failed(error, ending.id, jobs: jobs, due: time, counting: counting), by: requester)
            await lookout.look(readsAll: false)
        }
    }

    /// Applies retention.
    func prune() async {
        guard operations.standing.current.seen != nil else {
            // Nothing is judged before everything is read.
            owesPrune = true
            return
        }
        let (pruning, steps) = (
            Pruning(repository: repository, settings: settings), operations.steps(of: [], by: .daemon)
        )
        let report = await operations.queue.run("retention") { await pruning.run(observe: steps) }
        operations.emit(.pruned(report, jobs: settings.jobs.map(\.name)))
        operations.emitClocks()
        let repository = repository
        await operations.queue.run("retention") { try? await repository.markers.tidy() }
        if !report.removed.isEmpty { await lookout.look(readsAll: false) }
    }

    /// Prunes if that was due before everything was read.
    func makeUpForPrune() {
        if owesPrune { operations.submit { await self.prune() } }
    }
}

extension JobSettings {
    /// Tells one schedule from another; the same on every host.
    var scheduleHash: String {
        // FNV-1a, folded to four digits: a shared backup's metadata has room for no more.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(schedule) \(zone.name) \(clockChange.gap) \(clockChange.overlap)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
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
    func due(_ jobs: [String], at time: Instant, attempt: Int = 1) -> BackupMetadata.Due {
        let hashes = jobs.map { name in self.jobs.first { $0.name == name }?.scheduleHash ?? "0000" }
        return .init(time: time, jobs: jobs, attempt: attempt, schedule: hashes.joined())
    }
}

extension BackupMetadata.Due {
    /// The hash of that job's schedule when the backup was taken; nil if there is none.
    fileprivate func scheduleHash(of job: String) -> String? {
        guard let index = jobs.firstIndex(of: job), schedule.utf8.count == jobs.count * 4 else { return nil }
        return String(schedule.dropFirst(index * 4).prefix(4))
    }
}
