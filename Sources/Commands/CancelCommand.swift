internal import Backups
internal import CommandLine
internal import JSON

/// `cancel ID`: stops a backup in progress and deletes its snapshots.
struct CancelCommand {
    static let declaration = CommandDeclaration(
        "cancel", operands: "ID", count: 1...1, summary: "Stop a backup in progress and delete its snapshots.",
        details: "Neither it nor its fire time comes back, and its id can't be ordered again while the marker of "
            + "that stands.")

    let repository: BackupRepository
    let output: Output

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        let id = try BackupID(invocation.operands[0])
        try await repository.removal.cancel(id, by: userAndHost(repository.settings.instance)) { _ in }
        return output.result(["backupId": id.json, "cancelled": true] as JSONValue, line: "cancelled \(id)")
    }
}
