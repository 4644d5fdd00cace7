package import HTTP

/// Lets the engine know by signatures who asks: the seam between what is asked and who holds the keys.
package protocol RequestSigner: Sendable {
    /// The request with a signature that is good from now on for a few minutes.
    ///
    /// - Parameters:
    ///   - url: under which the engine is reached.
    ///   - limit: for getting a key, if none is at hand.
    /// - Throws: `.unsigned` when no key can be had, `.cancelled`.
    func sign(_ request: HTTPRequest, to url: String, within limit: Duration) async throws(EngineError) -> HTTPRequest

    /// The same after its key was refused; nil if there is no other key by now.
    ///
    /// - Parameter refused: with the signature that was refused.
    func signAgain(
        _ request: HTTPRequest, refused: HTTPRequest, to url: String, within limit: Duration
    ) async
        -> HTTPRequest?

    /// What a refusal says is wrong with the signature of a request; nil if it is something else.
    func fault(in refusal: HTTPResponse, of request: HTTPRequest) -> SignatureFault?
}

/// What is wrong with a signature, as the engine says.
package struct SignatureFault: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case unknownKey
        /// The secret is not that of the key.
        case secret
        /// The session token of a temporary key.
        case token(isExpired: Bool)
        /// - lead: by how much our clock is ahead of the engine's; nil if its answer tells no time.
        case clock(lead: Duration?)
        case region(String)
    }

    package let kind: Kind
    /// Where the key comes from, such as `the environment`.
    package let origin: String
    /// Whether it comes from files that the configuration names.
    package let isConfigured: Bool

    package init(_ kind: Kind, origin: String, isConfigured: Bool) {
        self.kind = kind
        self.origin = origin
        self.isConfigured = isConfigured
    }

    /// Whether another key may be taken.
    var isOfKey: Bool {
        switch kind {
        case .unknownKey, .secret, .token: true
        case .clock, .region: false
        }
    }

    /// Whether it may pass without a change of the configuration.
    package var isTransient: Bool {
        switch kind {
        case .token, .clock: true
        case .unknownKey, .secret, .region: false
        }
    }
}
