internal import Backups
internal import CommandLine
internal import ElasticsearchClient
internal import JSON
internal import Time

/// `hold ID`: keeps a backup from being pruned and deleted.
struct HoldCommand {
    static let declaration = CommandDeclaration(
        "hold", operands: "ID", count: 1...1, summary: "Keep a backup from being pruned and deleted.",
        options: [
            Option("reason", value: "TEXT", help: "why"),
            Option("until", value: "TIME", help: "in RFC 3339; for ever if left out"),
        ])

    let repository: BackupRepository
    let output: Output

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        let id = try BackupID(invocation.operands[0])
        let until = try invocation.end()
        let pending = try await repository.markers.hold(
            id, reason: invocation["reason"] ?? "", until: until, by: userAndHost(repository.settings.instance),
            within: .seconds(2))
        try await repository.markers.untilStands(pending, "the hold", output)
        if pending != nil { try await repository.markers.requireListed(id) }
        return output.result(["backupId": id.json, "held": true] as JSONValue, text: "\(id) is held\n")
    }
}
