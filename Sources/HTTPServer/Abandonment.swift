internal import Synchronization

/// Lets the wait for an answer end when its client has gone; what was promised meanwhile goes on elsewhere.
final class Abandonment: Sendable {
    private let wake: AsyncStream<Void>
    private let gone: AsyncStream<Void>.Continuation

    init() {
        (wake, gone) = AsyncStream.makeStream()
    }

    /// The client has gone.
    func abandon() { gone.finish() }

    /// The value, or nil if the client went first; then the work is cancelled.
    func race<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await work() }
            group.addTask { [wake] in
                for await _ in wake {}
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}
