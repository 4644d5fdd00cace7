internal import Backups
internal import CommandLine

/// `show ID`: everything that the repository knows of one backup.
struct ShowCommand {
    static let declaration = CommandDeclaration(
        "show", operands: "ID", count: 1...1,
        summary: "Show one backup: its parts, indices, sizes, times and failures.",
        options: [Option("cluster", value: "UUID", help: "one that another cluster took, under the same prefix")])

    let repository: BackupRepository
    let output: Output

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        let reach = invocation["cluster"].map(RepositoryBackups.Reach.cluster) ?? .ours
        let backup = try await repository.backups.inspect(try BackupID(invocation.operands[0]), in: reach)
        return output.result(backup, text: backup.text)
    }
}
