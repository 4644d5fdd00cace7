internal import Text

/// What is wrong with a configuration, or worth a warning, and where.
package struct Problem: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Where a value was given.
    package enum Place: Sendable, Hashable {
        case file(String, line: Int, column: Int)
        case variable(String)
    }

    package let place: Place
    /// Of the key, such as `engine.urls`; empty for what concerns the whole file.
    package let path: String
    /// What is wrong, and what is allowed.
    package let message: String

    /// As compilers write it, on one line: `file:line:column: path: message`.
    package var description: String {
        let prefix =
            switch place {
            case .file(let name, let line, let column): "\(name):\(line):\(column): "
            case .variable(let name): "\(name): "
            }
        return (prefix + (path.isEmpty ? "" : "\(path): ") + message).onOneLine
    }

    package static func < (left: Problem, right: Problem) -> Bool {
        left.order < right.order
    }

    /// The file's in the order of its lines, then the variables'.
    private var order: (Int, Int, Int, String, String) {
        switch place {
        case .file(_, let line, let column): (0, line, column, "", message)
        case .variable(let name): (1, 0, 0, name, message)
        }
    }
}

/// A configuration that can't be used: everything that is wrong with it.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    package let problems: [Problem]

    init(problems: [Problem]) {
        self.problems = problems
    }

    /// What is wrong with something that the environment hands over.
    package init(variable: String, _ message: String) {
        self.init(problems: [Problem(place: .variable(variable), path: "", message: message)])
    }

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
