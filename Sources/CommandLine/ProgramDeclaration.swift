/// A program with its commands, and the options that all of them take, before the command's name or behind it.
package struct ProgramDeclaration: Sendable {
    package let name: String
    package let summary: String
    package let options: [Option]
    package let commands: [CommandDeclaration]

    package init(name: String, summary: String, options: [Option], commands: [CommandDeclaration]) {
        self.name = name
        self.summary = summary
        self.options = options
        self.commands = commands
    }
}
