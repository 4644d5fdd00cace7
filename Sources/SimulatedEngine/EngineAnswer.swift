package import HTTP
package import Time

/// What the engine does with a request.
package enum EngineAnswer: Sendable, Equatable {
    case response(HTTPResponse)
    /// It holds the request back, and decides anew at that time.
    case later(Instant)
}
