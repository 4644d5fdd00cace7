/// An option as a command declares it; help, parsing and completion are made from the declaration.
package struct Option: Sendable, Equatable {
    /// Without the dashes.
    package let name: String
    package let short: Character?
    /// What stands for the value in help, such as `FILE`; nil for a switch.
    package let value: String?
    package let help: String

    package init(_ name: String, short: Character? = nil, value: String? = nil, help: String) {
        self.name = name
        self.short = short
        self.value = value
        self.help = help
    }
}
