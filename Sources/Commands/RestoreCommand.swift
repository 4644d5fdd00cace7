internal import Backups
internal import CommandLine
internal import Configuration
internal import Glibc
internal import Restores
internal import Text
internal import Time

/// `restore ID`: brings a backup back.
struct RestoreCommand {
    static let declaration = CommandDeclaration(
        "restore", operands: "ID", count: 1...1, summary: "Bring a backup back: part 1, then part 2.",
        details:
            "Lists all that is in the way first, and ends with \(ExitStatus.conflict.rawValue) then. Interrupted by whatever, the same command goes on. "
            + "Asks on a terminal; elsewhere it wants --yes, and --optimize-stopped where indices are to be deleted.",
        options: [
            Option("dry-run", help: "only tell what would be done, and what is in the way"),
            Option("replace-existing", help: "delete the indices whose base names stand in the backup, first"),
            Option(
                "also-delete", value: "INDEX",
                help: "delete that index of the prefix, too; several, separated by commas"),
            Option("no-safety-backup", help: "don't back up what stands before it is deleted"),
            Option("rename-prefix", value: "PREFIX", help: "bring it back under another prefix, beside what stands"),
            Option("from-cluster", value: "UUID", help: "a backup that another cluster took, under the same prefix"),
            Option("repository", value: "NAME", help: "a backup in another repository of the same engine"),
            Option(
                "optimize-version", value: "VERSION",
                help: "the Optimize that will be started, where another has written what stands"),
            Option("take-over", help: "go on with what another host has begun, and surely no longer does"),
            Option("without-marker", help: "go on though nothing can keep backups from beginning meanwhile"),
            Option("optimize-stopped", help: "every Optimize that uses the indices is stopped"),
            Option("yes", short: "y", help: "don't ask; needed where there is no terminal"),
        ])

    let repository: BackupRepository
    let settings: Settings
    let output: Output

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        try requireWord(invocation)
        let run = RestoreRun(
            try request(invocation), in: repository, from: source(invocation), settings: restoreSettings,
            observe: RestoreProgressLine(output: output).observe)
        let plan = try await run.plan()
        guard plan.obstacles.isEmpty else {
            return output.result(plan, text: plan.text(output.terminal), after: .conflict)
        }
        if invocation.has("dry-run") { return output.result(plan, text: plan.text(output.terminal)) }
        try confirm(plan, invocation)
        let report = try await run.run(plan)
        output.clearProgress()
        return output.result(report, text: report.text)
    }

    private func request(_ invocation: Invocation) throws -> RestoreRequest {
        let reach = invocation["from-cluster"].map(RepositoryBackups.Reach.cluster) ?? .ours
        var request = RestoreRequest(try BackupID(invocation.operands[0]), in: reach)
        request.replacesExisting = invocation.has("replace-existing")
        request.alsoDelete = (invocation["also-delete"] ?? "").split(separator: ",").map(String.init)
        request.newPrefix = invocation["rename-prefix"]
        request.takesSafetyBackup = !invocation.has("no-safety-backup")
        request.goesWithoutMarker = invocation.has("without-marker")
        request.takesOver = invocation.has("take-over")
        request.optimizeVersion = invocation["optimize-version"]
        let prefix = settings.backup.indexPrefix
        for index in request.alsoDelete {
            guard index.hasPrefix("\(prefix)-"), !index.contains("*") else {
                throw UsageError("--also-delete takes exact names of indices of the prefix \(prefix), not \(index)")
            }
        }
        guard request.alsoDelete.isEmpty || request.replacesExisting else {
            throw UsageError("--also-delete goes with --replace-existing")
        }
        if let newPrefix = request.newPrefix {
            guard !newPrefix.hasPrefix(prefix), !prefix.hasPrefix("\(newPrefix)-") else {
                throw UsageError("--rename-prefix \(newPrefix): its indices would be taken for those of \(prefix)")
            }
            guard isPrefix(newPrefix) else {
                throw UsageError(
                    "--rename-prefix takes lower-case letters, digits, '-', '_' and '.', and begins with a letter or digit"
                )
            }
            guard !request.replacesExisting else {
                throw UsageError(
                    "--rename-prefix brings back beside what stands: it does not go with --replace-existing")
            }
        }
        return request
    }

    /// Another repository of the same engine.
    private func source(_ invocation: Invocation) -> BackupRepository? {
        invocation["repository"].map { name in
            var other = repository.settings
            other.repositoryName = name
            return BackupRepository(client: repository.client, settings: other)
        }
    }

    private var restoreSettings: RestoreRun.Settings {
        let host = repository.settings.instance
        let identity = ProcessIdentity(host: host)
        return .init(by: userAndHost(host), process: identity.text, isGone: identity.knowsToBeGone)
    }

    /// Without a terminal nobody can be asked: then it is said beforehand.
    private func requireWord(_ invocation: Invocation) throws(UsageError) {
        guard !invocation.has("dry-run"), !hasTerminal else { return }
        guard invocation.has("yes") else {
            throw UsageError("restore asks before it begins, and there is no terminal to ask on: give --yes")
        }
        guard invocation.has("optimize-stopped") || !invocation.has("replace-existing") else {
            throw UsageError(
                "without a terminal, --optimize-stopped has to say that every Optimize that uses the indices is stopped"
            )
        }
    }

    private var hasTerminal: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    private func confirm(_ plan: RestorePlan, _ invocation: Invocation) throws {
        let mustBeStopped = plan.renaming == nil && !invocation.has("optimize-stopped")
        guard hasTerminal, !invocation.has("yes") || mustBeStopped && !plan.deleted.isEmpty else { return }
        write(plan.text(output.watchedTerminal), to: STDERR_FILENO)
        try askToGoOn(
            mustBeStopped
                ? "Is every Optimize that uses these indices stopped, and shall it begin?" : "Shall it begin?")
    }
}

/// Whether a text can stand before the names of indices.
private func isPrefix(_ text: String) -> Bool {
    text.utf8.count <= 100 && text.first.map { $0.isLowercase || $0.isNumber } ?? false
        && text.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || "-_.".contains($0)) }
}
