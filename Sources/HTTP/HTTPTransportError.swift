/// Why a request got no answer.
package struct HTTPTransportError: Error, Sendable, Equatable {
    package enum Code: String, Sendable, CaseIterable {
        /// The request itself can't be sent: a control character in its target or a header field, an impossible URL.
        case invalidRequest
        /// The host's name has no address.
        case nameNotResolved
        /// Nobody listens there, no route leads there, or no descriptor was left for a connection.
        case refused
        /// No connection (TLS and name look-up included) within the connect time-out.
        case connectTimedOut
        /// Connected, but the answer did not come in time: the request may have taken effect.
        case timedOut
        /// The server's certificate is not trusted, or not for that name.
        case untrusted
        /// TLS failed otherwise: the peer wants a client certificate, or none of our versions.
        case tls
        /// The connection broke before the request was sent, in TLS's handshake as a rule: a server that stops or starts.
        case cutOffUnsent
        /// The peer speaks no TLS, though the URL says https.
        case plaintext
        /// Our own certificate or key can't be used.
        case credentials
        /// Our own CA file can't be used.
        case authority
        /// The connection broke before the whole answer was there: the request may have taken effect.
        case cutOff
        /// The answer's head or body exceeds our cap.
        case tooLarge
        /// The waiting task was cancelled.
        case cancelled
        /// Anything else; the message tells.
        case other
    }

    package let code: Code
    /// What happened, in words for a person, the peer's address included.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the server may have received the request, so that only asking tells what is true.
    package var mayHaveTakenEffect: Bool {
        switch code {
        case .invalidRequest, .nameNotResolved, .refused, .connectTimedOut, .untrusted, .credentials, .authority,
            .plaintext,
            .cutOffUnsent:
            false
        case .timedOut, .tls, .cutOff, .tooLarge, .cancelled, .other: true
        }
    }
}
