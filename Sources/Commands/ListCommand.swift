internal import Backups
internal import CommandLine
internal import Configuration

/// `list`: this Optimize's backups, newest first.
struct ListCommand {
    static let declaration = CommandDeclaration(
        "list", summary: "List the backups, newest first.",
        details: "Those of this Optimize: of its cluster and its index prefix.",
        options: [
            Option("job", value: "JOB", help: "only those of that job"),
            Option("state", value: "STATE", help: "only those in that state: " + states.lowercased()),
            Option("all", help: "those of other clusters, too, that have the same prefix"),
        ])

    let repository: BackupRepository
    let settings: Settings
    let output: Output

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        let state = try invocation["state"].map { text throws(UsageError) in
            guard let state = BackupState(rawValue: text.uppercased()) else {
                throw UsageError("unknown state '\(text)'; states are \(states)")
            }
            return state
        }
        let filter = BackupFilter(job: invocation["job"], state: state)
        let look = try await repository.look()
        if let job = invocation["job"], !look.everybodysBackups.contains(where: { $0.isFor(job) }) {
            _ = try settings.jobName(invocation)
        }
        var backups = (invocation.has("all") ? look.everybodysBackups : look.allBackups).filter(filter.admits)
        // How far those are that run, the engine tells at once.
        for index in backups.indices where backups[index].isRunning && backups[index].cluster == nil {
            backups[index] = try await repository.backups.withProgress(backups[index])
        }
        for other in look.clusters where !other.isFormer && !invocation.has("all") {
            output.note("\(other.summary) are not listed: give --all to see them, and see 'optimize-backup check'")
        }
        return output.result(backups, text: Backup.table(backups, output.terminal))
    }
}

private let states = BackupState.allCases.map(\.rawValue).joined(separator: ", ")
