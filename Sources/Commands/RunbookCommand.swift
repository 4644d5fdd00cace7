internal import Backups
internal import CommandLine
internal import Configuration

/// `runbook ID`: how to restore a backup without this program.
struct RunbookCommand {
    static let declaration = CommandDeclaration(
        "runbook", operands: "ID", count: 1...1,
        summary: "Print the restore of a backup as curl commands that work without this program.",
        details:
            "A script for sh, with the exact names, the checks between the steps, and what each answer means. Print it while all is well.",
        options: [Option("cluster", value: "UUID", help: "one that another cluster took, under the same prefix")])

    let repository: BackupRepository
    let settings: Settings
    let output: Output

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        let id = try BackupID(invocation.operands[0])
        let reach = invocation["cluster"].map(RepositoryBackups.Reach.cluster) ?? .ours
        let backup = try await repository.backups.find(id, in: reach)
        guard backup.state == .completed else {
            throw BackupError(
                .snapshotFailed, "the backup \(id) is \(backup.state.rawValue): only what is COMPLETED can be restored")
        }
        let engine = try await repository.identify().engine
        let runbook = Runbook(backup, in: repository, engine, url: settings.engine.urls[0])
        return output.result(runbook, text: runbook.text)
    }
}
