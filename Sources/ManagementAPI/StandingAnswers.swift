internal import BackupDaemon
internal import HTTP
internal import PrometheusExposition
internal import Synchronization

/// Answers that tell nothing but how everything stands, each made once for every change of that.
final class StandingAnswers: Sendable {
    enum Kind: Hashable {
        case metrics(ExpositionFormat)
        case health
        case scheduledTasks
    }

    private let answers = Mutex<[Kind: (version: Int, answer: HTTPResponse)]>([:])

    /// The answer kept, or one that is made of the standing.
    func answer(_ kind: Kind, of standing: Standing, make: (Standing) -> HTTPResponse) -> HTTPResponse {
        if let kept = answers.withLock({ $0[kind] }), kept.version == standing.version { return kept.answer }
        let answer = make(standing)
        answers.withLock { $0[kind] = (standing.version, answer) }
        return answer
    }
}
