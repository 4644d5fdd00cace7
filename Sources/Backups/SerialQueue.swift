internal import Synchronization

/// Lets one operation on the repository run at a time, in the order in which they asked.
package actor SerialQueue {
    /// Whose operation the current task belongs to.
    @TaskLocal private static var own: SerialQueue?

    package private(set) var isBusy = false
    /// What runs, in words; empty where nobody named it.
    package private(set) var current = ""
    /// How many operations have ended.
    private var endedCount = 0
    private let signs = Mutex(0)
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
        // Of queues within an operation the outermost counts.
        return try await Self.$own.withValue(Self.own ?? self, operation: operation)
    }

    /// Counts a sign of life of the operation that the current task belongs to, if it does to any.
    package static func showLife() { own?.signs.withLock { $0 += 1 } }

    /// Changes with each sign of life of the operation that runs, and with the operation.
    package struct SignOfLife: Equatable, Sendable {
        fileprivate let endedBefore, count: Int
    }

    package var lastSign: SignOfLife { SignOfLife(endedBefore: endedCount, count: signs.withLock { $0 }) }

    private func pass() {
        endedCount += 1
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
}
