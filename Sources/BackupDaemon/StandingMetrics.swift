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

    package init(_ standing: Standing) {
        self.standing = standing
    }

    package var families: [MetricFamily] { Self.rows.map { $0.family(of: standing) } }

    package static var declarations: [MetricDeclaration] { rows.map(\.declaration) }

    /// In the order of a scrape.
    private static let rows = operations + held + schedules + engine + retention + recovery

    private static let operations: [Metric<Standing>] = [
        Metric(
            counter: "optimize_backup_runs", "Backups by how they ended; those taken by hand have an empty job.",
            labels: [.job, .outcome], remark: "Every fire time ends in one of these outcomes."
        ) { standing in
            var runs = standing.runs
            for job in standing.jobNames {
                for outcome in Outcome.allCases { runs.add(0, job, outcome.rawValue) }
            }
            return runs.series
        },
        Metric(
            counter: "optimize_backup_retries", "Orders that were sent again, by what had gone wrong.",
            labels: [.job, .errorCode]
        ) { standing in
            var retries = standing.retries
            for job in standing.jobNames { retries.add(0, job, BackupError.Code.engineUnreachable.rawValue) }
            return retries.series
        },
        Metric(
            histogram: "optimize_backup_duration_seconds", "From part 1's start to part 2's end.", labels: [.job]
        ) { standing in
            standing.jobs.map { ([$0.settings.name], $0.durations) }
        },
        Metric(
            histogram: "optimize_backup_part_duration_seconds", "From a part's start to its end.",
            labels: [.job, .part]
        ) { standing in
            standing.jobs.flatMap { job in
                zip(1..., job.partDurations).map { ([job.settings.name, "\($0)"], $1) }
            }
        },
        Metric(gauge: "optimize_backup_in_progress", "Backups that this process is taking.", labels: [.job]) {
            standing in
            standing.jobNames.map { ([$0], Double(standing.running(of: $0).count)) }
        },
        Metric(
            gauge: "optimize_backup_progress_ratio", "How far the running backup is, 0 to 1; 0 when none runs.",
            labels: [.job]
        ) { standing in
            standing.jobNames.map { ([$0], standing.running(of: $0).map(\.progress).max() ?? 0) }
        },
        Metric(
            gauge: "optimize_backup_consecutive_failures",
            "Failures since the last success; those of orders by hand have an empty job.", labels: [.job],
            remark: """
                What this process has seen; or, after a restart, what the repository holds of a job's. Absent for orders while none has ended.
                """
        ) { standing in
            let ofOrders = standing.failedOrders.map { [([""], Double($0))] } ?? []
            return ofOrders + standing.jobs.map { ([$0.settings.name], Double($0.failureCount)) }
        },
        Metric(ofEachJob: "optimize_backup_last_attempt_timestamp_seconds", "When the last backup was begun.") {
            $0.lastBegun.map(seconds)
        },
    ]

    /// What the repository holds.
    private static let held: [Metric<Standing>] = [
        Metric(ofEachJob: "optimize_backup_last_duration_seconds", "Of the newest good backup.") {
            $0.held.newestGood?.duration?.seconds
        },
        Metric(ofEachJob: "optimize_backup_last_success_timestamp_seconds", "When the newest good backup ended.") {
            $0.held.newestGood?.endTime.map(seconds)
        },
        Metric(ofEachJob: "optimize_backup_oldest_timestamp_seconds", "When the oldest good backup was due or began.") {
            $0.held.oldestGood.map(seconds)
        },
        Metric(
            gauge: "optimize_backup_state", "1 for the state of the newest backup, 0 for all others.",
            labels: [.job, .state]
        ) { standing in
            guard standing.seen != nil else { return [] }
            return standing.jobs.flatMap { job in
                let newest = job.held.newest?.state
                return BackupState.allCases.map { ([job.settings.name, $0.rawValue], newest == $0 ? 1.0 : 0) }
            }
        },
        Metric(
            gauge: "optimize_backup_backups", "How many the repository holds; those that can't be read apart.",
            labels: [MetricLabel("state", "\(MetricLabel.state.meaning), or unreadable")]
        ) { standing in
            guard let seen = standing.seen else { return [] }
            return BackupState.allCases.map { ([$0.rawValue], Double(seen.counts[$0] ?? 0)) }
                + [(["unreadable"], Double(seen.unreadableCount))]
        },
        Metric(
            ofEachJob: "optimize_backup_size_bytes", "Of every file that the newest good backup refers to.",
            remark: "Absent where the engine tells no sizes."
        ) { $0.size.map { Double($0.total) } },
        Metric(
            ofEachJob: "optimize_backup_incremental_size_bytes",
            "Of what no backup before the newest good one had brought."
        ) { $0.size.map { Double($0.incremental) } },
        Metric(
            gauge: "optimize_backup_uncovered_indices", "Begin with the prefix, and are in no backup by their names."
        ) { $0.uncovered.map(Double.init) },
        Metric(
            gauge: "optimize_backup_vanished_indices", "Are gone from Optimize though backups of late hold them.",
            remark: "Of late is within retentionDefaults.keepVanishedFor."
        ) { $0.vanished.map { Double($0.count) } },
        Metric(
            gauge: "optimize_backup_indices", "In each part of the newest good backup.", labels: [.job, .part]
        ) { standing in
            standing.jobs.flatMap { job in
                (job.held.newestGood?.countingParts ?? []).map { part in
                    ([job.settings.name, "\(part.name.part)"], Double(part.indices.count))
                }
            }
        },
        Metric(
            ofEachJob: "optimize_backup_size_ratio",
            "Size of the newest good backup, to the median of up to ten before it.", remark: baselineRemark
        ) { $0.baseline.size },
        Metric(
            ofEachJob: "optimize_backup_duration_ratio",
            "Duration of the newest good backup, to the median of up to ten before it.", remark: baselineRemark
        ) { $0.baseline.duration },
        Metric(
            ofEachJob: "optimize_backup_indices_ratio",
            "Indices of the newest good backup, to the median of up to ten before it.", remark: baselineRemark
        ) { $0.baseline.indices },
    ]

    private static let baselineRemark =
        "Those of the same version of Optimize count; absent while there are fewer than three."

    private static let schedules: [Metric<Standing>] = [
        Metric(
            ofEachJob: "optimize_backup_next_run_timestamp_seconds", "The next fire time.",
            remark: "Absent while the job is paused."
        ) { $0.next.map { seconds($0.time) } },
        Metric(ofEachJob: "optimize_backup_schedule_interval_seconds", "From the next fire time to the one after.") {
            guard let next = $0.next, let after = next.after else { return nil }
            return (after - next.time).seconds
        },
        Metric(
            ofEachJob: "optimize_backup_overdue_timestamp_seconds",
            "When a success is next owed; +Inf for a paused job.",
            remark: """
                The first fire time after the newest success, or after the configuration's last change where none has succeeded, plus \
                jobs.NAME.overdueAfter. An alert compares it with time().
                """
        ) { $0.isPaused ? .infinity : $0.owed.map(seconds) },
        Metric(ofEachJob: "optimize_backup_job_paused", "1 while a job takes no backups.") { $0.isPaused ? 1 : 0 },
        Metric(
            gauge: "optimize_backup_paused_since_timestamp_seconds", "Since when a job has been paused.",
            labels: [.job],
            remark: "Absent where the configuration pauses it, since nobody knows since when."
        ) { standing in
            standing.jobNames.compactMap { job in
                standing.seen?.markers.pausedSince(job).map { ([job], seconds($0)) }
            }
        },
    ]

    private static let engine: [Metric<Standing>] = [
        Metric(gauge: "optimize_backup_engine_up", "Whether the engine answered last.") { $0.isEngineUp ? 1 : 0 },
        Metric(
            gauge: "optimize_backup_repository_up", "Whether a blob of the repository could be read.",
            remark: "At the last look; that names are listed is not enough."
        ) { $0.isRepositoryReadable ? 1 : 0 },
        Metric(
            gauge: "optimize_backup_repository_writable",
            "Whether the storage could be written when that was last tried.",
            remark: "Absent before the first look."
        ) { $0.seen == nil ? nil : $0.failedWrite == nil ? 1 : 0 },
        Metric(
            gauge: "optimize_backup_repository_rivals", "Other clusters that write the repository while ours does.",
            remark: "Each overwrites what the other relies on. Absent before the first look."
        ) { $0.seen == nil ? nil : Double($0.rivals.count) },
        Metric(
            gauge: "optimize_backup_repository_last_look_timestamp_seconds", "When the repository was last seen."
        ) { $0.seen.map { seconds($0.time) } },
        Metric(info: "optimize_backup_engine", "What the engine is.", labels: ["distribution", "version"]) {
            $0.seen.map { [$0.engine.distribution.rawValue, $0.engine.version] }
        },
        Metric(gauge: "optimize_backup_configuration_last_reload_successful", "Whether the last reload was taken.") {
            $0.reload.map { $0.succeeded ? 1 : 0 }
        },
        Metric(
            gauge: "optimize_backup_configuration_last_reload_timestamp_seconds", "When a reload was last asked for."
        ) { $0.reload.map { seconds($0.time) } },
    ]

    private static let retention: [Metric<Standing>] = [
        Metric(
            counter: "optimize_backup_retention_removed",
            "Backups that retention deleted, by the setting that removed them, or since no rule kept them.",
            labels: [.job, .removalCause]
        ) { $0.retention.removed.series },
        Metric(
            counter: "optimize_backup_retention_failures", "What kept retention from its work.", labels: [.job]
        ) { standing in
            var failures = standing.retention.failures
            for job in standing.jobNames { failures.add(0, job) }
            return failures.series
        },
        Metric(
            gauge: "optimize_backup_retention_last_run_timestamp_seconds", "When retention was last applied.",
            labels: [.job]
        ) { $0.ofEveryJob($0.retention.lastRun.map(seconds)) },
        Metric(
            gauge: "optimize_backup_retention_last_success_timestamp_seconds",
            "When retention was last applied without a failure.", labels: [.job]
        ) { $0.ofEveryJob($0.retention.lastSuccess.map(seconds)) },
        Metric(
            gauge: "optimize_backup_retention_reported",
            "Backups that retention would have deleted, had its mode not been report.", labels: [.job],
            remark: "Absent in that mode until retention was applied by the rules of now."
        ) { standing in
            // Where it deletes, nothing is only reported.
            guard let reported = standing.retentionDefaults.mode == .apply ? [:] : standing.retention.reported else {
                return []
            }
            return Set(standing.jobNames).union(reported.keys).sorted().map { ([$0], Double(reported[$0] ?? 0)) }
        },
    ]
}

extension Metric where Subject == Standing {
    /// A gauge with a series for each job that has a value.
    init(
        ofEachJob name: String, _ help: String, remark: String = "",
        _ value: @escaping @Sendable (Standing.Job) -> Double?
    ) {
        self.init(gauge: name, help, labels: [.job], remark: remark) { standing in
            standing.jobs.compactMap { job in value(job).map { ([job.settings.name], $0) } }
        }
    }
}

extension Standing {
    var jobNames: [String] { jobs.map(\.settings.name) }

    /// The same value for every job, where there is one; without jobs for what is taken by hand.
    fileprivate func ofEveryJob(_ value: Double?) -> Metric<Standing>.Numbers {
        value.map { value in (jobNames.isEmpty ? [""] : jobNames).map { ([$0], value) } } ?? []
    }

    fileprivate func running(of job: String) -> [Running] { running.values.filter { $0.jobs.contains(job) } }
}

extension MetricLabel {
    /// `job` is Prometheus' own.
    static let job: MetricLabel = "backup_job"
    fileprivate static let part = MetricLabel("part", "1 or 2")
    fileprivate static let outcome = MetricLabel("outcome", words(Outcome.self))
    fileprivate static let state = MetricLabel("state", words(BackupState.self))
    fileprivate static let errorCode = MetricLabel("reason", "an error's code, such as engineUnreachable")
    static let verificationKind = MetricLabel("kind", words(VerificationNote.Kind.self))
    fileprivate static let removalCause = MetricLabel("reason", words(RemovalCause.self))

    private static func words<Words: CaseIterable & RawRepresentable<String>>(_: Words.Type) -> String {
        Words.allCases.map(\.rawValue).joined(separator: ", ")
    }
}

func seconds(_ instant: Instant) -> Double { Double(instant.microsecondsSinceEpoch) / 1e6 }
