internal import Backups
internal import CommandLine
internal import Glibc
internal import JSON
internal import Text

/// `delete ID…`: deletes backups, every part of each.
struct DeleteCommand {
    static let declaration = CommandDeclaration(
        "delete", operands: "ID…", count: 1...1000, summary: "Delete backups, every part of each.",
        details: "Asks on a terminal; elsewhere it wants --yes.",
        options: [
            Option("yes", short: "y", help: "don't ask; needed where there is no terminal"),
            Option("unreadable", help: "also one that can't be read, so that nobody can tell whose it is"),
        ])

    let repository: BackupRepository
    let output: Output

    /// What became of one id.
    private struct Outcome: JSONWritable {
        let backupId: BackupID
        let deleted: Bool
        let error: String?

        var json: JSONValue { ["backupId": backupId.json, "deleted": deleted.json, "error": error.json] }
    }

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        let ids = try invocation.operands.map { try BackupID($0) }
        if !invocation.has("yes") { try await confirm(ids) }
        var outcomes: [Outcome] = []
        var status = ExitStatus.success
        for id in ids {
            do throws(BackupError) {
                try await repository.removal.delete(
                    id, isByHand: true, evenUnreadable: invocation.has("unreadable")
                ) { _ in }
                outcomes.append(Outcome(backupId: id, deleted: true, error: nil))
            } catch {
                output.note("\(id): \(error)")
                outcomes.append(Outcome(backupId: id, deleted: false, error: "\(error)"))
                status = max(status, ExitStatus(error))
            }
        }
        let deleted = outcomes.filter(\.deleted)
        if status != .success, !deleted.isEmpty { status = .doneInPart }
        return output.result(
            outcomes, text: deleted.map { "deleted \($0.backupId)".onOneLine + "\n" }.joined(), after: status)
    }

    /// Shows what would go, and asks.
    private func confirm(_ ids: [BackupID]) async throws {
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
            throw UsageError("delete asks before it deletes, and there is no terminal to ask on: give --yes")
        }
        var backups: [Backup] = []
        for id in ids {
            do throws(BackupError) {
                backups.append(try await repository.backups.find(id, in: .ours))
            } catch {
                // The others are deleted all the same.
                guard error.code == .notFound, ids.count > 1 else { throw error }
            }
        }
        guard !backups.isEmpty else { return }
        write(Backup.table(backups, output.watchedTerminal), to: STDERR_FILENO)
        try askToGoOn("Delete \(backups.count == 1 ? "it" : "all \(backups.count)")?")
    }
}
