package import HTTP
internal import JSON
package import Time

/// The snapshot, index and cluster calls of Elasticsearch and OpenSearch.
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
        /// By what the engine is told who asks: its transports show them.
        package var credentials: EngineCredentials
        /// Whether it is the engine for drills, which has settings of its own.
        package var isForDrills = false

        package init(
            requestTimeout: Duration = .seconds(30), deleteTimeout: Duration = .seconds(3600),
            patience: Duration? = nil,
            credentials: EngineCredentials = .none
        ) {
            self.credentials = credentials
            self.requestTimeout = requestTimeout
            self.deleteTimeout = deleteTimeout
            self.patience = patience ?? requestTimeout * 4
        }

        /// How long the engine may look for its master: less than one request, so that its own words arrive.
        var masterTimeout: Duration { max(requestTimeout - .seconds(5), requestTimeout / 2) }
    }

    package private(set) var settings: Settings
    package let clock: any Clock
    package let random: RandomSource
    private let exchange: EngineExchange
    private let observe: EngineObserver

    /// - Parameters:
    ///   - endpoints: at least one; tried in turn, and the first that answers is kept.
    ///   - signer: signs each request, right before it is sent; nil where none is signed.
    ///   - offload: where large answers are decoded.
    package init(
        endpoints: [Endpoint], clock: any Clock, random: @escaping RandomSource, settings: Settings = Settings(),
        signer: (any RequestSigner)? = nil, offload: @escaping Offload = { $0() },
        observe: @escaping EngineObserver = { _ in }
    ) {
        exchange = EngineExchange(
            endpoints: Endpoints(endpoints), clock: clock, requestTimeout: settings.requestTimeout,
            credentials: settings.credentials, isForDrills: settings.isForDrills, signer: signer, offload: offload,
            observe: observe)
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
    func send<Answer: JSONReadable & Sendable>(
        _ operation: EngineOperation, _ request: HTTPRequest, timeout: Duration? = nil,
        as type: Answer.Type = Answer.self
    ) async throws(EngineError) -> Answer {
        try await exchange.send(operation, request, timeout: timeout ?? settings.requestTimeout, as: type)
    }

    /// Asks once, without patience: the first contact, where an operator wants to know at once that nobody answers.
    ///
    /// It says nothing of whether the cluster has a master. Each URL has its share of the time, so that one that hangs is found out.
    ///
    /// - Throws: `.overloaded` also while the cluster has no state yet, when its uuid is still `_na_`; `.otherCluster`.
    package func describe() async throws(EngineError) -> EngineDescription { try await exchange.describe() }

    /// Sends a GET, again and again while waiting can cure its error and the patience lasts.
    func read<Answer: JSONReadable & Sendable>(
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
    /// A request with a JSON body.
    init(_ method: Method, _ target: String, json body: JSONValue) {
        self.init(method, target, fields: ["Content-Type": "application/json"], body: body.bytes)
    }
}
