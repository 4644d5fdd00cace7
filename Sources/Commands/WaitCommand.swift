internal import Backups
internal import CommandLine
internal import Time

/// `wait ID`: waits for a backup in progress, whoever takes it.
struct WaitCommand {
    static let declaration = CommandDeclaration(
        "wait", operands: "ID", count: 1...1, summary: "Wait for a backup in progress, whoever takes it.",
        details: "It ends as create does: with 0 once the backup is COMPLETED, with 1 if it came to nothing.")

    let repository: BackupRepository
    let output: Output

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        let id = try BackupID(invocation.operands[0])
        let progress = ProgressLine(output: output)
        let backup = try await repository.backups.ended(id) { progress.show($0) }
        output.clearProgress()
        return output.result(backup, text: backup.text, after: backup.state == .completed ? .success : .failure)
    }
}
