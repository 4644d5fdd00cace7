package import Time

/// What a client tells of its exchanges with the engine.
package enum EngineEvent: Sendable {
    /// A request has ended; without an error it was answered as it should.
    case ended(EngineOperation, error: EngineError.Code?, duration: Duration)
    /// One exchange with one URL has ended.
    case exchanged(EngineExchangeRecord)
    /// A read failed with an error that waiting can cure, and is sent again after the delay.
    case retrying(EngineOperation, error: EngineError, delay: Duration)
    /// The key that signs requests could not be renewed, and is good until then.
    case keyNotRenewed(reason: String, expiry: Instant)
}

extension EngineEvent {
    /// What somebody should know who need not do anything yet; nil for all else.
    package var warning: String? {
        guard case .keyNotRenewed(let reason, let expiry) = self else { return nil }
        return "the key that signs requests expires at \(expiry.rfc3339), and can't be renewed: \(reason)"
    }
}

/// What one exchange with the engine came to.
package struct EngineExchangeRecord: Sendable {
    /// The method, the URL and its target.
    package let request: String
    /// Nil if there was no answer.
    package let status: Int?
    package let duration: Duration
    /// Of the answer's body.
    package let bytes: Int

    /// Such as `GET http://127.0.0.1:9200/: 200 in 3 ms, 512 bytes`.
    package var words: String {
        let answer = status.map { "\($0)" } ?? "no answer"
        return "\(request): \(answer) in \(Int(duration / .milliseconds(1))) ms, \(bytes) bytes"
    }
}

package typealias EngineObserver = @Sendable (EngineEvent) -> Void
