internal import Backups
internal import Synchronization

/// Whether an order was accepted: given once, by whoever works on it, to whoever waits.
final class Verdict: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Result<String, BackupError>, Never>)
        case given(Result<String, BackupError>)
    }

    private let state = Mutex(State.open)

    /// Gives the verdict; any but the first is ignored.
    func give(_ verdict: Result<String, BackupError>) {
        let continuation = state.withLock { state -> CheckedContinuation<Result<String, BackupError>, Never>? in
            defer { if case .given = state {} else { state = .given(verdict) } }
            if case .awaited(let continuation) = state { return continuation }
            return nil
        }
        continuation?.resume(returning: verdict)
    }

    /// Waits for the verdict; a cancellation ends the waiting, never the work.
    func wait() async -> Result<String, BackupError> {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let given = state.withLock { state -> Result<String, BackupError>? in
                    if case .given(let verdict) = state { return verdict }
                    state = .awaited(continuation)
                    return nil
                }
                if let given { continuation.resume(returning: given) }
            }
        } onCancel: {
            give(.failure(BackupError(.cancelled, "nobody waits any more for whether the engine accepts the backup")))
        }
    }
}
