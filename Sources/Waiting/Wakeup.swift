internal import Synchronization

/// Lets one task wait until another wakes it, or until it is cancelled; a wake that comes before the wait counts.
package final class Wakeup: Sendable {
    private enum State {
        case idle
        case woken
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)

    package init() {}

    package func wake() {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard case .waiting(let continuation) = state else {
                state = .woken
                return nil
            }
            state = .idle
            return continuation
        }
        waiting?.resume()
    }

    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    guard case .woken = state else {
                        if Task.isCancelled { return true }
                        state = .waiting(continuation)
                        return false
                    }
                    state = .idle
                    return true
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard case .waiting(let continuation) = state else { return nil }
                state = .idle
                return continuation
            }
            waiting?.resume()
        }
    }
}
