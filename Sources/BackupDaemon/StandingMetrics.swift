internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import Engines
package import PrometheusExposition
internal import Retention
internal import Time

/// What /metrics shows of a standing; what only the repository can tell is absent until the first look at it.
package struct StandingMetrics {
    private let standing: Standing
    private var jobs: [Standing.Job] { standing.jobs }

    package init(_ standing: Standing) {
        self.standing = standing
    }

    package var families: [MetricFamily] {
        operations + (standing.seen.map(held) ?? []) + schedules + engine + retention
    }

    /// One series for each job that has that value.
    private func gauge(_ name: String, _ help: String, _ value: (Standing.Job) -> Double?) -> MetricFamily {
        .gauge(
            "optimize_backup_\(name)", help,
            jobs.compactMap { job in value(job).map { ([jobLabel: job.settings.name], $0) } })
    }

    private func gauge(_ name: String, _ help: String, _ value: Double?) -> MetricFamily {
        .gauge("optimize_backup_\(name)", help, value.map { [(.none, $0)] } ?? [])
    }

    private var operations: [MetricFamily] {
        let names = jobs.map(\.settings.name)
        var (runs, retries) = (standing.runs, standing.retries)
        for job in names {
            for outcome in Outcome.allCases { runs.add(0, [jobLabel: job, "outcome": outcome.rawValue]) }
            retries.add(0, [jobLabel: job, "reason": BackupError.Code.engineUnreachable.rawValue])
        }
        return [
            .counter(
                "optimize_backup_runs", "Backups by how they ended; those taken by hand have an empty job.", runs.series
            ),
            .counter("optimize_backup_retries", "Orders that were sent again, by what had gone wrong.", retries.series),
            .histogram(
                "optimize_backup_duration_seconds", "From part 1's start to part 2's end.",
                jobs.map { ([jobLabel: $0.settings.name], $0.durations) }),
            .histogram(
                "optimize_backup_part_duration_seconds", "From a part's start to its end.",
                jobs.flatMap { job in
                    zip(1..., job.partDurations).map { (labels(job, "part", "\($0)"), $1) }
                }),
            gauge("in_progress", "Backups that this process is taking.") { Double(running(of: $0).count) },
            gauge("progress_ratio", "How far the running backup is, 0 to 1; 0 when none runs.") { job in
                running(of: job).map(\.progress).max() ?? 0
            },
            gauge("consecutive_failures", "Failures since the last success.") { Double($0.consecutiveFailures) },
            gauge("last_attempt_timestamp_seconds", "When the last backup was begun.") { $0.lastBegun.map(seconds) },
        ]
    }

    private func running(of job: Standing.Job) -> [Standing.Running] {
        standing.running.values.filter { $0.jobs.contains(job.settings.name) }
    }

    /// What the repository holds.
    private func held(_ seen: SeenRepository) -> [MetricFamily] {
        let states = BackupState.allCases
        return [
            gauge("last_duration_seconds", "Of the newest good backup.") { $0.held.newestGood?.duration?.seconds },
            gauge("last_success_timestamp_seconds", "When the newest good backup ended.") { job in
                job.held.newestGood?.endTime.map(seconds)
            },
            gauge("oldest_timestamp_seconds", "When the oldest good backup was due or began.") { job in
                job.held.oldestGood.map(seconds)
            },
            .gauge(
                "optimize_backup_state", "1 for the state of the newest backup, 0 for all others.",
                jobs.flatMap { job in
                    let newest = job.held.newest?.state
                    return states.map { (labels(job, "state", $0.rawValue), newest == $0 ? 1.0 : 0) }
                }),
            .gauge(
                "optimize_backup_backups", "How many the repository holds; those that can't be read apart.",
                states.map { (["state": $0.rawValue], Double(seen.counts[$0] ?? 0)) }
                    + [(["state": "unreadable"] as Labels, Double(seen.unreadableCount))]),
            gauge("size_bytes", "Of every file that the newest good backup refers to.") { job in
                job.size.map { Double($0.total) }
            },
            gauge("incremental_size_bytes", "Of what no backup before the newest good one had brought.") { job in
                job.size.map { Double($0.incremental) }
            },
            gauge(
                "uncovered_indices", "Begin with the prefix, and are in no backup by their names.",
                standing.uncovered.map(Double.init)),
            gauge(
                "vanished_indices", "Are gone from Optimize though backups of late hold them.",
                standing.vanished.map { Double($0.count) }),
            .gauge(
                "optimize_backup_indices", "In each part of the newest good backup.",
                jobs.flatMap { job in
                    (job.held.newestGood?.countingParts ?? []).map { part in
                        (labels(job, "part", "\(part.name.part)"), Double(part.snapshot.indices.count))
                    }
                }),
        ]
    }

    private var schedules: [MetricFamily] {
        [
            gauge("next_run_timestamp_seconds", "The next fire time.") { $0.next.map { seconds($0.time) } },
            gauge("schedule_interval_seconds", "From the next fire time to the one after.") { job in
                guard let next = job.next, let after = next.after else { return nil }
                return (after - next.time).seconds
            },
            gauge("overdue_timestamp_seconds", "When a success is next owed; +Inf for a paused job.") { job in
                job.isPaused ? .infinity : job.owed.map(seconds)
            },
            gauge("job_paused", "1 while a job takes no backups.") { $0.isPaused ? 1 : 0 },
        ]
    }

    private var engine: [MetricFamily] {
        [
            gauge("engine_up", "Whether the engine answered last.", standing.isEngineUp ? 1 : 0),
            gauge(
                "repository_up", "Whether a blob of the repository could be read.",
                standing.isRepositoryReadable ? 1 : 0),
            gauge(
                "repository_last_look_timestamp_seconds", "When the repository was last seen.",
                standing.seen.map { seconds($0.time) }),
            .info(
                "optimize_backup_engine", "What the engine is.",
                standing.seen.map {
                    [["distribution": $0.engine.distribution.rawValue, "version": $0.engine.version]]
                } ?? []),
            gauge(
                "configuration_last_reload_successful", "Whether the last reload was taken.",
                standing.reload.map { $0.succeeded ? 1 : 0 }),
            gauge(
                "configuration_last_reload_timestamp_seconds", "When a reload was last asked for.",
                standing.reload.map { seconds($0.time) }),
        ]
    }

    private var retention: [MetricFamily] {
        let retention = standing.retention
        var failures = retention.failures
        for job in jobs { failures.add(0, [jobLabel: job.settings.name]) }
        return [
            .counter(
                "optimize_backup_retention_removed",
                "Backups that retention deleted, by the setting that removed them, or since no rule kept them.",
                retention.removed.series),
            .counter("optimize_backup_retention_failures", "What kept retention from its work.", failures.series),
            gauge("retention_last_run_timestamp_seconds", "When retention was last applied.") { _ in
                retention.lastRun.map(seconds)
            },
            gauge(
                "retention_last_success_timestamp_seconds", "When retention was last applied without a failure."
            ) { _ in retention.lastSuccess.map(seconds) },
            .gauge(
                "optimize_backup_retention_reported",
                "Backups that retention would have deleted, had its mode not been report.",
                Set(jobs.map(\.settings.name)).union(retention.reported.keys).sorted().map { name in
                    ([jobLabel: name], Double(retention.reported[name] ?? 0))
                }),
            gauge("held", "Backups that somebody holds.", standing.seen.map { Double($0.heldCount) }),
        ]
    }
}

private func labels(_ job: Standing.Job, _ name: String, _ value: String) -> Labels {
    [jobLabel: job.settings.name, name: value]
}

private func seconds(_ instant: Instant) -> Double { Double(instant.microsecondsSinceEpoch) / 1e6 }
