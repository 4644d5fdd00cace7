internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import Scheduling
internal import Time

extension Daemon {
    /// Once the repository can be seen: goes on with what is unfinished, and runs what was missed.
    ///
    /// - Parameter start: when the daemon began; what falls due later is the scheduler's.
    func startUp(since start: Instant) async {
        var backoff = Backoff(initial: .seconds(2), maximum: .seconds(60))
        var isFirst = true
        while case .failure(let error) = await look() {
            firstLookEnded.wake()
            guard !Task.isCancelled else { return }
            if isFirst {
                log(
                    LogEntry(
                        .engineTrouble, .warning,
                        "what is unfinished, and what was missed, can't be told yet: \(error)",
                        error.fields))
            }
            isFirst = false
            guard (try? await clock.sleep(for: backoff.next(repository.client.random))) != nil else { return }
        }
        firstLookEnded.wake()
        let state = observed
        tellStanding(state)
        for backup in state.look?.backups ?? [] where backup.state == .inProgress { takeUp(backup) }
        catchUp(state, upTo: start)
        if owesPrune { submit { await self.prune() } }
        await readBack(state)
    }

    /// Waits until the first look at the repository has ended, whatever it showed.
    package func waitForFirstLook() async { await firstLookEnded.wait() }

    /// What a look at the snapshots doesn't tell: how large each job's newest good backup is, and which indices none covers.
    private func readBack(_ state: Observations) async {
        if let selection = try? await repository.selectIndices() {
            observations.update { $0.uncovered = $0.uncovered ?? selection.uncovered.count }
        }
        for job in settings.jobs.map(\.name) {
            guard
                let newest = state.look?.backups.first(where: { $0.state == .completed && $0.isFor(job) }),
                let size = try? await repository.inspect(newest.id).size
            else { continue }
            observations.update { $0.sizes[job] = ($0.sizes[job] ?? nil) ?? size }
        }
    }

    /// Tells of each job how its newest backup stands: what ended while nobody was there is in no other entry.
    private func tellStanding(_ state: Observations) {
        for job in settings.jobs.map(\.name) {
            guard let newest = state.look?.backups.first(where: { $0.isFor(job) }) else {
                log(LogEntry(.jobStanding, .info, "\(job): there is no backup yet", [.init("BACKUP_JOB", job)]))
                continue
            }
            log(newest.standing(of: job))
        }
    }

    /// Runs the newest fire time of each job at which nobody was there, and counts the others.
    ///
    /// Missed is what lies after the due time of the job's newest backup, whatever became of that; a job that the repository knows
    /// nothing of has missed nothing, nor has one whose schedule has changed since; what is listed and can't be read may be good.
    private func catchUp(_ state: Observations, upTo start: Instant) {
        var due: [Instant: (fire: FireTime, jobs: [String])] = [:]
        let now = clock.now()
        let markers = state.look?.markers ?? Markers()
        let unreadable = Set((state.look?.backups ?? []).filter(\.isUnreadable).compactMap(\.id.fireTime))
        for job in settings.jobs where !isPaused(job, state) {
            // One that is due in the future is the work of a wrong clock, and says nothing.
            let known = (state.look?.backups ?? []).compactMap { $0.metadata?.due }.filter {
                $0.jobs.contains(job.name) && $0.time <= now
            }
            guard let newest = known.max(by: { $0.time < $1.time }), newest.scheduleHash(of: job.name) == hash(job)
            else {
                continue
            }
            var come: [FireTime] = []
            var cursor = max(newest.time, now - job.catchUpWithin)
            while let fire = job.nextFireTime(after: cursor), fire.time <= start {
                // What was cancelled has had its backup.
                if markers.cancel(of: fire.time) != nil {
                    come = []
                } else if !unreadable.contains(fire.time) {
                    come.append(fire)
                }
                cursor = fire.time
            }
            guard let fire = deal(with: come, of: job, now: now) else { continue }
            // While the repository could not be seen a later one may have come.
            if lastDue[job.name].map({ $0 > fire.time && $0 <= now }) ?? false {
                skip([job.name], at: fire.time, "a later fire time has come since")
            } else {
                due[fire.time, default: (fire, [])].jobs.append(job.name)
            }
        }
        for (_, (fire, jobs)) in due.sorted(by: { $0.key < $1.key }) { self.start(jobs.sorted(), fire) }
    }

    /// Tells one schedule from another; the same on every host.
    func hash(_ job: JobSettings) -> String {
        // FNV-1a, folded to four digits: a shared backup's metadata has room for no more.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        let policy = job.clockChange
        for byte in "\(job.schedule) \(job.zone.name) \(policy.gap) \(policy.overlap)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        let folded = (hash ^ hash >> 16 ^ hash >> 32 ^ hash >> 48) & 0xFFFF
        let digits = String(folded, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    func due(_ jobs: [String], at time: Instant, attempt: Int = 1) -> BackupMetadata.Due {
        let hashes = jobs.map { name in settings.jobs.first { $0.name == name }.map { hash($0) } ?? "0000" }
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
