internal import Backups
internal import CommandLine
internal import JSON
internal import Time

/// `markers`: what stands in the repository beside backups; `markers remove NAME` lifts any of it.
struct MarkersCommand {
    static let declaration = CommandDeclaration(
        "markers", operands: "[remove NAME]", count: 0...2,
        summary: "List holds, pauses and other markers in the repository, or remove one.",
        details: "They stand in the repository beside the backups, also those of cancelled fire times; removing "
            + "one lifts what it says.")

    let repository: BackupRepository
    let output: Output

    private struct Listed: JSONWritable {
        let name: String
        let kind: String
        let subject: String
        let until: String?
        let by: String
        let reason: String
        let isPending: Bool
        let isReadable: Bool

        var json: JSONValue {
            [
                "name": name.json, "kind": kind.json, "subject": subject.json, "until": until.json, "by": by.json,
                "reason": reason.json, "pending": isPending.json, "readable": isReadable.json,
            ]
        }
    }

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        let operands = invocation.operands
        switch operands.first {
        case nil: return try await list()
        case "remove" where operands.count == 2:
            try await repository.markers.remove(operands[1])
            return output.result(["removed": operands[1].json] as JSONValue, line: "removed \(operands[1])")
        default: throw UsageError("markers takes nothing, or 'remove NAME'")
        }
    }

    private func list() async throws -> ExitStatus {
        let look = try await repository.look()
        for stranger in look.strangers {
            output.note("\(stranger) is named like a marker and is none: it stops nothing")
        }
        let markers = [look.markers] + look.clusters.filter(\.isFormer).map(\.markers)
        let listed = markers.flatMap(\.all).map { marker in
            Listed(
                name: marker.name.description, kind: marker.kind.rawValue, subject: marker.subject,
                until: marker.expiry?.rfc3339, by: marker.by, reason: marker.reason, isPending: marker.isPending,
                isReadable: marker.isReadable)
        }
        let rows = listed.map { marker in
            let state = marker.isPending ? "pending" : marker.isReadable ? "stands" : "unreadable"
            return [marker.kind, marker.subject, state, marker.until ?? "", marker.by, marker.name, marker.reason]
        }
        return output.result(
            listed,
            text: rows.isEmpty
                ? "no markers\n"
                : Table([["KIND", "SUBJECT", "STATE", "UNTIL", "BY", "NAME", "REASON"]] + rows).text(output.terminal))
    }
}
