internal import Backups
internal import CommandLine

/// `list`: this Optimize's backups, newest first.
struct ListCommand {
    static let declaration = CommandDeclaration(
        "list", summary: "List the backups, newest first.",
        options: [
            Option("job", value: "JOB", help: "only those of that job"),
            Option("state", value: "STATE", help: "only those in that state: " + states.lowercased()),
        ])

    let repository: BackupRepository
    let output: Output

    func run(_ invocation: Invocation) async throws {
        let state = try invocation["state"].map { text throws(UsageError) in
            guard let state = BackupState(rawValue: text.uppercased()) else {
                throw UsageError("unknown state '\(text)'; states are \(states)")
            }
            return state
        }
        let job = invocation["job"]
        let backups = try await repository.list().filter { backup in
            (state == nil || backup.state == state)
                && (job == nil || backup.metadata?.due?.jobs.contains { $0 == job } ?? false)
        }
        try output.result(backups, text: Backup.table(backups))
    }
}

private let states = BackupState.allCases.map(\.rawValue).joined(separator: ", ")
