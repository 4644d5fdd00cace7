internal import Backups
internal import Text
internal import Time
internal import Verification

extension VerificationReport {
    /// What the log says of it.
    var logEntry: LogEntry {
        var fields = [
            LogEntry.Field("BACKUP_ID", request.id.description), .init("DURATION_USEC", "\(duration.microseconds)"),
            .init("VERIFICATION", request.kind.rawValue),
        ]
        if let job = request.job { fields.append(.init("BACKUP_JOB", job)) }
        if let due = request.due { fields.append(.init("DUE_TIME", due.rfc3339)) }
        let who = "backup \(request.id)\(request.job.map { " of \($0)" } ?? "")"
        let what = request.kind == .drill ? "the restore drill" : "the verification"
        let remarks = remarks.isEmpty ? "" : "; \(remarks.joined(separator: "; "))"
        switch outcome {
        case .success:
            let found = request.kind == .drill ? "came back, \(documents ?? 0) documents" : "stand in the repository"
            return LogEntry(
                .verification, .notice,
                "\(who): \(what) succeeded in \(duration.text): \(indices.of("index", "indices")) \(found)\(remarks)",
                fields)
        case .failed:
            return LogEntry(
                .verification, .error, "\(who) can't be relied on: \(what) has found: \(words ?? "")\(remarks)",
                fields + (failure?.fields ?? []))
        case .skipped:
            return LogEntry(
                .verification, .warning, "\(who): \(what) came to no verdict: \(words ?? "")\(remarks)",
                fields + (failure?.fields ?? []))
        }
    }
}

extension DaemonEvent.Kind {
    /// What the log says of verifications.
    var verificationEntry: LogEntry? {
        switch self {
        case .verified(let report): return report.logEntry
        case .verificationSkipped(let job, let kind, let due, let error):
            let what = kind == .drill ? "no restore drill" : "no verification"
            let when = due.map { " for \($0.rfc3339)" } ?? ""
            let fields =
                (job.map { [LogEntry.Field("BACKUP_JOB", $0)] } ?? [])
                + (due.map { [.init("DUE_TIME", $0.rfc3339)] } ?? []) + [.init("VERIFICATION", kind.rawValue)]
            return LogEntry(
                .verification, .warning, "\(job.map { "\($0): " } ?? "")\(what)\(when): \(error)", fields + error.fields
            )
        case .drillsSwept(let names):
            return LogEntry(
                .verification, .notice,
                "removed what a drill had left of which nobody was left: \(names.joined(separator: ", "))")
        case .drillsLeft(let names):
            return LogEntry(
                .verification, .warning,
                "indices of drills can't be removed, and it is tried again: \(names.joined(separator: ", "))")
        case .sweepFailed(let error):
            return LogEntry(
                .verification, .warning, "whether a drill has left indices behind, drill-…, can't be told: \(error)",
                error.fields)
        default: return nil
        }
    }
}
