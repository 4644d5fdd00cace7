internal import Backups
internal import CommandLine
internal import JSON

/// `release ID`: takes all holds of a backup back.
struct ReleaseCommand {
    static let declaration = CommandDeclaration(
        "release", operands: "ID", count: 1...1, summary: "Let a backup go that was held.")

    let repository: BackupRepository
    let output: Output

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        let id = try BackupID(invocation.operands[0])
        try await repository.markers.release(id, by: userAndHost(repository.settings.instance))
        let document: JSONValue = [
            "backupId": id.json, "held": false, "holdReason": .null, "heldBy": .null, "holdUntil": .null,
        ]
        return output.result(document, line: "\(id) is no longer held")
    }
}
