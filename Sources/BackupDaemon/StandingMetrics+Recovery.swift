internal import Backups
internal import Configuration
internal import PrometheusExposition
internal import Time
internal import Verification

extension StandingMetrics {
    /// What can be restored, was restored, and was verified.
    static let recovery: [Metric<Standing>] = [
        Metric(
            gauge: "optimize_backup_restorable_timestamp_seconds",
            "When the newest backup began that could be restored now, as far as can be told.",
            remark: """
                It is good and can be read, the engine does not refuse it, and it is of the version of Optimize that runs. Absent while \
                there is none.
                """
        ) { $0.restorable.map(seconds) },
        Metric(
            counter: "optimize_backup_restores", "Restores that ended while the daemon ran, by whatever host.",
            labels: [MetricLabel("outcome", "success or failed")]
        ) { standing in
            var restores = standing.restores
            for outcome in RestoreNote.Outcome.allCases { restores.add(0, outcome.rawValue) }
            return restores.series
        },
        Metric(
            gauge: "optimize_backup_restore_in_progress", "1 while a restore's marker stands: no backup begins then."
        ) { $0.seen.map { $0.markers.restore == nil ? 0 : 1 } },
        Metric(
            gauge: "optimize_backup_restore_last_timestamp_seconds", "When the last restore ended, by its report.",
            remark: "Absent where no report stands; it is kept for a year."
        ) { $0.lastRestore.map { seconds($0.date) } },
        Metric(
            gauge: "optimize_backup_restore_last_successful",
            "Whether the last restore succeeded; what failed before it had changed anything does not count."
        ) {
            $0.seen?.markers.restoredSomething.map { $0.note?.outcome == .success ? 1 : 0 }
        },
        Metric(gauge: "optimize_backup_restore_last_duration_seconds", "What the last restore took.") {
            $0.lastRestore?.note?.duration?.seconds
        },
        Metric(
            gauge: "optimize_backup_verification_last_success_timestamp_seconds",
            "When a verification of the job's newest backup last succeeded, on whatever host.",
            labels: [.job, .verificationKind],
            remark: "Absent where no report of one stands; they are kept for 400 days."
        ) { standing in
            standing.jobNames.flatMap { job in
                VerificationNote.Kind.allCases.compactMap { kind in
                    standing.verified(job, kind).map { ([job, kind.rawValue], seconds($0)) }
                }
            }
        },
        Metric(
            gauge: "optimize_backup_verification_last_successful",
            "Whether the last verification of the job's newest backup that came to a verdict found it good, on whatever host.",
            labels: [.job, .verificationKind], remark: "Absent where no report of one stands."
        ) { standing in
            standing.jobNames.flatMap { job in
                VerificationNote.Kind.allCases.compactMap { kind in
                    standing.lastVerdict(on: job, by: [kind]).map {
                        ([job, kind.rawValue], $0.verification?.outcome == .success ? 1 : 0)
                    }
                }
            }
        },
        Metric(
            counter: "optimize_backup_verification_runs",
            "Verifications by how they ended; those asked for by hand have an empty job.",
            labels: [.job, .verificationKind, MetricLabel("outcome", "success, failed or skipped")]
        ) { standing in
            var runs = standing.verifications
            for job in standing.jobs where job.settings.verify.schedule != nil {
                for outcome in VerificationNote.Outcome.allCases {
                    runs.add(0, job.settings.name, job.settings.verify.kind.rawValue, outcome.rawValue)
                }
            }
            return runs.series
        },
        Metric(gauge: "optimize_backup_held", "Backups that somebody holds.") { $0.seen.map { Double($0.heldCount) } },
    ]
}
