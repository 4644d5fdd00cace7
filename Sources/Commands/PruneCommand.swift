internal import BackupDaemon
internal import Backups
internal import CommandLine
internal import Configuration
internal import Glibc
internal import Retention
internal import Text
internal import Time

/// `prune`: applies retention, or shows what it would do.
struct PruneCommand {
    static let declaration = CommandDeclaration(
        "prune", summary: "Apply retention; with --dry-run show what would stay and what would go, with reasons.",
        details: "With --policy, --backups and --dry-run it tries a policy on a list of backups, without an engine"
            + " and without a configuration.",
        options: [
            Option("job", value: "JOB", help: "only backups of that job"),
            Option("dry-run", help: "delete nothing; with --yes: show what that would delete"),
            Option(
                "yes", short: "y",
                help: "delete, even more than half of a job's backups, and what clusters have left that were ours"),
            Option("now", value: "TIME", help: "with --dry-run: as if it were then, in RFC 3339"),
            Option(
                "policy", value: "YAML", help: "with --dry-run and --backups: by this policy, such as '{keepDaily: 7}'"),
            Option(
                "backups", value: "FILE",
                help: "with --policy: of these, an array of {backupId, time, state}; - for stdin"),
        ])

    let repository: BackupRepository
    let settings: Settings
    let output: Output

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        let asks = !invocation.has("dry-run") && !invocation.has("yes")
        guard !asks || isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 else {
            throw UsageError("prune deletes backups: give --dry-run to see which, or --yes to do it")
        }
        guard invocation["now"] == nil || invocation.has("dry-run") else {
            throw UsageError("--now is for --dry-run: what is deleted is judged by the time that it is")
        }
        var pruning = Pruning(repository: repository, settings: DaemonSettings(settings))
        pruning.job = try settings.jobName(invocation)
        pruning.isConfirmed = invocation.has("yes") || asks
        if invocation.has("dry-run") {
            let plan = try await pruning.plan(now: try Self.now(invocation))
            for concern in pruning.concerns(plan) { output.note("\(concern)") }
            return try PruneReport(plan, job: pruning.job).show(output)
        }
        if asks, settings.retentionDefaults.mode == .apply {
            let plan = try await pruning.plan()
            let doomed = pruning.deletable(plan)
            if !doomed.isEmpty {
                write(PruneReport(doomed, job: nil).table(output.watchedTerminal), to: STDERR_FILENO)
                try askToGoOn("Delete \(doomed.count == 1 ? "it" : "all \(doomed.count)")?")
            }
            pruning = pruning.agreed(to: plan)
        }
        let report = await pruning.run { _ in }
        for failure in report.failures { output.note("\(failure)") }
        if settings.retentionDefaults.mode == .report {
            output.note(
                "nothing is deleted, since retentionDefaults.mode is report: \(report.reported?.count ?? 0) would be; "
                    + "OPTIMIZE_BACKUP_RETENTION_DEFAULTS_MODE=apply does it once")
        }
        if report.leftOver > 0 {
            output.note(
                "\(report.leftOver) more \(report.leftOver == 1 ? "is" : "are") left for another run (setting: retentionDefaults.maximumDeletesPerRun)"
            )
        }
        let worst = report.failures.map(ExitStatus.init).max() ?? .success
        return try PruneReport(report.removed, job: nil).show(
            output, after: worst == .success || report.removed.isEmpty ? worst : .doneInPart)
    }

    private static func now(_ invocation: Invocation) throws(UsageError) -> Instant? {
        guard let text = invocation["now"] else { return nil }
        do {
            return try Instant(rfc3339: text)
        } catch {
            throw UsageError("\(error)")
        }
    }
}

extension PruneCommand {
    /// Tries a policy on a list of backups, without an engine; nil when that is not asked for.
    static func trial(_ invocation: Invocation, output: Output, now: Instant) throws -> ExitStatus? {
        guard let policy = invocation["policy"] ?? invocation["backups"] else { return nil }
        guard let file = invocation["backups"], invocation["policy"] != nil, invocation.has("dry-run") else {
            throw UsageError("--policy, --backups and --dry-run go together")
        }
        let rules = RetentionRules(byHand: try RetentionPolicy.read(Array(policy.utf8), name: "--policy"))
        let plan = rules.plan(try ListedBackup.read(file), now: try Self.now(invocation) ?? now)
        return try PruneReport(plan, job: nil).show(output)
    }
}

extension Settings {
    /// The job that `--job` names; nil without.
    func jobName(_ invocation: Invocation) throws(UsageError) -> String? {
        try invocation["job"].map { name throws(UsageError) in try job(name) }
    }

    /// A job of the configuration.
    func job(_ name: String) throws(UsageError) -> String {
        guard jobs.contains(where: { $0.name == name }) else {
            throw UsageError(
                "there is no job '\(name)' in the configuration\(suggestion(for: name, among: jobs.map(\.name)))")
        }
        return name
    }
}
