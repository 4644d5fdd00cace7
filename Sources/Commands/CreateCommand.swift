internal import Backups
internal import CommandLine
internal import Configuration
internal import ElasticsearchClient
internal import Time

/// `create [ID] [--job JOB]`: takes a backup and waits for it.
struct CreateCommand {
    static let declaration = CommandDeclaration(
        "create", operands: "[ID]", count: 0...1,
        summary: "Take a backup and wait for it; the id defaults to the time, yyyyMMddHHmmss in UTC.",
        details: "Where that id is taken it is the next free second. On a terminal a bar shows the progress.",
        options: [Option("job", value: "JOB", help: "the backup is that job's: its retention judges it")])

    let repository: BackupRepository
    let settings: Settings
    let output: Output

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        let identity: BackupOrder.Identity =
            if let id = invocation.operands.first {
                .exactly(try BackupID(id))
            } else {
                .firstFree(from: repository.client.clock.now())
            }
        let job = try settings.jobName(invocation)
        let progress = ProgressLine(output: output)
        let backup = try await repository.create(
            BackupOrder(identity, jobs: job.map { [$0] } ?? []), observe: progress.observe)
        return output.result(backup, text: backup.text)
    }
}
