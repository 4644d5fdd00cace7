internal import Backups
package import Configuration
package import Scheduling
package import Time

extension Daemon {
    /// Waits for fire times, one after the other, and hands over a backup for each.
    func schedule() async {
        let start = clock.now()
        for job in settings.jobs {
            lastFire[job.name] = start
            watchedSince[job.name] = start
        }
        while !Task.isCancelled {
            dealWithFireTimes(until: clock.now())
            await waitForNextFireTime()
        }
    }

    /// The next fire times of all jobs that are not paused.
    package func nextFireTimes(after instant: Instant) -> [(job: JobSettings, fire: FireTime)] {
        settings.jobs.filter { !$0.isPaused }.compactMap { job in
            job.schedule.next(after: instant, in: job.zone).map { (job, $0) }
        }
    }

    /// Hands over a backup for the newest fire time of each job that has come since the last; older ones were missed.
    ///
    /// Jobs that are due at the same moment share a backup.
    private func dealWithFireTimes(until now: Instant) {
        var due: [Instant: [String]] = [:]
        for job in settings.jobs {
            let last = lastFire[job.name] ?? now
            guard !job.isPaused else {
                lastFire[job.name] = now
                continue
            }
            var newest: FireTime?
            var from = last
            while let fire = job.schedule.next(after: from, in: job.zone), fire.time <= now {
                if let newest { miss(job.name, newest.time) }
                newest = fire
                from = fire.time
            }
            guard let newest else { continue }
            lastFire[job.name] = newest.time
            due[newest.time, default: []].append(job.name)
        }
        for (time, jobs) in due.sorted(by: { $0.key < $1.key }) { start(jobs.sorted(), at: time) }
    }

    private func miss(_ job: String, _ time: Instant) {
        observations.update { $0.count(.missed, [job]) }
        log(
            LogEntry(
                .backupMissed, .warning,
                "\(job): nobody was there at \(time.rfc3339); a later fire time is run instead",
                [.init("BACKUP_JOB", job), .init("DUE_TIME", time.rfc3339)]))
    }

    private func start(_ jobs: [String], at time: Instant) {
        submit { await self.takeBackup(jobs, dueAt: time) }
    }

    /// Takes the backup of a fire time, unless a newer one of its jobs has come while it waited for its turn.
    private func takeBackup(_ jobs: [String], dueAt time: Instant) async {
        await queue.run {}  // its turn comes once what is before it has ended
        let still = jobs.filter { lastFire[$0] == time }
        for job in jobs where !still.contains(job) {
            observations.update { $0.count(.skipped, [job]) }
            log(
                LogEntry(
                    .backupSkipped, .warning,
                    "\(job): the fire time \(time.rfc3339) was overtaken by the next one while another backup ran",
                    [.init("BACKUP_JOB", job), .init("DUE_TIME", time.rfc3339)]))
        }
        guard !still.isEmpty else { return }
        let due = BackupMetadata.Due(time: time, jobs: still, attempt: 1, schedule: scheduleHash(still))
        _ = try? await create(BackupOrder(.firstFree(from: time), due: due), jobs: still)
    }

    /// Tells one set of schedules from another; FNV-1a, the same on every host.
    private func scheduleHash(_ jobs: [String]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for job in settings.jobs where jobs.contains(job.name) {
            for byte in "\(job.name) \(job.schedule) \(job.zone.name)\n".utf8 {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
            }
        }
        return String(hash, radix: 16)
    }

    /// Waits until a fire time comes, the clock is set, or the jobs change.
    private func waitForNextFireTime() async {
        let clock = clock
        // Of each job the first that has not been dealt with, or an older one of another job would be waited for again and again.
        let next = settings.jobs.filter { !$0.isPaused }.compactMap { job in
            job.schedule.next(after: lastFire[job.name] ?? clock.now(), in: job.zone)?.time
        }.min()
        await withTaskGroup(of: Void.self) { group in
            if let next {
                group.addTask {
                    guard (try? await clock.sleep(until: next)) == nil else { return }
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
