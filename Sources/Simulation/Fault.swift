internal import Engines

/// What the network, the engine's front door, or its master does to one exchange.
enum Fault: Sendable {
    case none
    /// It takes up to twenty seconds longer.
    case slow
    /// It never arrives.
    case lostRequest
    /// It takes effect, and nobody hears of it.
    case lostAnswer
    /// It takes effect, and the connection breaks before the answer.
    case brokenAnswer
    case refused
    /// The engine has too much to do, and takes nothing on.
    case turnedAway
    /// The master did not get to it in time.
    case timedOut
    /// The answer is the same, and yet it takes effect.
    case timedOutDone
    /// It arrives minutes after whoever sent it has given up; of what is no order, nothing arrives.
    case late

    /// The answer of an engine of that kind, if that is not what it is asked for.
    func answer(of kind: EngineKind) -> (status: Int, type: String)? {
        switch self {
        case .turnedAway:
            (429, kind.has(.clusterManager) ? "rejected_execution_exception" : "circuit_breaking_exception")
        case .timedOut, .timedOutDone:
            (kind.has(.masterTimeOutsAreTooManyRequests) ? 429 : 503, "process_cluster_event_timeout_exception")
        case .none, .slow, .lostRequest, .lostAnswer, .brokenAnswer, .refused, .late: nil
        }
    }

    /// In the order in which they are drawn.
    static let all: [Fault] = [
        .slow, .lostRequest, .lostAnswer, .brokenAnswer, .refused, .turnedAway, .timedOut, .timedOutDone, .late,
    ]
}
