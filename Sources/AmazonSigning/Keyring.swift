internal import ElasticsearchClient
internal import Synchronization
internal import Time
internal import Waiting

/// The key by which requests are signed now: got when it is first needed, and renewed by who needs it shortly before it expires.
///
/// Who needs one while it is being got waits for the same.
final class Keyring: Sendable {
    /// How long before its expiry a key is renewed.
    static let margin = Duration.seconds(300)
    /// How long nobody tries again after a try, while the key is still good.
    static let pause = Duration.seconds(30)

    fileprivate struct State {
        var sources: [KeySource]
        var key: AmazonKey?
        /// When, by the monotonic clock, the key was got, or could not be renewed; and how long it was good for then.
        var lastTry = Duration.zero
        var timeLeft = Duration.zero
        /// Given once a key is there, or why there is none.
        var fetch: Promise<Result<AmazonKey, KeyError>>?
        /// The expiry of a key of which it was told that it can't be renewed.
        var toldExpiry: Instant?
        /// How often what was known was thrown away.
        var generation = 0
    }

    private enum Step {
        case take(AmazonKey)
        case wait(Promise<Result<AmazonKey, KeyError>>)
        case fetch([KeySource], Promise<Result<AmazonKey, KeyError>>, generation: Int)
    }

    private let state: Mutex<State>
    /// Tells whoever keeps keys renewed that there is another, or that they come from elsewhere.
    private let changed = Wakeup()
    private let fetcher: KeyFetcher
    private let clock: any Clock
    private let observe: EngineObserver

    init(_ sources: [KeySource], _ fetcher: KeyFetcher, clock: any Clock, observe: @escaping EngineObserver) {
        state = Mutex(State(sources: sources))
        self.fetcher = fetcher
        self.clock = clock
        self.observe = observe
    }

    /// The key that was got last, whether or not it is still good.
    var last: AmazonKey? { state.withLock { $0.key } }

    /// A key that is good now.
    func key() async throws(KeyError) -> AmazonKey {
        while true {
            switch nextStep() {
            case .take(let key): return key
            case .wait(let promise):
                guard let result = await promise.wait() else { throw KeyError("cancelled", isCancelled: true) }
                // Whoever got it was cancelled: another has to.
                if case .failure(let error) = result, error.isCancelled, !Task.isCancelled { continue }
                return try result.get()
            case .fetch(let sources, let promise, let generation):
                let fetched = await Result { () async throws(KeyError) in try await fetcher.fetch(sources) }
                return try conclude(fetched, promise, generation).get()
            }
        }
    }

    /// Gets keys in time though nobody asks for one, until it is cancelled.
    ///
    /// That one can't be renewed is then told while it is still good.
    func keepRenewed() async {
        repeat {
            let key = try? await key()
            if let expiry = key?.expiry {
                let due = expiry - Self.margin - clock.now()
                guard (try? await clock.sleep(for: max(due, Self.pause))) != nil else { return }
            } else {
                // One without an end, or none at all: other sources may come with a reload.
                await changed.wait()
            }
        } while !Task.isCancelled
    }

    /// From now on keys come from there, and from files as they are now.
    func replace(_ sources: [KeySource]) {
        state.withLock { state in
            // What an endpoint has given stands in no file.
            let stays = state.sources == sources && [.container, .instance].contains(state.key?.origin)
            state.sources = sources
            if !stays { state.forget() }
        }
        changed.wake()
    }

    /// Throws a key away that was refused, unless there is another by now.
    func discard(id: String, token: String?) {
        state.withLock { state in
            if let key = state.key, key.id == id, key.token == token { state.forget() }
        }
    }

    /// One that is good and need not be renewed yet, for who would rather not wait; nil if there is none.
    var atHand: AmazonKey? {
        let (now, uptime) = (clock.now(), clock.uptime())
        return state.withLock { $0.atHand(now, uptime) }
    }

    private func nextStep() -> Step {
        let (now, uptime) = (clock.now(), clock.uptime())
        return state.withLock { state in
            if let key = state.atHand(now, uptime) { return .take(key) }
            if let fetch = state.fetch { return .wait(fetch) }
            let promise = Promise<Result<AmazonKey, KeyError>>()
            state.fetch = promise
            return .fetch(state.sources, promise, generation: state.generation)
        }
    }

    /// What a fetch comes to for who waits: the old key, while that is good, if there is no other.
    private func conclude(
        _ fetched: Result<AmazonKey, KeyError>, _ promise: Promise<Result<AmazonKey, KeyError>>, _ generation: Int
    ) -> Result<AmazonKey, KeyError> {
        let (now, uptime) = (clock.now(), clock.uptime())
        let (result, warning) = state.withLock { state -> (Result<AmazonKey, KeyError>, EngineEvent?) in
            // What was thrown away meanwhile may have been what this was made of.
            guard state.generation == generation else { return (fetched, nil) }
            state.fetch = nil
            state.lastTry = uptime
            switch fetched {
            case .success(let key):
                state.key = key
                state.timeLeft = key.expiry.map { $0 - now } ?? .zero
                return (fetched, nil)
            case .failure(let error):
                guard let key = state.key, let expiry = key.expiry, expiry > now else { return (fetched, nil) }
                state.timeLeft = expiry - now
                if error.isCancelled || state.toldExpiry == expiry { return (.success(key), nil) }
                state.toldExpiry = expiry
                return (.success(key), .keyNotRenewed(reason: error.reason, expiry: expiry))
            }
        }
        promise.give(result)
        if case .success = fetched { changed.wake() }
        if let warning { observe(warning) }
        return result
    }
}

extension Keyring.State {
    /// The key, if it is good, and either not due to be renewed or being renewed.
    fileprivate func atHand(_ now: Instant, _ uptime: Duration) -> AmazonKey? {
        guard let key, let expiry = key.expiry else { return key }
        guard now < expiry else { return nil }
        let isDue = now >= expiry - Keyring.margin && uptime - lastTry >= min(Keyring.pause, timeLeft / 2)
        return isDue && fetch == nil ? nil : key
    }

    fileprivate mutating func forget() {
        (key, fetch) = (nil, nil)
        generation += 1
    }
}

extension Result {
    fileprivate init(_ body: () async throws(Failure) -> Success) async {
        do throws(Failure) {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
