/// What a client tells of its exchanges with the engine.
package enum EngineEvent: Sendable {
    /// A read failed with an error that waiting can cure, and is sent again after the delay.
    case retrying(target: String, error: EngineError, delay: Duration)
}

package typealias EngineObserver = @Sendable (EngineEvent) -> Void
