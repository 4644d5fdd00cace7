internal import Backups
internal import CommandLine

/// What may be done with a backup, as the commands to type.
struct NextSteps {
    private struct Step {
        /// Nil where it is not for such a backup.
        let arguments: String?
        let words: String
    }

    private let steps: [(line: String, words: String)]

    init(_ backup: Backup) {
        let id = Self.quoted(backup.id.description)
        let isOurs = backup.cluster == nil
        let isRunning = backup.state == .inProgress
        // Only what this program can do is said.
        let names = Set(Program.declaration.commands.map(\.name))
        let follow = names.contains("wait") ? "wait \(id)" : "show \(id)"
        let cluster = backup.cluster.map { " --cluster \(Self.quoted($0))" } ?? ""
        let origin = backup.cluster.map { " --from-cluster \(Self.quoted($0))" } ?? ""
        let all = [
            Step(arguments: isOurs && isRunning ? follow : nil, words: "follow it"),
            Step(
                arguments: isOurs && isRunning ? "cancel \(id)" : nil, words: "stop it, and delete what there is of it"),
            Step(
                arguments: isOurs && backup.hold == nil ? "hold \(id)" : nil,
                words: "keep it from being pruned and deleted"),
            Step(arguments: isOurs && backup.hold != nil ? "release \(id)" : nil, words: "let it go again"),
            Step(
                arguments: backup.state == .completed ? "restore \(id)\(origin) --dry-run" : nil,
                words: "see what a restore of it would do"),
            Step(
                arguments: backup.state == .completed ? "runbook \(id)\(cluster)" : nil,
                words: "print how to restore it without this program"),
        ]
        steps = all.compactMap { step in
            guard let arguments = step.arguments, names.contains(String(arguments.prefix { $0 != " " })) else {
                return nil
            }
            return ("optimize-backup \(arguments)", step.words)
        }
    }

    /// For the end of what `show` prints.
    var lines: [String] {
        let width = steps.map(\.line.count).max() ?? 0
        return steps.isEmpty
            ? []
            : [""] + steps.map { "\($0.line)\(String(repeating: " ", count: width - $0.line.count))  # \($0.words)" }
    }

    /// As a shell takes it, whatever stands in it.
    static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        let safe =
            isPlain
            ? word
            : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
        return word.hasPrefix("-") ? "-- \(safe)" : safe
    }
}
