internal import HTTP
internal import JSON
internal import Synchronization
internal import Time

/// Sends requests to the engine's URLs in turn, and makes answers and errors of what comes back.
struct EngineExchange: Sendable {
    /// What is worth asking at all.
    private static let shortest = Duration.milliseconds(100)

    let endpoints: Endpoints
    let clock: any Clock
    /// Of a request, over all URLs.
    let requestTimeout: Duration
    /// By what the engine is told who asks.
    let credentials: EngineCredentials
    let isForDrills: Bool
    let signer: (any RequestSigner)?
    /// Where large answers are decoded.
    let offload: EngineClient.Offload
    let observe: EngineObserver

    /// Sends one request and decodes the answer of a 2xx status.
    func send<Answer: JSONReadable & Sendable>(
        _ operation: EngineOperation, _ request: HTTPRequest, timeout: Duration, as type: Answer.Type
    ) async throws(EngineError) -> Answer {
        try await observed(operation) { () throws(EngineError) in
            try await inTurn(isRead: request.isRead, timeout: timeout) { index, end throws(EngineError) in
                if endpoints.mustProveItself(index) {
                    // A delete's time-out is an hour: who answers is asked with a question's.
                    try await askWho(at: index, until: min(end, clock.uptime() + requestTimeout))
                    guard end - clock.uptime() > Self.shortest else {
                        throw EngineError(.unreachable, reason: "no time is left to ask \(endpoints.all[index].url)")
                    }
                }
                return try await exchange(operation, request, at: index, until: end, as: type)
            }
        }
    }

    /// Asks who is there; each URL has its share of the time, so that one that hangs is found out.
    func describe() async throws(EngineError) -> EngineDescription {
        try await observed(.info) { () throws(EngineError) in
            try await inTurn(isRead: true, timeout: requestTimeout, sharesTime: true) {
                index, end throws(EngineError) in
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
            var error = error
            error.isOfDrills = isForDrills
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
        isRead: Bool, timeout: Duration, sharesTime: Bool = false,
        _ ask: (_ index: Int, _ end: Duration) async throws(EngineError) -> Value
    ) async throws(EngineError) -> Value {
        let end = clock.uptime() + timeout
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
                    if ![.cancelled, .unsigned].contains(error.code) { endpoints.keep(index) }
                    throw error
                }
                endpoints.leave(index)
                failures.append(endpoints.all.count > 1 ? error.located(at: endpoints.all[index].url) : error)
                guard isRead || !error.mayHaveTakenEffect else { break }
            }
        }
        throw EngineError(ofAll: failures, isRead: isRead)
    }

    private func exchange<Answer: JSONReadable & Sendable>(
        _ operation: EngineOperation, _ request: HTTPRequest, at index: Int, until end: Duration, as type: Answer.Type
    ) async throws(EngineError) -> Answer {
        let (response, fault) = try await signedExchange(operation, request, at: index, until: end)
        guard (200..<300).contains(response.status) else {
            var failure = EngineError(response)
            if failure.isStrangers { failure = failure.located(at: endpoints.all[index].url) }
            if failure.code == .denied { failure.concern = fault.map { .signature($0) } ?? .credentials(credentials) }
            throw failure
        }
        do {
            return try await decode(response.body, as: type)
        } catch {
            let words =
                "the answer to \(request.method.rawValue) \(request.target) is not an engine's (\(error)): \(excerpt(response.body))"
            throw EngineError(
                .unexpectedAnswer, ofStranger: response.fields["Server"], status: response.status, words
            ).located(at: endpoints.all[index].url)
        }
    }

    /// Signs a request and sends it; once more where its key is refused and there is another by now, since nothing was done.
    private func signedExchange(
        _ operation: EngineOperation, _ request: HTTPRequest, at index: Int, until end: Duration
    ) async throws(EngineError) -> (HTTPResponse, SignatureFault?) {
        guard let signer else { return (try await send(operation, request, at: index, until: end), nil) }
        let url = endpoints.all[index].url
        var signed = try await signer.sign(request, to: url, within: max(end - clock.uptime(), Self.shortest))
        var response = try await send(operation, signed, at: index, until: end)
        let left = end - clock.uptime()
        if let fault = signer.fault(in: response, of: signed), fault.isOfKey, left > Self.shortest,
            let again = await signer.signAgain(request, refused: signed, to: url, within: left)
        {
            signed = again
            response = try await send(operation, signed, at: index, until: end)
        }
        return (response, signer.fault(in: response, of: signed))
    }

    private func send(
        _ operation: EngineOperation, _ request: HTTPRequest, at index: Int, until end: Duration
    ) async throws(EngineError) -> HTTPResponse {
        let start = clock.uptime()
        func tell(_ status: Int?, _ bytes: Int) {
            let request = "\(request.method.rawValue) \(endpoints.all[index].url)\(request.target)"
            observe(
                .exchanged(.init(request: request, status: status, duration: clock.uptime() - start, bytes: bytes)))
        }
        do {
            let response = try await endpoints.all[index].transport.send(
                request, timeout: max(end - clock.uptime(), Self.shortest),
                maximumBodySize: operation.maximumAnswerSize)
            tell(response.status, response.body.count)
            return response
        } catch {
            tell(nil, 0)
            var failure = EngineError(error)
            if error.code == .timedOut {
                failure.concern = operation == .deleteSnapshot ? .deleteTimeout : .requestTimeout
            }
            throw failure
        }
    }

    /// Decodes an answer, a large one elsewhere: the list of a thousand backups takes longer than others may wait.
    private func decode<Answer: JSONReadable & Sendable>(_ body: [UInt8], as type: Answer.Type) async throws -> Answer {
        guard body.count > 16_384 else { return try Answer.read(body) }
        let decoded = Mutex<Result<Answer, any Error>?>(nil)
        await offload {
            let result = Result { try Answer.read(body) }
            decoded.withLock { $0 = result }
        }
        guard let result = decoded.withLock({ $0 }) else { throw CancellationError() }
        return try result.get()
    }
}

extension HTTPRequest {
    /// Whether it changes nothing, so that it may be sent again anywhere.
    fileprivate var isRead: Bool { method == .get || method == .head }
}
