internal import CSystemd
internal import Glibc

extension Loop {
    /// Keeps signals from interrupting the process, so that `signals` can deliver them; to be called before any thread starts.
    package static func block(_ signals: [Int32]) { change(SIG_BLOCK, signals) }

    /// Runs what blocks the loop, such as a question on a terminal, while the given signals interrupt the process.
    package static func unblocking<Value>(_ signals: [Int32], _ body: () -> Value) -> Value {
        change(SIG_UNBLOCK, signals)
        defer { change(SIG_BLOCK, signals) }
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

    fileprivate static func change(_ how: Int32, _ signals: [Int32]) {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(how, &set, nil)
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
            signal(interrupt, SIG_DFL)
        }
        Loop.change(SIG_UNBLOCK, [SIGINT, SIGTERM])
    }

    private func endWatch(of number: Int32) { sd_event_source_disable_unref(sources.removeValue(forKey: number)) }
}
