/// Lets one operation on the repository run at a time, in the order in which they asked.
package actor SerialQueue {
    package private(set) var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init() {}

    /// Runs an operation when it is its turn.
    package func run<Value: Sendable>(_ operation: @Sendable () async throws -> Value) async rethrows -> Value {
        if isBusy { await withCheckedContinuation { waiting.append($0) } }
        isBusy = true
        defer { pass() }
        return try await operation()
    }

    private func pass() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
}
