internal import Synchronization

/// What an observer has seen, for whoever waits for the operation's end.
final class Reported<Value: Sendable>: Sendable {
    private let state = Mutex<Value?>(nil)

    var value: Value? { state.withLock { $0 } }

    func note(_ value: Value) { state.withLock { $0 = value } }
}
