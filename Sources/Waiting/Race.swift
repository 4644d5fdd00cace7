package import Time

/// What the first of two operations to end comes to; the other is cancelled.
@discardableResult
package func race<Value: Sendable>(
    _ first: @escaping @Sendable () async -> Value, _ second: @escaping @Sendable () async -> Value
) async -> Value {
    await withTaskGroup(of: Value.self) { group in
        group.addTask { await first() }
        group.addTask { await second() }
        defer { group.cancelAll() }
        // There are two.
        while true { if let value = await group.next() { return value } }
    }
}

extension Clock {
    /// What an operation comes to, or nil once it has taken that long; then it is cancelled.
    ///
    /// Whoever is cancelled meanwhile gets what the operation makes of that.
    package func value<Value: Sendable>(
        within limit: Duration, of operation: @escaping @Sendable () async -> Value?
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await operation() }
            group.addTask {
                try? await self.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            while let ended = await group.next() {
                if let ended { return ended }
                if !Task.isCancelled { return nil }
            }
            return nil
        }
    }
}
