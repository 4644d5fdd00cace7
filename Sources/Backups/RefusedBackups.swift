internal import Engines
internal import Text
package import Time

/// The good backups that the engine refuses to restore, as after an upgrade of it, and what is left.
package struct RefusedBackups: Sendable {
    package let count: Int
    private let newest: Backup?
    /// The newest good one that the engine does not refuse, as far as can be told.
    package let newestRestorable: Backup?

    /// - Parameters:
    ///   - backups: newest first.
    ///   - now: by the engine's clock; what is dated later is not there yet.
    package init(_ backups: [Backup], at now: Instant) {
        let good = backups.filter { $0.state == .completed && !$0.isAhead(of: now) }
        count = good.count(where: \.isRefused)
        newest = good.first(where: \.isRefused)
        newestRestorable = good.first { !$0.isRefused }
    }

    /// How many they are, why the newest is refused, and what is left; nil if there are none.
    package var words: String? {
        guard let newest, let reason = newest.restorability?.reason else { return nil }
        let left =
            newestRestorable.map { "the newest that it can restore is \($0.id)" }
            ?? "there is none that it can restore: take one now"
        return
            "the engine refuses to restore \(count.of("good backup")), the newest of them \(newest.id), \(reason): \(left)"
    }
}
