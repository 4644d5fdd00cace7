internal import Backups
internal import Time

/// What is usual of a job's backups: the newest good one, compared with the median of those before it.
///
/// Ratios, 1 for what is as ever; nil while nobody can tell what is usual.
struct Baseline: Sendable {
    /// How many are looked at before the newest.
    static let maximumCount = 10
    /// With fewer nothing is usual.
    private static let minimumCount = 3

    let size: Double?
    let duration: Double?
    let indices: Double?

    /// - Parameter recent: the job's newest good backups, the newest first. Of another version of Optimize than the newest tells nothing: it
    ///   may hold other indices.
    init(_ recent: [Backup]) {
        let before = recent.dropFirst().prefix(Self.maximumCount).filter { $0.version == recent.first?.version }
        func ratio(_ measure: (Backup) -> Double?) -> Double? {
            let usual = before.compactMap(measure).sorted()
            guard usual.count >= Self.minimumCount, let value = recent.first.flatMap(measure) else { return nil }
            let median = (usual[usual.count / 2] + usual[(usual.count - 1) / 2]) / 2
            return median > 0 ? value / median : nil
        }
        size = ratio { $0.size.map { Double($0.total) } }
        duration = ratio { $0.duration?.seconds }
        indices = ratio { Double($0.countingParts.reduce(0) { $0 + $1.indices.count }) }
    }
}
