internal import EventLoop
internal import Time

/// Where clients come in: the listening sockets, for as long as anybody is to be let in.
final class Door {
    private let listeners: [ListeningSocket]
    private var sources: [DescriptorSource] = []
    private var timer: TimerSource?
    /// Whether it was opened, though it may be closed for a while.
    private var isMeantOpen = false

    /// Closed at first: whoever comes waits in the sockets' own queues, where they outlive this process if it was handed them.
    ///
    /// - Parameter knock: called when somebody waits at a socket.
    /// - Throws: when the system has no more descriptors.
    init(_ loop: Loop, _ listeners: [ListeningSocket], _ knock: @escaping (ListeningSocket) -> Void) throws(LoopError) {
        self.listeners = listeners
        timer = try TimerSource(loop, after: .seconds(1)) { [unowned self] in if isMeantOpen { open() } }
        for listener in listeners {
            sources.append(try DescriptorSource(loop, listener.descriptor, []) { _ in knock(listener) })
        }
    }

    /// Lets in whoever waits, and whoever comes.
    func open() {
        isMeantOpen = true
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
