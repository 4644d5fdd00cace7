internal import Backups
internal import CommandLine

/// `show ID`: everything that the repository knows of one backup.
struct ShowCommand {
    static let declaration = CommandDeclaration(
        "show", operands: "ID", count: 1...1,
        summary: "Show one backup: its parts, indices, sizes, times and failures.")

    let repository: BackupRepository
    let output: Output

    func run(_ operands: [String]) async throws {
        let backup = try await repository.backups.inspect(try BackupID(operands[0]))
        try output.result(backup, text: backup.text)
    }
}
