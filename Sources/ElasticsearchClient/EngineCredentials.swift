/// By what the engine is told who asks.
package enum EngineCredentials: Sendable, Equatable {
    case none
    case password
    case apiKey
    /// A signature of each request.
    case signature
}
