/// What the network, or the engine's front door, does to one exchange.
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
    case tooManyRequests
    case unavailable
    /// It arrives minutes after whoever sent it has given up; of what is no order, nothing arrives.
    case late

    /// Of an answer that the engine never saw the request for.
    var status: Int? {
        switch self {
        case .tooManyRequests: 429
        case .unavailable: 503
        case .none, .slow, .lostRequest, .lostAnswer, .brokenAnswer, .refused, .late: nil
        }
    }

    /// In the order in which they are drawn.
    static let all: [Fault] = [
        .slow, .lostRequest, .lostAnswer, .brokenAnswer, .refused, .tooManyRequests, .unavailable, .late,
    ]
}
