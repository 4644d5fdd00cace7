/// How values of a kind are written: what is allowed, how one is read, and how one is shown.
struct Notation<Value>: Sendable {
    let isList: Bool
    /// What is allowed, for messages: "allowed is …".
    let allowed: String
    /// From the scalars given: exactly one unless it is a list.
    let parse: @Sendable ([String], Inputs) throws(Refusal) -> Value
    /// As it could be given.
    let text: @Sendable (Value) -> String
}

extension Notation {
    init(
        allowed: String, text: @escaping @Sendable (Value) -> String,
        parse: @escaping @Sendable (String) throws(Refusal) -> Value
    ) {
        self.init(
            isList: false, allowed: allowed, parse: { (texts, _) throws(Refusal) in try parse(texts[0]) }, text: text)
    }
}

extension Notation where Value == String {
    /// Words that have to be of some form.
    static func text(_ allowed: String, parse: @escaping @Sendable (String) throws(Refusal) -> String) -> Self {
        Self(allowed: allowed, text: { $0 }, parse: parse)
    }

    /// The name of a file.
    static let file = text(
        "the name of a readable file, absolute, or relative to $CREDENTIALS_DIRECTORY or to the configuration's folder"
    ) { (text) throws(Refusal) in
        guard isPrintable(text) else { throw Refusal() }
        return text
    }
}

extension Notation where Value == [String] {
    /// A list of such words; in a variable they are separated by commas.
    static func list(_ allowed: String, parse: @escaping @Sendable ([String]) throws(Refusal) -> [String]) -> Self {
        Self(
            isList: true, allowed: allowed, parse: { (texts, _) throws(Refusal) in try parse(texts) },
            text: { "[\($0.joined(separator: ", "))]" })
    }
}

/// Why a value is refused; without words, what is allowed says enough.
package struct Refusal: Error {
    package let reason: String?
    /// Whether the value may hold a secret, which nobody repeats then.
    package let isSecret: Bool
    /// Whether the reason says all, the value and what is allowed included.
    let saysAll: Bool

    init(_ reason: String? = nil, isSecret: Bool = false, saysAll: Bool = false) {
        self.reason = reason
        self.isSecret = isSecret
        self.saysAll = saysAll
    }
}
