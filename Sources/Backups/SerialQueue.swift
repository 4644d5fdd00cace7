/// Lets one operation on the repository run at a time, in the order in which they asked.
package actor SerialQueue {
    package private(set) var isBusy = false
    /// What runs, in words; empty where nobody named it.
    package private(set) var current = ""
    /// How many operations have ended.
    package private(set) var endedCount = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init() {}

    /// Runs an operation when it is its turn.
    ///
    /// - Parameter name: what it does, for whoever is told to wait.
    package func run<Value: Sendable>(
        _ name: String = "", _ operation: @Sendable () async throws -> Value
    ) async rethrows -> Value {
        if isBusy { await withCheckedContinuation { waiting.append($0) } }
        isBusy = true
        current = name
        defer { pass() }
        return try await operation()
    }

    private func pass() {
        endedCount += 1
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
}
