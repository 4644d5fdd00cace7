internal import CMicrohttpd
internal import EventLoop
internal import Glibc

/// One connection of a client, and whose turn it is; belongs to the loop's thread.
///
/// Each turn has a limit: nobody keeps a connection by sending, or taking, a byte now and then.
final class Connection {
    enum Turn {
        /// The client's, to send a whole request: from the connection's start, or from the first line of a later one.
        case receiving
        /// Ours, to make the answer; the connection is suspended.
        case answering
        /// The client's, to take the answer.
        case sending
        /// The client's, to begin another request, or none.
        case idle
    }

    let handle: OpaquePointer
    private(set) var turn = Turn.receiving
    /// When the turn began, by the monotonic clock.
    private(set) var since: Duration
    /// Whether the client sends nothing more; it may still read.
    private(set) var isHalfClosed = false
    /// Whether it is being ended, which libmicrohttpd has to notice.
    private(set) var isCutOff = false
    /// Ends a turn of ours that takes too long.
    private var whenLate: () -> Void = {}
    /// Ends a turn of ours for whose outcome nobody waits any more.
    private var whenGone: () -> Void = {}
    private let loop: Loop
    private let limits: TurnLimits
    private var limit: TimerSource?
    private var hangUp: DescriptorSource?
    private var descriptor: Int32 { mhd_connection_descriptor(handle) }

    init(_ loop: Loop, _ handle: OpaquePointer, _ limits: TurnLimits) {
        self.loop = loop
        self.handle = handle
        self.limits = limits
        since = loop.uptime()
        limit = try? TimerSource(loop, after: limits[turn]) { [unowned self] in turnIsOver() }
    }

    deinit {
        limit?.cancel()
        hangUp?.cancel()
    }

    /// The client's turn begins.
    func begin(_ turn: Turn) {
        (self.turn, since) = (turn, loop.uptime())
        limit?.restart(after: limits[turn])
        hangUp?.cancel()
        hangUp = nil
    }

    /// Our turn begins; while the connection is suspended libmicrohttpd doesn't see that the client goes away.
    ///
    /// - Parameters:
    ///   - whenLate: called when it takes too long.
    ///   - whenGone: called when the client has gone altogether. One that has only closed its side waits for the answer.
    func beginAnswering(whenLate: @escaping () -> Void, whenGone: @escaping () -> Void) {
        begin(.answering)
        (self.whenLate, self.whenGone) = (whenLate, whenGone)
        hangUp = try? DescriptorSource(loop, descriptor, [.halfClosed]) { [unowned self] seen in
            isHalfClosed = true
            // A side that is closed stays so: that it is need not be heard again.
            hangUp?.update([])
            if !seen.isDisjoint(with: [.hangUp, .error]) {
                hangUp?.cancel()
                whenGone()
            }
        }
    }

    /// Whether bytes of the client have come that libmicrohttpd has not read.
    var hasUnread: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
    }

    /// Ends it, whatever the client does.
    func cutOff() {
        isCutOff = true
        limit?.cancel()
        if turn == .answering { whenGone() }
        shutdown(descriptor, Int32(SHUT_RDWR))
        // What has filled its buffer is not read any more, so that its end would not be seen.
        mhd_set_idle_limit(handle, 1)
    }

    private func turnIsOver() {
        if turn == .answering { whenLate() } else { cutOff() }
    }
}

/// How long each turn on a connection may take.
package struct TurnLimits: Sendable {
    /// For a whole request, its body included.
    package var receiving = Duration.seconds(30)
    /// For the server's work; then the client is told so.
    package var answering = Duration.seconds(120)
    /// For the client to take the answer.
    package var sending = Duration.seconds(60)
    /// Longer than the minute between two scrapes, as is usual.
    package var idle = Duration.seconds(75)
    /// For whoever is there when the server is to stop, to ask and to be answered.
    package var atStop = Duration.seconds(4)
    /// For clients to take a refusal once it has stopped.
    package var refused = Duration.seconds(1)

    package init() {}

    subscript(turn: Connection.Turn) -> Duration {
        switch turn {
        case .receiving: receiving
        case .answering: answering
        case .sending: sending
        case .idle: idle
        }
    }
}
