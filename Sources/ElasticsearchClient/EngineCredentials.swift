/// By what the engine is told who asks.
package enum EngineCredentials: Sendable, Equatable {
    case none
    case password
    case apiKey
    /// Those that only restores use.
    case restorePassword, restoreAPIKey
    /// A signature of each request.
    case signature
}
