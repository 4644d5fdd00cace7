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
        let (reason, who) = (invocation["reason"] ?? "", userAndHost(repository.settings.instance))
        let pending = try await repository.markers.hold(id, reason: reason, until: until, by: who, within: .seconds(2))
        try await repository.markers.untilStands(pending, "the hold", output)
        if pending != nil { try await repository.markers.requireListed(id) }
        let document: JSONValue = [
            "backupId": id.json, "held": true, "holdReason": reason.json, "heldBy": who.json,
            "holdUntil": (until?.rfc3339).json,
        ]
        return output.result(document, line: "\(id) is held")
    }
}
