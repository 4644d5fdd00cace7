internal import Backups
internal import Configuration
internal import ElasticsearchClient
package import PrometheusExposition
internal import Scheduling
internal import Time

extension Daemon {
    /// Everything that /metrics shows of backups; what only the repository can tell is absent until the first look at it.
    package func metrics() -> [MetricFamily] {
        let state = observed
        return operations(state) + jobsFromRepository(state) + schedules(state) + engine(state) + retention(state)
    }

    private func operations(_ state: Observations) -> [MetricFamily] {
        let names = settings.jobs.map(\.name)
        var runs = state.runs
        var retries = state.retries
        for job in names {
            for outcome in Outcome.allCases { runs.add(0, ["job": job, "outcome": outcome.rawValue]) }
            retries.add(0, ["job": job, "reason": "engineUnreachable"])
        }
        let empty = Histogram(bounds: Observations.bounds)
        let running = { (job: String) in state.jobsOf.filter { $0.value.contains(job) }.map(\.key) }
        return [
            .counter(
                "optimize_backup_runs", "Backups by how they ended; those taken by hand have an empty job.", runs.series
            ),
            .counter("optimize_backup_retries", "Orders that were sent again, by what had gone wrong.", retries.series),
            .histogram(
                "optimize_backup_duration_seconds", "From part 1's start to part 2's end.",
                names.map { (["job": $0], state.durations[$0] ?? empty) }),
            .histogram(
                "optimize_backup_part_duration_seconds", "From a part's start to its end.",
                names.flatMap { job in
                    (1...2).map { part in
                        (["job": job, "part": "\(part)"], state.partDurations[.init(job: job, part: part)] ?? empty)
                    }
                }),
            .gauge(
                "optimize_backup_in_progress", "Backups that this process is taking.",
                names.map { (["job": $0], Double(running($0).count)) }),
            .gauge(
                "optimize_backup_progress_ratio", "How far the running backup is, 0 to 1; 0 when none runs.",
                names.map { job in (["job": job], running(job).compactMap { state.progress[$0] }.max() ?? 0) }),
            .gauge(
                "optimize_backup_consecutive_failures", "Failures since the last success.",
                names.map { (["job": $0], Double(state.consecutiveFailures[$0] ?? 0)) }),
            .gauge(
                "optimize_backup_last_attempt_timestamp_seconds", "When the last backup was begun.",
                names.compactMap { job in lastAttempt(job, state).map { (["job": job], seconds($0)) } }),
        ]
    }

    private func lastAttempt(_ job: String, _ state: Observations) -> Instant? {
        let known = (state.look?.backups ?? []).filter { $0.isFor(job) }.compactMap(\.startTime)
        return (known + [state.lastAttempt[job]].compactMap { $0 }).max()
    }

    private func jobsFromRepository(_ state: Observations) -> [MetricFamily] {
        guard let look = state.look else { return [] }
        let jobs = settings.jobs.map { job in (job.name, look.backups.filter { $0.isFor(job.name) }) }
        let good = jobs.map { ($0.0, $0.1.filter { $0.state == .completed }) }
        func newest(_ value: (Backup) -> Double?) -> [(Labels, Double)] {
            good.compactMap { job, backups in backups.first.flatMap(value).map { (["job": job], $0) } }
        }
        return [
            .gauge(
                "optimize_backup_last_duration_seconds", "Of the newest good backup.", newest { $0.duration?.seconds }),
            .gauge(
                "optimize_backup_last_success_timestamp_seconds", "When the newest good backup ended.",
                newest { $0.endTime.map(seconds) }),
            .gauge(
                "optimize_backup_oldest_timestamp_seconds", "When the oldest good backup was due or began.",
                good.compactMap { job, backups in backups.last?.time.map { (["job": job], seconds($0)) } }),
            .stateSet(
                "optimize_backup_state", "Of the newest backup.", label: "state",
                states: BackupState.allCases.map(\.rawValue),
                jobs.map { (["job": $0.0], $0.1.first?.state.rawValue) }),
            .gauge(
                "optimize_backup_backups", "How many the repository holds.",
                counts(look.backups)),
            .gauge(
                "optimize_backup_size_bytes", "Of every file that the newest good backup refers to.",
                sizes(state).map { (["job": $0], Double($1.total)) }),
            .gauge(
                "optimize_backup_incremental_size_bytes", "Of what no backup before the newest good one had brought.",
                sizes(state).map { (["job": $0], Double($1.incremental)) }),
            .gauge(
                "optimize_backup_uncovered_indices", "Begin with the prefix, and are in no backup by their names.",
                state.uncovered.map { [(.none, Double($0))] } ?? []),
            .gauge(
                "optimize_backup_indices", "In each part of the newest good backup.",
                good.flatMap { job, backups in
                    (backups.first?.countingParts ?? []).map { part in
                        (["job": job, "part": "\(part.name.part)"], Double(part.snapshot.indices.count))
                    }
                }),
        ]
    }

    private func sizes(_ state: Observations) -> [(job: String, size: Backup.Size)] {
        settings.jobs.compactMap { job in (state.sizes[job.name] ?? nil).map { (job.name, $0) } }
    }

    /// By state; one that can't be read is counted as that.
    private func counts(_ backups: [Backup]) -> [(Labels, Double)] {
        let known = BackupState.allCases.map { state -> (Labels, Double) in
            (["state": state.rawValue], Double(backups.count { $0.state == state && !$0.isUnreadable }))
        }
        return known + [(["state": "unreadable"] as Labels, Double(backups.count(where: \.isUnreadable)))]
    }

    private func schedules(_ state: Observations) -> [MetricFamily] {
        let now = clock.now()
        let fires = settings.jobs.map { job in
            (job, isPaused(job, state) ? nil : job.nextFireTime(after: now)?.time)
        }
        return [
            .gauge(
                "optimize_backup_next_run_timestamp_seconds", "The next fire time.",
                fires.compactMap { job, next in next.map { (["job": job.name], seconds($0)) } }),
            .gauge(
                "optimize_backup_schedule_interval_seconds", "From the next fire time to the one after.",
                fires.compactMap { job, next in
                    guard let next, let after = job.nextFireTime(after: next)?.time else { return nil }
                    return (["job": job.name], (after - next).seconds)
                }),
            .gauge(
                "optimize_backup_overdue_timestamp_seconds", "When a success is next owed; +Inf for a paused job.",
                settings.jobs.compactMap { job in
                    if isPaused(job, state) { return (["job": job.name], .infinity) }
                    return state.look == nil ? nil : owed(job, state).map { (["job": job.name], seconds($0)) }
                }),
            .gauge(
                "optimize_backup_job_paused", "1 while a job takes no backups.",
                settings.jobs.map { (["job": $0.name], isPaused($0, state) ? 1 : 0) }),
        ]
    }

    /// When a success of a job is next owed: the first fire time after its newest success, and some time on top.
    ///
    /// What is dated in the future, by a clock that was wrong, puts nothing off.
    func owed(_ job: JobSettings, _ state: Observations) -> Instant? {
        let good = (state.look?.backups ?? []).filter { $0.state == .completed && $0.isFor(job.name) }
        let now = clock.now()
        let newest = good.lazy.compactMap(\.time).first { $0 <= now }
        let since = newest ?? min(watchedSince[job.name] ?? now, now)
        let durations = good.compactMap(\.duration).sorted()
        let median = durations.isEmpty ? Duration.zero : durations[durations.count / 2]
        let margin = job.overdueAfter ?? max(.seconds(3_600), median * 2)
        return job.nextFireTime(after: since).map { $0.time + margin }
    }

    private func engine(_ state: Observations) -> [MetricFamily] {
        var families: [MetricFamily] = [
            .gauge(
                "optimize_backup_engine_up", "Whether the engine answered last.", [(.none, state.isEngineUp ? 1 : 0)]),
            .gauge(
                "optimize_backup_repository_up", "Whether a blob of the repository could be read.",
                [(.none, state.isRepositoryReadable ? 1 : 0)]),
        ]
        if let look = state.look {
            families.append(
                .gauge(
                    "optimize_backup_repository_last_look_timestamp_seconds", "When the repository was last seen.",
                    [(.none, seconds(look.time))]))
            families.append(
                .info(
                    "optimize_backup_engine", "What the engine is.",
                    [["distribution": look.engine.distribution.rawValue, "version": look.engine.version]]))
        }
        if let reload = state.reload {
            families.append(
                .gauge(
                    "optimize_backup_configuration_last_reload_successful", "Whether the last reload was taken.",
                    [(.none, reload.succeeded ? 1 : 0)]))
            families.append(
                .gauge(
                    "optimize_backup_configuration_last_reload_timestamp_seconds", "When a reload was last asked for.",
                    [(.none, seconds(reload.time))]))
        }
        return families
    }

    private func retention(_ state: Observations) -> [MetricFamily] {
        var failures = state.retentionFailures
        let jobs = settings.jobs.map(\.name)
        for job in jobs { failures.add(0, ["job": job]) }
        func each(_ time: Instant?) -> [(Labels, Double)] {
            time.map { time in jobs.map { (["job": $0], seconds(time)) } } ?? []
        }
        return [
            .counter(
                "optimize_backup_retention_removed", "Backups that retention deleted, by job and reason.",
                state.removed.series),
            .counter(
                "optimize_backup_retention_failures", "What kept retention from its work.", failures.series),
            .gauge(
                "optimize_backup_retention_last_run_timestamp_seconds", "When retention was last applied.",
                each(state.retentionLastRun)),
            .gauge(
                "optimize_backup_retention_last_success_timestamp_seconds",
                "When retention was last applied without a failure.", each(state.retentionLastSuccess)),
            .gauge(
                "optimize_backup_held", "Backups that somebody holds.",
                state.look.map { look in [(.none, Double(look.backups.count { $0.hold != nil }))] } ?? []),
        ]
    }
}

extension Backup {
    /// Whether it was taken for a job, perhaps among others.
    func isFor(_ job: String) -> Bool { metadata?.due?.jobs.contains(job) ?? false }
}

private func seconds(_ instant: Instant) -> Double { Double(instant.microsecondsSinceEpoch) / 1e6 }
