/// A key of the configuration: what it is for, what is allowed, and how its value is read.
struct Key<Value>: Sendable {
    /// The last component of its path.
    let name: String
    let isList: Bool
    /// What is allowed, for messages: "allowed is …".
    let allowed: String
    /// What it does, for the example configuration and the manual.
    let documentation: String
    /// From the scalars given: exactly one unless it is a list.
    let parse: @Sendable ([String]) throws(Refusal) -> Value

    init(
        _ name: String, allowed: String, _ documentation: String,
        parse: @escaping @Sendable (String) throws(Refusal) -> Value
    ) {
        self.name = name
        isList = false
        self.allowed = allowed
        self.documentation = documentation
        self.parse = { (texts) throws(Refusal) in try parse(texts[0]) }
    }

    init(
        list name: String, allowed: String, _ documentation: String,
        parse: @escaping @Sendable ([String]) throws(Refusal) -> Value
    ) {
        self.name = name
        isList = true
        self.allowed = allowed
        self.documentation = documentation
        self.parse = parse
    }
}

/// Why a value is refused; without words, what is allowed says enough.
package struct Refusal: Error {
    package let reason: String?
    /// Whether the value may hold a secret, which nobody repeats then.
    package let isSecret: Bool

    init(_ reason: String? = nil, isSecret: Bool = false) {
        self.reason = reason
        self.isSecret = isSecret
    }
}
