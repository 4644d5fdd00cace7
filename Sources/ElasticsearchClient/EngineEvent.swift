/// What a client tells of its exchanges with the engine.
package enum EngineEvent: Sendable {
    /// A request has ended; without an error it was answered as it should.
    case ended(EngineOperation, error: EngineError.Code?, duration: Duration)
    /// A read failed with an error that waiting can cure, and is sent again after the delay.
    case retrying(EngineOperation, error: EngineError, delay: Duration)
}

package typealias EngineObserver = @Sendable (EngineEvent) -> Void
