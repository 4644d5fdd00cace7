internal import Backups
internal import CommandLine
internal import ElasticsearchClient
internal import Time

/// `create [ID]`: takes a backup and waits for it.
struct CreateCommand {
    static let declaration = CommandDeclaration(
        "create", operands: "[ID]", count: 0...1,
        summary: "Take a backup and wait for it; the id defaults to the time, yyyyMMddHHmmss in UTC.")

    let repository: BackupRepository
    let output: Output

    func run(_ operands: [String]) async throws {
        let identity: BackupOrder.Identity =
            if let id = operands.first {
                .exactly(try BackupID(id))
            } else {
                .firstFree(from: repository.client.clock.now())
            }
        let progress = ProgressLine(output: output)
        let backup = try await repository.create(BackupOrder(identity), observe: progress.observe)
        try output.result(backup, text: backup.text)
    }
}
