internal import ElasticsearchClient
package import Time

/// What another cluster has put into the repository under our prefix: one that was ours before a disaster, or a living neighbour.
package struct OtherCluster: Sendable, Equatable {
    package let uuid: String
    /// Whether the configuration says that it was ours: then its backups are listed, held and deleted as ours are.
    package let isFormer: Bool
    /// Newest first, and those without a time last.
    package let backups: [Backup]
    /// What stands beside its backups.
    package let markers: Markers
    package let writes: Writes

    init(_ uuid: String, isFormer: Bool, _ backups: [Backup], _ markers: Markers) {
        (self.uuid, self.isFormer, self.backups, self.markers) = (uuid, isFormer, backups, markers)
        writes = Writes(of: backups)
    }

    /// Whether it may still be alive.
    package func mayLive(at now: Instant) -> Bool { writes.areRecent(at: now) }

    /// Such as `36 backups of the cluster Xy (newest 2026-11-25T02:00:00Z)`.
    package var summary: String {
        let newest = backups.first?.time.map { " (newest \($0.toTheSecond))" } ?? ""
        return "\(backups.count) backup\(backups.count == 1 ? "" : "s") of the cluster \(uuid)\(newest)"
    }
}

/// When one cluster has written, by its own clock, as far as that is left.
package struct Writes: Sendable, Equatable {
    /// When it began its oldest snapshot.
    package let first: Instant?
    /// When it began its newest.
    package let last: Instant?
    /// The host that ordered that one.
    package let lastHost: String
    /// The time between two of its scheduled backups, as a rule; a day where that can't be told.
    private let interval: Duration

    init(of backups: [Backup]) {
        let starts = backups.lazy.flatMap(\.parts).compactMap { part in
            part.startTime.map { (time: $0, host: part.metadata?.instance ?? "") }
        }
        first = starts.map(\.time).min()
        let last = starts.max { $0.time < $1.time }
        (self.last, lastHost) = (last?.time, last?.host ?? "")
        let times = backups.lazy.compactMap { $0.metadata?.due?.time }.prefix(20)
        let gaps = zip(times, times.dropFirst()).map { $0 - $1 }.filter { $0 > .zero }.sorted()
        interval = gaps.isEmpty ? .seconds(86_400) : gaps[gaps.count / 2]
    }

    /// Whether the newest is younger than two of its intervals, or nobody can tell.
    func areRecent(at now: Instant) -> Bool { last.map { now - $0 < interval * 2 } ?? true }
}

extension RepositoryLook {
    /// Ours: the engine's own, and those of the clusters that were ours; newest first, and those without a time last.
    package var allBackups: [Backup] { merged(clusters.filter(\.isFormer)) }

    /// Those, and the other clusters' of our prefix.
    package var everybodysBackups: [Backup] { merged(clusters) }

    private func merged(_ clusters: [OtherCluster]) -> [Backup] {
        clusters.isEmpty ? backups : (backups + clusters.flatMap(\.backups)).newestFirst
    }

    /// The clusters that write into the repository while ours does: each destroys what the other has written.
    ///
    /// - Parameter now: by the engine's clock.
    package func rivals(at now: Instant) -> [OtherCluster] {
        guard !clusters.isEmpty else { return [] }
        let own = Writes(of: backups)
        guard let first = own.first, own.areRecent(at: now) else { return [] }
        return clusters.filter { other in other.mayLive(at: now) && other.writes.last.map { $0 > first } ?? false }
    }
}

extension [Backup] {
    /// Those without a time last.
    var newestFirst: [Backup] {
        sorted { left, right in
            let times = (left.time ?? .distantPast, right.time ?? .distantPast)
            return times.0 != times.1 ? times.0 > times.1 : left.id.description > right.id.description
        }
    }
}

extension Instant {
    fileprivate static var distantPast: Instant { Instant(microsecondsSinceEpoch: .min) }
}
