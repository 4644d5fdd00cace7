internal import Backups
package import Configuration
package import Scheduling
package import Time

extension Daemon {
    /// Waits for fire times, one after the other, and hands over a backup for each.
    func schedule() async {
        while !Task.isCancelled {
            dealWithFireTimes(until: clock.now())
            await waitForNextFireTime()
        }
    }

    /// The next fire times of all jobs that are not paused.
    package func nextFireTimes(after instant: Instant) -> [(job: JobSettings, fire: FireTime)] {
        let state = observed
        return settings.jobs.filter { !isPaused($0, state) }.compactMap { job in
            job.nextFireTime(after: instant).map { (job, $0) }
        }
    }

    /// Whether a job takes no backups for now: by configuration, or by a marker.
    func isPaused(_ job: JobSettings, _ state: Observations) -> Bool {
        job.isPaused || state.look?.markers.pause(of: job.name) != nil
    }

    /// Hands over a backup for the newest fire time of each job that has come since the last; older ones were missed.
    ///
    /// Jobs that are due at the same moment share a backup. A clock that was set back shows times again: what was run is not run
    /// twice.
    private func dealWithFireTimes(until now: Instant) {
        var due: [Instant: (fire: FireTime, jobs: [String])] = [:]
        for job in settings.jobs {
            let from = min(scannedUntil[job.name] ?? now, now)
            scannedUntil[job.name] = from
            guard !job.isPaused else {
                scannedUntil[job.name] = now
                continue
            }
            var come: [FireTime] = []
            var again: [Instant] = []
            var cursor = from
            while let fire = job.nextFireTime(after: cursor), fire.time <= now {
                cursor = fire.time
                if started[job.name]?.contains(fire.time) ?? false {
                    again.append(fire.time)
                } else {
                    come.append(fire)
                }
            }
            scannedUntil[job.name] = cursor
            tellComeAgain(job.name, again)
            guard let fire = deal(with: come, of: job, now: now) else { continue }
            due[fire.time, default: (fire, [])].jobs.append(job.name)
        }
        for (_, (fire, jobs)) in due.sorted(by: { $0.key < $1.key }) { start(jobs.sorted(), fire) }
        dealWithRetention(until: now)
    }

    /// Of the fire times of a job that have come, the one to run; the others were missed.
    func deal(with come: [FireTime], of job: JobSettings, now: Instant) -> FireTime? {
        guard let newest = come.last else { return nil }
        let isLate = now - newest.time > .seconds(60)
        let runs = !isLate || job.catchUp == .once && now - newest.time <= job.catchUpWithin
        miss(job.name, runs ? come.dropLast() : come[...])
        return runs ? newest : nil
    }

    private func tellComeAgain(_ job: String, _ times: [Instant]) {
        guard let last = times.last else { return }
        let words = times.map(\.rfc3339).joined(separator: ", ")
        log(
            LogEntry(
                .clockChange, .notice,
                "\(job): a backup was begun for \(words) before the clock was set back; none is taken again",
                [.init("BACKUP_JOB", job), .init("DUE_TIME", last.rfc3339)]))
    }

    private func miss(_ job: String, _ fires: ArraySlice<FireTime>) {
        guard let first = fires.first?.time, let last = fires.last?.time else { return }
        settle(.missed, [job], at: fires.map(\.time))
        let words =
            fires.count == 1
            ? "nobody was there at \(first.rfc3339)"
            : "nobody was there at \(fires.count) fire times from \(first.rfc3339) to \(last.rfc3339)"
        log(
            LogEntry(
                .backupMissed, .warning, "\(job): \(words)",
                [.init("BACKUP_JOB", job), .init("DUE_TIME", last.rfc3339)]))
    }

    /// Hands over the backup of a fire time.
    func start(_ jobs: [String], _ fire: FireTime) {
        for job in jobs {
            lastDue[job] = fire.time
            noteStarted(job, fire.time)
            if let note = fire.noteOnceCome {
                log(LogEntry(.clockChange, .notice, "\(job): \(note)", [.init("BACKUP_JOB", job)]))
            }
        }
        submit { await self.takeBackup(jobs, dueAt: fire.time) }
    }

    /// Remembers what a clock that is set back could show again.
    func noteStarted(_ job: String, _ time: Instant) {
        started[job, default: []].insert(time, keeping: 1_000)
    }

    private func dealWithRetention(until now: Instant) {
        guard let schedule = settings.defaults.schedule else { return }
        let from = min(retentionScannedUntil ?? now, now)
        retentionScannedUntil = now
        guard let fire = schedule.next(after: from, in: .utc), fire.time <= now else { return }
        submit { await self.prune() }
    }

    /// Waits until a fire time comes, the clock is set, or the jobs change.
    private func waitForNextFireTime() async {
        let clock = clock
        let now = clock.now()
        var next = settings.jobs.filter { !$0.isPaused }.compactMap { job in
            job.nextFireTime(after: scannedUntil[job.name] ?? now)?.time
        }
        if let time = settings.defaults.schedule?.next(after: retentionScannedUntil ?? now, in: .utc)?.time {
            next.append(time)
        }
        let first = next.min()
        await withTaskGroup(of: Void.self) { group in
            if let first {
                group.addTask {
                    guard (try? await clock.sleep(until: first)) == nil else { return }
                    // Not even a timer could be had: don't spin.
                    try? await clock.sleep(for: .seconds(1))
                }
            }
            group.addTask { await self.jobsChanged.wait() }
            await group.next()
            group.cancelAll()
        }
    }
}
