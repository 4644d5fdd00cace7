internal import Backups
internal import Synchronization

/// Whether an order was accepted: given once, by whoever works on it, to whoever waits.
///
/// An order that got its verdict before its turn came is withdrawn: it never begins.
final class Verdict: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Result<String, BackupError>, Never>)
        case given(Result<String, BackupError>)
    }

    private let state = Mutex((state: State.open, isBegun: false))

    /// Whether the order may begin, now that its turn has come.
    func begin() -> Bool {
        state.withLock { value in
            if case .given = value.state { return false }
            value.isBegun = true
            return true
        }
    }

    /// Gives the verdict; any but the first is ignored.
    ///
    /// - Parameter onlyBeforeBegun: whether it is for an order whose turn has not come.
    func give(_ verdict: Result<String, BackupError>, onlyBeforeBegun: Bool = false) {
        let continuation = state.withLock { value -> CheckedContinuation<Result<String, BackupError>, Never>? in
            if onlyBeforeBegun && value.isBegun { return nil }
            let before = value.state
            if case .given = before { return nil }
            value.state = .given(verdict)
            if case .awaited(let continuation) = before { return continuation }
            return nil
        }
        continuation?.resume(returning: verdict)
    }

    /// Waits for the verdict; a cancellation ends the waiting, never work that has begun.
    func wait() async -> Result<String, BackupError> {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let given = state.withLock { value -> Result<String, BackupError>? in
                    if case .given(let verdict) = value.state { return verdict }
                    value.state = .awaited(continuation)
                    return nil
                }
                if let given { continuation.resume(returning: given) }
            }
        } onCancel: {
            give(.failure(BackupError(.cancelled, "nobody waits any more for whether the engine accepts the backup")))
        }
    }
}
