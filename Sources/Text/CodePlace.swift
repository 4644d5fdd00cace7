/// A place in the sources, from which something is told.
package struct CodePlace: Sendable, Equatable {
    /// The module and the file's name, as `#fileID` has them.
    package let file: String
    package let line: Int
    package let function: String

    package init(_ file: String, _ line: Int, _ function: String) {
        self.file = file
        self.line = line
        self.function = function
    }
}
