internal import ElasticsearchClient
package import Engines
package import Time

/// A backup as the repository tells it.
package struct Backup: Sendable, Equatable {
    package let id: BackupID
    /// The uuid of the cluster that it belongs to; nil for the engine's own.
    package let cluster: String?
    /// The jobs that it was taken for, by their names of today, each once.
    package let jobs: [String]
    /// Those of its metadata, in that order, by their names of today.
    private let ordered: [String]
    /// What few have.
    private var rare: Shared<Rare>?
    package private(set) var state: BackupState
    /// All snapshots that carry the id, by version and part.
    package private(set) var parts: [Part] { didSet { derive() } }
    /// The parts that count: a whole set where there is one, else all.
    package private(set) var countingParts: [Part]
    /// The time that orders backups and that retention counts by: when it was due, else when part 1 started.
    package private(set) var time: Instant?
    /// Who keeps it from being pruned and deleted, and why; nil if nobody does.
    package var hold: Marker? { rare?.value.hold }
    /// Says why the attempt came to nothing, where its snapshots alone do not.
    private var failureMarker: Marker? { rare?.value.failure }
    /// What the last verification of it came to; nil if none has come to a verdict.
    package var verification: Marker? { rare?.value.verification }
    /// Bytes, remembered from its end or asked for; nil if a part tells none.
    ///
    /// That takes a request for each part.
    package var size: Size? {
        let sizes = countingParts.compactMap(\.size)
        guard !sizes.isEmpty, sizes.count == countingParts.count else { return nil }
        return Size(
            total: sizes.reduce(0) { $0 + $1.total }, incremental: sizes.reduce(0) { $0 + $1.incremental })
    }
    /// From 0 to 1, while it is in progress and where somebody asked.
    package var progress: Double? {
        get { rare?.value.progress }
        set {
            var rare = rare?.value ?? Rare()
            rare.progress = newValue
            keep(rare)
        }
    }
    /// Whether the engine can restore it; nil unless it is COMPLETED, and a look has shown it.
    package internal(set) var restorability: Restorability?
    /// Whether its document leaves the parts out.
    package var isBrief = false

    private struct Rare: Sendable, Equatable {
        var hold: Marker?
        var verification: Marker?
        var failure: Marker?
        var progress: Double?
    }

    package struct Size: Sendable, Equatable {
        /// Of every file that the backup refers to.
        package var total: Int64
        /// Of the files that no earlier snapshot had brought.
        package var incremental: Int64

        package init(total: Int64, incremental: Int64) {
            self.total = total
            self.incremental = incremental
        }
    }

    /// - Parameters:
    ///   - parts: all that carry the id, at least one.
    ///   - cluster: whose it is; nil for the engine's own.
    ///   - names: of jobs that were renamed, today's by the former.
    package init(
        id: BackupID, parts: [Part], cluster: String? = nil, renamed names: [String: String] = [:], now: Instant,
        takeUpWithin: Duration
    ) {
        self.id = id
        self.cluster = cluster
        self.parts = parts.sorted { ($0.name.version, $0.name.part) < ($1.name.version, $1.name.part) }
        countingParts = Part.counting(of: self.parts)
        let ordered = countingParts.lazy.compactMap(\.metadata).first?.jobs ?? []
        self.ordered = names.isEmpty ? ordered : ordered.map { names[$0] ?? $0 }
        var seen: Set<String> = []
        jobs = self.ordered.count < 2 ? self.ordered : self.ordered.filter { seen.insert($0).inserted }
        state = BackupState(of: parts, now: now, takeUpWithin: takeUpWithin)
        time = metadata?.due?.time ?? startTime
    }

    /// Works out what everybody asks for.
    private mutating func derive() {
        countingParts = Part.counting(of: parts)
        time = metadata?.due?.time ?? startTime
    }

    /// The same backup with what the markers say of it.
    func with(_ markers: Markers) -> Backup {
        var backup = self
        var rare = Rare(hold: markers.hold(of: id), verification: markers.verdict(on: id, begunAt: startTime))
        // A cancelled one that still runs is stopped by whoever sees it; what has ended of it is all that there will be.
        let cancelled = isRunning ? nil : markers.cancel(of: self)
        let failed = markers.failed(self)
        if [.inProgress, .incomplete].contains(state), let marker = failed ?? cancelled {
            (backup.state, rare.failure) = (.failed, marker)
        } else if state == .completed, let failed, failed.failure?.isVerdict == true {
            (backup.state, rare.failure) = (.failed, failed)
        }
        backup.keep(rare)
        return backup
    }

    private mutating func keep(_ rare: Rare) { self.rare = rare == Rare() ? nil : Shared(rare) }

    mutating func record(_ size: Size?, at index: Int) { parts[index].size = size ?? parts[index].size }

    /// Whether one of its snapshots runs.
    package var isRunning: Bool { parts.contains { $0.state == .inProgress } }

    /// What it was given up for, as far as a marker tells.
    package var failure: BackupError.Code? { failureMarker?.failure }

    /// Whether one of its snapshots can't be read.
    package var isUnreadable: Bool { parts.contains(where: \.isUnreadable) }

    /// Whether nobody can tell whose it is: a snapshot of it could never be read, and none of the others says.
    package var isOfUnknownOwner: Bool {
        isUnreadable && parts.allSatisfy { $0.metadata == nil }
            && parts.contains { $0.isUnreadable && $0.indices.isEmpty }
    }

    /// Whether it was taken for a job, perhaps among others.
    package func isFor(_ job: String) -> Bool { jobs.contains(job) }

    /// The hashes of a job's schedule when the backup was taken: several if jobs were made one since, none if it tells none.
    package func scheduleHashes(of job: String) -> [String] {
        guard let due = metadata?.due, due.schedule.utf8.count == ordered.count * 4 else { return [] }
        return ordered.indices.filter { ordered[$0] == job }.map { String(due.schedule.dropFirst($0 * 4).prefix(4)) }
    }

    /// Whether it is the backup of one of those jobs: of no other does its fire time count.
    func serves(_ jobs: [String]) -> Bool { self.jobs.contains(where: jobs.contains) }

    /// Whether all that it holds is named as the indices of that Optimize are, and none of it belongs to a neighbour.
    package func holdsOnlyIndices(of prefix: String) -> Bool {
        let indices = parts.flatMap(\.indices)
        let selection = IndexSelection(of: indices, prefix: prefix, firstPartBases: [])
        return parts.allSatisfy { !$0.indices.isEmpty } && Set(selection.secondPart) == Set(indices)
    }

    /// What this program wrote; nil if another made the backup.
    package var metadata: BackupMetadata? { countingParts.lazy.compactMap(\.metadata).first }

    /// Whether this program made every snapshot that carries the id.
    package var isOurs: Bool { parts.allSatisfy { $0.metadata?.isUnderstood == true } }

    /// Whether this program may change it when asked to: no newer one made any of it.
    package var isUnderstood: Bool { parts.allSatisfy { $0.metadata?.isUnderstood ?? true } }

    package var version: String { countingParts.first?.name.version ?? "" }

    /// Base names of the indices that each part holds; empty where nobody can tell which of them are Optimize's.
    package var contents: [[String]] { metadata == nil ? [] : countingParts.map(\.contents) }

    /// When part 1 started, by the engine's clock.
    package var startTime: Instant? { countingParts.lazy.compactMap(\.startTime).min() }

    /// When the last part ended, by the engine's clock; nil while one runs or is still to come.
    package var endTime: Instant? {
        state == .inProgress ? nil : countingParts.lazy.compactMap(\.endTime).max()
    }

    /// The latest of its dates: when it was due, started and ended.
    package var latestTime: Instant? {
        var latest = time
        if let startTime { latest = max(latest ?? startTime, startTime) }
        if let endTime { latest = max(latest ?? endTime, endTime) }
        return latest
    }

    /// Whether it is dated in the future, by a clock that was wrong: then it is the newest of nothing.
    ///
    /// - Parameter now: the present by the engine's clock.
    package func isAhead(of now: Instant) -> Bool { latestTime.map { $0 > now } ?? false }

    /// Why the state is FAILED; nil in any other state.
    package var failureReason: String? {
        guard state == .failed else { return nil }
        if let failureMarker {
            return (failureMarker.kind == .cancel ? "cancelled" : "given up") + failureMarker.byAndReason
        }
        let failed = countingParts.filter { $0.state.isFailure }
        let names = failed.map { "\($0.name) is \($0.state.name)" }
        let causes = failed.flatMap(\.failures).prefix(5)
        let advice =
            failed.contains(where: \.isUnreadable)
            ? [
                "it is listed, but its blob in the repository is missing, damaged or refused: bring it back, or delete the backup "
                    + "by hand"
            ] : []
        return (names + advice + causes).joined(separator: "; ")
    }
}
