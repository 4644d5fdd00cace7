package import ElasticsearchClient
package import Engines
package import Time

/// A time or none, in half of what an optional one takes.
private struct CompactTime: Sendable, Equatable {
    private let microseconds: Int64

    init(_ time: Instant?) {
        microseconds = time?.microsecondsSinceEpoch ?? .min
    }

    var time: Instant? { microseconds == .min ? nil : Instant(microsecondsSinceEpoch: microseconds) }
}

/// One snapshot of a backup.
///
/// Ten thousands of them are remembered: each is one object, and what many have in common is there once.
package struct Part: Sendable, Equatable {
    private var content: Shared<Content>

    private struct Content: Sendable, Equatable {
        let name: SnapshotName
        let uuid: SnapshotUUID
        var state: Snapshot.State
        let indices: [String]
        let failures: [String]
        var contents: [String] = []
        let startTime: CompactTime
        let endTime: CompactTime
        /// None for one that no fire time was the reason of.
        let dueTime: CompactTime
        let attempt: Int32
        let writer: IndexVersion?
        /// All else that this program wrote into it.
        var order: Shared<BackupMetadata>?
        var size: Shared<Backup.Size>?
    }

    /// Nil for a snapshot that is no part of a backup.
    package init?(_ snapshot: Snapshot) {
        guard let name = SnapshotName(snapshot.name) else { return nil }
        let metadata = BackupMetadata(snapshot.metadata)
        content = Shared(
            Content(
                name: name, uuid: snapshot.uuid, state: snapshot.state, indices: snapshot.indices,
                failures: snapshot.failures, startTime: CompactTime(snapshot.startTime),
                endTime: CompactTime(snapshot.endTime), dueTime: CompactTime(metadata?.due?.time),
                attempt: Int32(clamping: metadata?.due?.attempt ?? 0), writer: snapshot.writer,
                order: metadata.map { Shared($0.withoutFireTime) }))
    }

    private mutating func change(_ change: (inout Content) -> Void) {
        var changed = content.value
        change(&changed)
        content = Shared(changed)
    }

    package var name: SnapshotName { content.value.name }

    package var uuid: SnapshotUUID { content.value.uuid }

    package internal(set) var state: Snapshot.State {
        get { content.value.state }
        set { change { $0.state = newValue } }
    }

    package var indices: [String] { content.value.indices }

    /// What went wrong with single shards, in the engine's words.
    package var failures: [String] { content.value.failures }

    /// The version of the engine that took it; nil for one that could never be read.
    package var writer: IndexVersion? { content.value.writer }

    /// By the engine's clock; nil for one that could never be read.
    package var startTime: Instant? { content.value.startTime.time }

    /// By the engine's clock; nil while it runs.
    package var endTime: Instant? { content.value.endTime.time }

    /// What this program wrote into it; nil if another made it, or if it could never be read.
    package var metadata: BackupMetadata? {
        guard var metadata = content.value.order?.value else { return nil }
        if let time = content.value.dueTime.time {
            metadata.due?.time = time
            metadata.due?.attempt = Int(content.value.attempt)
        }
        return metadata
    }

    /// Bytes, as the engine told when it ended; nil where nobody asked, or it told nothing.
    package var size: Backup.Size? {
        get { content.value.size?.value }
        set { change { $0.size = newValue.map(Shared.init) } }
    }

    /// Base names of the indices that it holds, sorted, as far as this program made it and it is remembered.
    var contents: [String] { content.value.contents }

    /// The same with what is remembered of it, in copies that others have as well.
    mutating func remember(contents: [String], order: Shared<BackupMetadata>?, size: Backup.Size?) {
        change { content in
            content.contents = contents
            content.order = order
            content.size = size.map(Shared.init)
        }
    }

    /// As the engine told it, but for its metadata.
    package var snapshot: Snapshot {
        Snapshot(
            name: name.description, uuid: uuid, state: state, indices: indices, writer: writer, startTime: startTime,
            endTime: endTime, failures: failures)
    }

    package var isUnreadable: Bool { state == .unreadable }

    /// The parts that count: a whole set where there is one, else all.
    static func counting(of parts: [Part]) -> [Part] {
        guard let set = wholeSet(of: parts), set != parts else { return parts }
        return set
    }

    /// The parts, all good, of one version that together make a backup; of the highest version if there are several.
    static func wholeSet(of parts: [Part]) -> [Part]? {
        let good = parts.filter { $0.state == .success }
        let versions = Set(good.map(\.name.version)).sorted().reversed()
        for version in versions {
            let set = good.filter { $0.name.version == version }.sorted { $0.name.part < $1.name.part }
            guard let count = set.first?.name.partCount, set.allSatisfy({ $0.name.partCount == count }),
                set.map(\.name.part) == Array(1...count)
            else { continue }
            return set
        }
        return nil
    }
}
