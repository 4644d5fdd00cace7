internal import Time

/// The connections that are open, and which of them can be spared.
struct Connections {
    /// How many there may be.
    static let maximum = 256

    private var byHandle: [OpaquePointer: Connection] = [:]

    subscript(handle: OpaquePointer) -> Connection? {
        get { byHandle[handle] }
        set { byHandle[handle] = newValue }
    }

    var isEmpty: Bool { byHandle.isEmpty }

    /// Whether no more can be had; those that are being cut off don't count.
    var areTooMany: Bool { here.count >= Self.maximum }

    private var here: [Connection] { byHandle.values.filter { !$0.isCutOff } }

    /// Those on which nothing of a request has come since the last.
    var idle: [Connection] { byHandle.values.filter { $0.turn == .idle } }

    /// Those on which no whole request has come.
    var withoutRequest: [Connection] { byHandle.values.filter { [.receiving, .idle].contains($0.turn) } }

    /// The one that can be spared most: whose client keeps us waiting longest, and for a second at least; else one whose client may
    /// have gone; else one that has only just come.
    func longestWaiting(at now: Duration) -> Connection? {
        let here = here
        let waiting = here.filter { $0.turn != .answering }
        let slow = waiting.filter { now - $0.since > .seconds(1) }
        let expendable = [slow, here.filter { $0.turn == .answering && $0.isHalfClosed }, waiting].first { !$0.isEmpty }
        return expendable?.min { $0.since < $1.since }
    }

    /// Those that may keep libmicrohttpd busy with nothing: a request is coming, and something of it is not read.
    ///
    /// A chunk's size that fills the buffer, as version 0.9.75 has it: it is neither read on nor refused, nor is the client's end seen.
    func stuck(at now: Duration) -> [Connection] {
        let suspects = here.filter { $0.turn == .receiving && now - $0.since > .seconds(1) }
        let unread = suspects.filter(\.hasUnread)
        return unread.isEmpty ? suspects : unread
    }
}
