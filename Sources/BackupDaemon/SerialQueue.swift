/// Lets one operation on the repository run at a time, in the order in which they asked.
actor SerialQueue {
    private(set) var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Runs an operation when it is its turn.
    func run<Value: Sendable>(_ operation: @Sendable () async throws -> Value) async rethrows -> Value {
        if isBusy { await withCheckedContinuation { waiting.append($0) } }
        isBusy = true
        defer { pass() }
        return try await operation()
    }

    private func pass() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
}
