/// Why a text is no JSON, or why JSON is not what was expected, with a place.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// Such as `the key "backupId" stands there twice`.
    package let reason: String
    /// Where it was noticed, from 1; nil for a value that was read already.
    package let place: Place?

    package struct Place: Sendable, Equatable {
        package let line: Int
        /// In bytes.
        package let column: Int

        package init(line: Int, column: Int) {
            (self.line, self.column) = (line, column)
        }
    }

    package init(_ reason: String, at place: Place? = nil) {
        (self.reason, self.place) = (reason, place)
    }

    package var description: String { place.map { "line \($0.line), column \($0.column): \(reason)" } ?? reason }
}
