internal import CSystemd
internal import Glibc

extension Loop {
    /// Keeps signals from interrupting the process, so that `signals` can deliver them; to be called before any thread starts.
    package static func block(_ signals: [Int32]) { change(SIG_BLOCK, signals) }

    /// Runs what holds up the loop, such as a question on a terminal; the given signals end the process meanwhile, by their default
    /// effect.
    package static func interruptible<Value>(by signals: [Int32], _ body: () -> Value) -> Value {
        var before = change(SIG_UNBLOCK, signals)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        return body()
    }

    /// The given signals, which are blocked, as they arrive; equal ones that are pending together arrive once.
    ///
    /// - Parameter ending: which of them end what runs. Once one has arrived, SIGINT and SIGTERM have their default effect again: the
    ///   next one ends the process at once, even if the loop hangs or the end takes long.
    package func signals(_ numbers: [Int32], ending: [Int32] = []) throws(LoopError) -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let relay = SignalRelay(continuation, ending: ending)
        for number in numbers { try relay.add(number, to: self) }
        continuation.onTermination = { _ in self.onLoop(relay.cancel) }
        return stream
    }

    /// Returns the mask as it was.
    @discardableResult
    fileprivate static func change(_ how: Int32, _ signals: [Int32]) -> sigset_t {
        var (set, before) = (sigset_t(), sigset_t())
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(how, &set, &before)
        return before
    }
}

/// Passes signals on to a stream; belongs to the loop's thread.
private final class SignalRelay: @unchecked Sendable {
    // Unchecked: touched by the loop's thread alone.
    private let continuation: AsyncStream<Int32>.Continuation
    private let ending: [Int32]
    private var sources: [Int32: OpaquePointer] = [:]

    init(_ continuation: AsyncStream<Int32>.Continuation, ending: [Int32]) {
        self.continuation = continuation
        self.ending = ending
    }

    func add(_ number: Int32, to loop: Loop) throws(LoopError) {
        var source: OpaquePointer?
        let result = sd_event_add_signal(
            loop.event, &source, number,
            { _, details, context in
                guard let details, let context else { return 0 }
                Unmanaged<SignalRelay>.fromOpaque(context).takeUnretainedValue().take(Int32(details.pointee.ssi_signo))
                return 0
            }, Unmanaged.passUnretained(self).toOpaque())
        try check(result, "sd_event_add_signal")
        sources[number] = source
    }

    @Sendable func cancel() {
        for number in sources.keys { endWatch(of: number) }
    }

    private func take(_ number: Int32) {
        continuation.yield(number)
        guard ending.contains(number) else { return }
        for interrupt in [SIGINT, SIGTERM] {
            endWatch(of: interrupt)
            // One that came together with the first is no second: to ignore a signal discards what is pending of it.
            signal(interrupt, SIG_IGN)
            signal(interrupt, SIG_DFL)
        }
        Loop.change(SIG_UNBLOCK, [SIGINT, SIGTERM])
    }

    private func endWatch(of number: Int32) { sd_event_source_disable_unref(sources.removeValue(forKey: number)) }
}
