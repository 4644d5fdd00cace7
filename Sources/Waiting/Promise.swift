internal import Synchronization

/// A value that several tasks may wait for, and that is given once.
package final class Promise<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiting: [Int: CheckedContinuation<Value?, Never>] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Whether the value has not been given.
    package var isOpen: Bool { state.withLock { $0.value == nil } }

    /// Gives the value to all that wait, and to whoever will; any but the first is ignored.
    package func give(_ value: Value) {
        let waiting = state.withLock { state -> [Int: CheckedContinuation<Value?, Never>] in
            guard state.value == nil else { return [:] }
            state.value = value
            defer { state.waiting = [:] }
            return state.waiting
        }
        for (_, continuation) in waiting.sorted(by: { $0.key < $1.key }) { continuation.resume(returning: value) }
    }

    /// Waits for the value; nil once the waiting task is cancelled.
    @discardableResult
    package func wait() async -> Value? {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard state.value == nil, !Task.isCancelled else { return true }
                    state.waiting[number] = continuation
                    return false
                }
                if isOver { continuation.resume(returning: state.withLock { $0.value }) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(returning: nil)
        }
    }
}
