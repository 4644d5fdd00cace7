/// A command as its program declares it.
package struct CommandDeclaration: Sendable, Equatable {
    package let name: String
    /// The operands as help writes them, such as `ID…`; empty when there are none.
    package let operands: String
    /// How many operands it takes.
    package let operandCount: ClosedRange<Int>
    /// One line.
    package let summary: String
    /// What the manual says beyond the summary; empty where that says all.
    package let details: String
    package let options: [Option]

    package init(
        _ name: String, operands: String = "", count: ClosedRange<Int> = 0...0, summary: String, details: String = "",
        options: [Option] = []
    ) {
        self.name = name
        self.operands = operands
        operandCount = count
        self.summary = summary
        self.details = details
        self.options = options
    }
}
