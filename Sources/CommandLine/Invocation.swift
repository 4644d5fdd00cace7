/// What was asked for on the command line.
package struct Invocation: Sendable, Equatable {
    /// The command's name; nil when only program-wide options were given.
    package let command: String?
    package let operands: [String]
    private let options: [String: [String]]

    init(command: String?, operands: [String], options: [String: [String]]) {
        self.command = command
        self.operands = operands
        self.options = options
    }

    /// The last value given for an option.
    package subscript(option: String) -> String? { options[option]?.last }

    package func has(_ option: String) -> Bool { options[option] != nil }
}

/// A command line that the program's declaration doesn't allow, in words for the person who typed it.
package struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
