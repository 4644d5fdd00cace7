/// What the journal's catalog says of a kind of entries, as it stands in the row of `MessageID`: `ID Subject`, an empty line, an explanation.
package struct CatalogEntry: Sendable, Equatable, ExpressibleByStringLiteral {
    private let text: String

    package init(stringLiteral text: String) {
        self.text = text
    }

    /// The id's 32 hexadecimal digits.
    package var digits: String { String(text.prefix { $0 != " " }) }

    package var subject: String { String(firstLine.dropFirst(digits.count + 1)) }

    /// What happened, and what to do.
    package var explanation: String { String(text.dropFirst(firstLine.count).drop { $0 == "\n" }) }

    private var firstLine: Substring { text.prefix { $0 != "\n" } }
}
