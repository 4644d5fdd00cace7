internal import EventLoop
internal import Time

/// Where clients come in: the listening sockets, for as long as anybody is to be let in.
final class Door {
    private let listeners: [ListeningSocket]
    private var sources: [DescriptorSource] = []
    private var timer: TimerSource?

    /// - Parameter knock: called when somebody waits at a socket.
    /// - Throws: when the system has no more descriptors.
    init(_ loop: Loop, _ listeners: [ListeningSocket], _ knock: @escaping (ListeningSocket) -> Void) throws(LoopError) {
        self.listeners = listeners
        timer = try TimerSource(loop, after: .seconds(1)) { [unowned self] in open() }
        for listener in listeners {
            sources.append(try DescriptorSource(loop, listener.descriptor, [.readable]) { _ in knock(listener) })
        }
    }

    private func open() {
        for source in sources { source.update([.readable]) }
    }

    /// Lets nobody in for a while.
    func close(for duration: Duration) {
        for source in sources { source.update([]) }
        timer?.restart(after: duration)
    }

    func closeForGood() {
        for source in sources { source.cancel() }
        for listener in listeners { listener.close() }
        timer?.cancel()
    }
}
