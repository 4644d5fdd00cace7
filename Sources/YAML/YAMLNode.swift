/// A node of a YAML document, which knows where it stands.
package struct YAMLNode: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        /// Text; plain if it stands without quotes, so that it may also mean a number, a boolean or null.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// In the order of the document; no two keys are equal.
        case mapping([Entry])
    }

    package struct Entry: Sendable, Equatable {
        package let key: String
        package let keyMark: YAMLMark
        package let value: YAMLNode
    }

    package let content: Content
    package let mark: YAMLMark

    /// Whether it says that there is no value: nothing at all, or null as YAML writes it.
    ///
    /// In quotes the same is text.
    package var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What to call it in a message.
    package var kind: String {
        switch content {
        case .scalar where isNull: "nothing"
        case .scalar: "a single value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// A place in a document, counted from 1, columns in characters.
package struct YAMLMark: Sendable, Hashable, Comparable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: YAMLMark, right: YAMLMark) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// What is wrong with a document, and where.
package struct YAMLProblem: Error, Sendable, Equatable {
    package let mark: YAMLMark
    package let message: String

    package init(_ mark: YAMLMark, _ message: String) {
        self.mark = mark
        self.message = message
    }
}
