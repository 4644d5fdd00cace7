extension ProgramDeclaration {
    /// The help of the whole program.
    package var help: String {
        """
        \(summary)

        Usage: \(name) [OPTION…] COMMAND …

        Commands:
        \(table(commands.map { ("\($0.name) \($0.operands)", $0.summary) }))

        Options:
        \(table(options.map { ($0.synopsis, $0.help) }))

        '\(name) COMMAND --help' tells more of a command.

        """
    }

    /// The help of one command; nil for an unknown one.
    package func help(of command: String) -> String? {
        guard let command = commands.first(where: { $0.name == command }) else { return nil }
        let own =
            command.options.isEmpty ? "" : "Options:\n\(table(command.options.map { ($0.synopsis, $0.help) }))\n\n"
        return """
            \(command.summary)

            Usage: \(name) \(command.name)\(command.options.isEmpty ? "" : " [OPTION…]") \(command.operands)

            \(own)Options of every command:
            \(table(options.map { ($0.synopsis, $0.help) }))

            """
    }
}

extension Option {
    fileprivate var synopsis: String {
        (short.map { "-\($0), " } ?? "    ") + "--\(name)" + (value.map { " \($0)" } ?? "")
    }
}

/// Two columns, indented by two spaces.
private func table(_ rows: [(String, String)]) -> String {
    let width = (rows.map(\.0.count).max() ?? 0) + 2
    return rows.map { "  \($0)\(String(repeating: " ", count: width - $0.count))\($1)" }.joined(separator: "\n")
}
