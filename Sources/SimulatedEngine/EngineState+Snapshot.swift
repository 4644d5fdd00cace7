internal import Engines
package import JSON
package import Time

extension EngineState {
    package struct Snapshot: Sendable, Equatable {
        package var name: String
        package var uuid: String
        /// The kind of the engine that took it.
        let engine: EngineKind
        package let indices: [String]
        package let metadata: JSONValue?
        package let start: Instant
        /// When it will end, or has ended.
        package internal(set) var end: Instant
        /// In which state it will end, or has ended.
        package var outcome: Outcome
        /// What the indices held.
        package let contents: [String: Index]
        package var isRunning: Bool
        let includesGlobalState: Bool
        /// Whether the storage refuses it, so that nothing of it is left at its end.
        var isLost = false
        /// By how much the engine's clock was ahead when it began, and when it ended.
        var startOffset: Duration = .zero
        var endOffset: Duration = .zero

        package var state: String { isRunning ? "IN_PROGRESS" : outcome.rawValue }
    }

    package enum Outcome: String, Sendable {
        case success = "SUCCESS"
        case partial = "PARTIAL"
        case failed = "FAILED"
    }
}
