package import Time

/// A key by which requests are signed, permanent or temporary.
package struct AmazonKey: Sendable, Equatable {
    package let id: String
    package let secret: String
    /// Of a temporary key: sent with each request, and signed.
    package let token: String?
    /// When it is no longer taken; nil if nobody said so.
    package let expiry: Instant?
    /// Where it comes from, in words.
    package let origin: Origin

    /// Where a key comes from.
    package enum Origin: Sendable, Equatable {
        case configuration
        case environment
        case sharedFile(String)
        case container
        case instance
    }

    package init(id: String, secret: String, token: String?, expiry: Instant? = nil, origin: Origin) {
        self.id = id
        self.secret = secret
        self.token = token
        self.expiry = expiry
        self.origin = origin
    }

    /// Whether it is a temporary one, which needs a token.
    var isTemporary: Bool { token != nil || id.hasPrefix("ASIA") }
}

extension AmazonKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without what nobody may see.
    package var description: String { "key \(id) of \(origin.words)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension AmazonKey.Origin {
    /// Such as `the environment`.
    package var words: String {
        switch self {
        case .configuration: "the configuration"
        case .environment: "the environment"
        case .sharedFile(let path): path
        case .container: "the container's endpoint"
        case .instance: "the instance's role"
        }
    }
}
