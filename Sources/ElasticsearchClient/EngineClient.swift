internal import FoundationEssentials
package import HTTP
package import Time

/// The snapshot, index and cluster calls of Elasticsearch 7, Elasticsearch 8 and OpenSearch 2.
///
/// Reads are repeated while waiting can cure their error, for as long as `Settings.patience` lasts. Writes are sent once:
/// whether an unanswered one took effect is for the caller to find out.
package struct EngineClient: Sendable {
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
    }

    package let settings: Settings
    package let clock: any Clock
    package let random: RandomSource
    private let transport: any HTTPTransport
    private let observe: EngineObserver

    package init(
        transport: any HTTPTransport, clock: any Clock, random: @escaping RandomSource, settings: Settings = Settings(),
        observe: @escaping EngineObserver = { _ in }
    ) {
        self.transport = transport
        self.clock = clock
        self.random = random
        self.settings = settings
        self.observe = observe
    }

    /// Sends one request and decodes the answer of a 2xx status.
    func send<Answer: Decodable>(
        _ operation: EngineOperation, _ request: HTTPRequest, timeout: Duration? = nil,
        as type: Answer.Type = Answer.self
    ) async throws(EngineError) -> Answer {
        let start = clock.uptime()
        do {
            let answer = try await exchange(request, timeout: timeout ?? settings.requestTimeout, as: type)
            observe(.ended(operation, error: nil, duration: clock.uptime() - start))
            return answer
        } catch {
            observe(.ended(operation, error: error.code, duration: clock.uptime() - start))
            throw error
        }
    }

    private func exchange<Answer: Decodable>(
        _ request: HTTPRequest, timeout: Duration, as type: Answer.Type
    ) async throws(EngineError) -> Answer {
        let response: HTTPResponse
        do {
            response = try await transport.send(request, timeout: timeout)
        } catch {
            throw EngineError(error)
        }
        guard (200..<300).contains(response.status) else { throw EngineError(response) }
        do {
            return try JSONDecoder().decode(type, from: Data(response.body))
        } catch {
            throw EngineError(
                .unexpectedAnswer, status: response.status,
                reason: "the answer to \(request.method.rawValue) \(request.target) is not the engine's: \(error)")
        }
    }

    /// Sends a GET, again and again while waiting can cure its error and the patience lasts.
    func read<Answer: Decodable>(
        _ operation: EngineOperation, _ target: String, as type: Answer.Type = Answer.self
    ) async throws(EngineError) -> Answer {
        let start = clock.uptime()
        var backoff = Backoff.reads
        while true {
            do {
                return try await send(operation, HTTPRequest(.get, target), as: type)
            } catch {
                guard error.isTransient, clock.uptime() - start < settings.patience else { throw error }
                let delay = backoff.next(random)
                observe(.retrying(operation, error: error, delay: delay))
                guard (try? await clock.sleep(for: delay)) != nil else {
                    throw EngineError(.cancelled, reason: "cancelled while waiting to ask again: \(error)")
                }
            }
        }
    }
}

extension HTTPRequest {
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
