internal import CommandLine
internal import Commands

extension Page {
    static var commands: Page {
        let program = Program.declaration
        return Page(
            markdown: "docs/commands.md",
            from: ["the declarations in Sources/Commands", "Sources/Commands/ExitStatus.swift"],
            [
                "# Commands", program.summary,
                "    \(program.name) [OPTION…] COMMAND …",
                wrapped(
                    """
                    Results go to stdout, everything else to stderr; `-o json` prints one JSON document. Times are RFC 3339. What others \
                    wrote is printed on one line, with control characters and those that change the direction of writing escaped.
                    """),
                table(
                    ["command", "what it does"],
                    program.commands.map { ["[\(code($0.synopsis))](#\($0.name))", $0.summary] }),
                "Options of every command, before its name or behind it:", options(program.options),
                "## Exit statuses",
                table(
                    ["status", "meaning"], ExitStatus.allCases.map { ["\($0.rawValue)", $0.meaning] }),
                "Of several reasons it is the highest, but for 2.",
            ] + program.commands.flatMap(chapter))
    }

    private static func chapter(_ command: CommandDeclaration) -> [String] {
        let words = command.details.isEmpty ? command.summary : "\(command.summary) \(command.details)"
        return ["## \(command.name)", "    optimize-backup \(command.synopsis)", wrapped(words)]
            + (command.options.isEmpty ? [] : [options(command.options)])
    }

    private static func options(_ options: [Option]) -> String {
        table(["option", ""], options.map { [code($0.synopsis), $0.help] })
    }
}

extension CommandDeclaration {
    fileprivate var synopsis: String { operands.isEmpty ? name : "\(name) \(operands)" }
}

extension Option {
    fileprivate var synopsis: String {
        (short.map { "-\($0), " } ?? "") + "--\(name)" + (value.map { " \($0)" } ?? "")
    }
}
