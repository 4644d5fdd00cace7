internal import CSystemd
internal import Glibc

extension Loop {
    /// Keeps signals from interrupting the process, so that `signals` can deliver them; to be called before any thread starts.
    package static func block(_ signals: [Int32]) {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// The given signals, which are blocked, as they arrive; equal ones that are pending together arrive once.
    package func signals(_ numbers: [Int32]) throws(LoopError) -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let relay = SignalRelay(continuation)
        for number in numbers { try relay.add(number, to: self) }
        continuation.onTermination = { _ in self.onLoop(relay.cancel) }
        return stream
    }
}

/// Passes signals on to a stream; belongs to the loop's thread.
private final class SignalRelay: @unchecked Sendable {
    // Unchecked: touched by the loop's thread alone.
    private let continuation: AsyncStream<Int32>.Continuation
    private var sources: [OpaquePointer?] = []

    init(_ continuation: AsyncStream<Int32>.Continuation) {
        self.continuation = continuation
    }

    func add(_ number: Int32, to loop: Loop) throws(LoopError) {
        var source: OpaquePointer?
        let result = sd_event_add_signal(
            loop.event, &source, number,
            { _, details, context in
                guard let details, let context else { return 0 }
                let relay = Unmanaged<SignalRelay>.fromOpaque(context).takeUnretainedValue()
                relay.continuation.yield(Int32(details.pointee.ssi_signo))
                return 0
            }, Unmanaged.passUnretained(self).toOpaque())
        try check(result, "sd_event_add_signal")
        sources.append(source)
    }

    @Sendable func cancel() {
        for source in sources { sd_event_source_disable_unref(source) }
        sources = []
    }
}
