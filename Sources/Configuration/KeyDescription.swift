/// A key of the configuration, as the manual and the example configuration tell of it.
package struct KeyDescription: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// - variables: names of other programs' variables that mean the same.
        case value(allowed: String, unset: Unset, _ variables: [String])
        /// A mapping of keys.
        case section([KeyDescription])
        /// A mapping of names, each with these keys.
        case each([KeyDescription])
    }

    /// What holds where the key is not given.
    package enum Unset: Sendable, Equatable {
        /// A value, as it could be given.
        case standard(String)
        case words(String)
        case required
    }

    /// The last component of its path.
    package let name: String
    package private(set) var kind: Kind
    package let documentation: String
    /// The version of the program that brought it.
    package let since: String
    /// What the example configuration gives; nil for what stands there in a comment.
    package internal(set) var example: String?

    /// Says what else holds where the key is not given, and names no example then.
    mutating func replaceUnset(_ words: String) {
        guard case .value(let allowed, _, let variables) = kind else { return }
        (kind, example) = (.value(allowed: allowed, unset: .words(words), variables), nil)
    }
}

extension Settings {
    /// Every key, in the order of the manual.
    package static var keyDescriptions: [KeyDescription] { keys.map(\.description) }
}
