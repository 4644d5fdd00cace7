internal import FoundationEssentials
package import HTTP
internal import Synchronization
package import Time

/// The snapshot, index and cluster calls of Elasticsearch 7, Elasticsearch 8 and OpenSearch 2.
///
/// The time-out of a request is for all URLs together. Reads go on to the next URL when one gives no usable answer, and are repeated
/// while waiting can cure their error, for as long as `Settings.patience` lasts. Writes go on only where it is sure that nothing was
/// accepted: whether an unanswered one took effect is for the caller to find out.
package struct EngineClient: Sendable {
    /// Does work that takes long where it keeps nobody waiting, and returns once it is done.
    package typealias Offload = @Sendable (_ work: @escaping @Sendable () -> Void) async -> Void

    package struct Settings: Sendable {
        /// For one request.
        package var requestTimeout: Duration
        /// For one delete, which the engine may hold back until running snapshots end.
        package var deleteTimeout: Duration
        /// How long a failing read is repeated.
        package var patience: Duration

        package init(
            requestTimeout: Duration = .seconds(30), deleteTimeout: Duration = .seconds(3600), patience: Duration? = nil
        ) {
            self.requestTimeout = requestTimeout
            self.deleteTimeout = deleteTimeout
            self.patience = patience ?? requestTimeout * 4
        }

        /// How long the engine may look for its master: less than one request, so that its own words arrive.
        var masterTimeout: Duration { max(requestTimeout - .seconds(5), requestTimeout / 2) }
    }

    /// What is worth asking at all.
    private static let shortest = Duration.milliseconds(100)

    package private(set) var settings: Settings
    package let clock: any Clock
    package let random: RandomSource
    private let endpoints: Endpoints
    private let offload: Offload
    private let observe: EngineObserver

    /// - Parameters:
    ///   - endpoints: at least one; tried in turn, and the first that answers is kept.
    ///   - offload: where large answers are decoded.
    package init(
        endpoints: [Endpoint], clock: any Clock, random: @escaping RandomSource, settings: Settings = Settings(),
        offload: @escaping Offload = { $0() }, observe: @escaping EngineObserver = { _ in }
    ) {
        self.endpoints = Endpoints(endpoints)
        self.offload = offload
        self.clock = clock
        self.random = random
        self.settings = settings
        self.observe = observe
    }

    /// One URL, reached by a transport.
    package init(
        transport: any HTTPTransport, clock: any Clock, random: @escaping RandomSource, settings: Settings = Settings(),
        observe: @escaping EngineObserver = { _ in }
    ) {
        self.init(
            endpoints: [Endpoint(url: "", transport: transport)], clock: clock, random: random, settings: settings,
            observe: observe)
    }

    /// The same for somebody who waits for the answer: a failing read is repeated for half of a request's time-out at most.
    package var attended: EngineClient {
        var client = self
        client.settings.patience = min(settings.patience, settings.requestTimeout / 2)
        return client
    }

    /// A target of a call that takes it, with how long the engine may look for its master.
    func limited(_ target: String) -> String {
        "\(target)\(target.contains("?") ? "&" : "?")master_timeout=\(Int(settings.masterTimeout / .milliseconds(1)))ms"
    }

    /// Sends one request and decodes the answer of a 2xx status.
    func send<Answer: Decodable & Sendable>(
        _ operation: EngineOperation, _ request: HTTPRequest, timeout: Duration? = nil,
        as type: Answer.Type = Answer.self
    ) async throws(EngineError) -> Answer {
        try await observed(operation) { () throws(EngineError) in
            try await inTurn(isRead: request.isRead, timeout: timeout) { index, end throws(EngineError) in
                if endpoints.mustProveItself(index) {
                    // A delete's time-out is an hour: who answers is asked with a question's.
                    try await askWho(at: index, until: min(end, clock.uptime() + settings.requestTimeout))
                    guard end - clock.uptime() > Self.shortest else {
                        throw EngineError(.unreachable, reason: "no time is left to ask \(endpoints.all[index].url)")
                    }
                }
                return try await exchange(operation, request, at: index, until: end, as: type)
            }
        }
    }

    /// Asks once, without patience: the first contact, where an operator wants to know at once that nobody answers.
    ///
    /// It says nothing of whether the cluster has a master. Each URL has its share of the time, so that one that hangs is found out.
    ///
    /// - Throws: `.overloaded` also while the cluster has no state yet, when its uuid is still `_na_`; `.otherCluster`.
    package func describe() async throws(EngineError) -> EngineDescription {
        try await observed(.info) { () throws(EngineError) in
            try await inTurn(isRead: true, sharesTime: true) { index, end throws(EngineError) in
                try await askWho(at: index, until: end)
            }
        }
    }

    @discardableResult
    private func askWho(at index: Int, until end: Duration) async throws(EngineError) -> EngineDescription {
        let description = try EngineDescription(
            try await exchange(
                .info, HTTPRequest(.get, InfoAnswer.target), at: index, until: end, as: InfoAnswer.self))
        try endpoints.record(cluster: description.clusterUUID, at: index)
        return description
    }

    private func observed<Value>(
        _ operation: EngineOperation, _ ask: () async throws(EngineError) -> Value
    ) async throws(EngineError) -> Value {
        let start = clock.uptime()
        do {
            let value = try await ask()
            observe(.ended(operation, error: nil, duration: clock.uptime() - start))
            return value
        } catch {
            let failure = error.saysOnlyThatNoneMatches ? nil : error.code
            observe(.ended(operation, error: failure, duration: clock.uptime() - start))
            throw error
        }
    }

    /// Asks at each URL in turn, until one gives a usable answer, or a write may have been accepted, or the time is up.
    ///
    /// - Parameters:
    ///   - timeout: for all of them.
    ///   - sharesTime: whether each has its share of it; else the first may take it all, since a slow answer is one, too.
    ///   - ask: gets the uptime by which it must have ended.
    private func inTurn<Value>(
        isRead: Bool, timeout: Duration? = nil, sharesTime: Bool = false,
        _ ask: (_ index: Int, _ end: Duration) async throws(EngineError) -> Value
    ) async throws(EngineError) -> Value {
        let end = clock.uptime() + (timeout ?? settings.requestTimeout)
        var failures: [EngineError] = []
        let indices = endpoints.inTurn
        for (number, index) in indices.enumerated() {
            let timeLeft = end - clock.uptime()
            guard failures.isEmpty || timeLeft > Self.shortest else { break }
            do throws(EngineError) {
                let share =
                    sharesTime
                    ? min(timeLeft, max(timeLeft / (indices.count - number), .seconds(1))) : timeLeft
                let value = try await ask(index, end - timeLeft + share)
                endpoints.keep(index)
                return value
            } catch {
                guard error.meansNoUsableEngine else {
                    if error.code != .cancelled { endpoints.keep(index) }
                    throw error
                }
                endpoints.leave(index)
                failures.append(endpoints.all.count > 1 ? error.located(at: endpoints.all[index].url) : error)
                guard isRead || !error.mayHaveTakenEffect else { break }
            }
        }
        throw EngineError(ofAll: failures, isRead: isRead)
    }

    private func exchange<Answer: Decodable & Sendable>(
        _ operation: EngineOperation, _ request: HTTPRequest, at index: Int, until end: Duration, as type: Answer.Type
    ) async throws(EngineError) -> Answer {
        let response: HTTPResponse
        do {
            response = try await endpoints.all[index].transport.send(
                request, timeout: max(end - clock.uptime(), Self.shortest),
                maximumBodySize: operation.maximumAnswerSize)
        } catch {
            throw EngineError(error)
        }
        guard (200..<300).contains(response.status) else { throw EngineError(response) }
        do {
            return try await decode(response.body, as: type)
        } catch {
            throw EngineError(
                .unexpectedAnswer, status: response.status,
                reason: "the answer to \(request.method.rawValue) \(request.target) is not an engine's: "
                    + "\(excerpt(response.body))")
        }
    }

    /// Decodes an answer, a large one elsewhere: the list of a thousand backups takes longer than others may wait.
    private func decode<Answer: Decodable & Sendable>(_ body: [UInt8], as type: Answer.Type) async throws -> Answer {
        guard body.count > 16_384 else { return try JSONDecoder().decode(type, from: Data(body)) }
        let decoded = Mutex<Result<Answer, any Error>?>(nil)
        await offload {
            let result = Result { try JSONDecoder().decode(type, from: Data(body)) }
            decoded.withLock { $0 = result }
        }
        guard let result = decoded.withLock({ $0 }) else { throw CancellationError() }
        return try result.get()
    }

    /// Sends a GET, again and again while waiting can cure its error and the patience lasts.
    func read<Answer: Decodable & Sendable>(
        _ operation: EngineOperation, _ target: String, as type: Answer.Type = Answer.self
    ) async throws(EngineError) -> Answer {
        let start = clock.uptime()
        var backoff = Backoff.reads
        while true {
            do {
                return try await send(operation, HTTPRequest(.get, target), as: type)
            } catch {
                guard error.isTransient else { throw error }
                let delay = max(backoff.next(random), error.retryAfter ?? .zero)
                guard clock.uptime() - start + delay < settings.patience else { throw error }
                observe(.retrying(operation, error: error, delay: delay))
                guard (try? await clock.sleep(for: delay)) != nil else {
                    throw EngineError(.cancelled, reason: "cancelled while waiting to ask again: \(error)")
                }
            }
        }
    }
}

extension HTTPRequest {
    /// Whether it changes nothing, so that it may be sent again anywhere.
    fileprivate var isRead: Bool { method == .get || method == .head }

    /// A request with a JSON body; keys are sorted, so that equal values are equal bytes.
    init(_ method: Method, _ target: String, json body: some Encodable) throws(EngineError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let bytes = [UInt8](try encoder.encode(body))
            self.init(method, target, fields: ["Content-Type": "application/json"], body: bytes)
        } catch {
            throw EngineError(.rejected, reason: "the body for \(target) can't be written as JSON: \(error)")
        }
    }
}
