internal import ElasticsearchClient
internal import Time

/// What is known of a repository: the engine's last list of names, and what was read of each snapshot, remembered by its uuid.
///
/// Pure: listings and details are told to it, and it says what is to be read next. A name is the truth about what exists; what
/// was read is kept for as long as its uuid is listed.
struct KnownSnapshots: Sendable {
    /// The last listing, in the engine's order.
    private var listed: [Listed] = []
    /// Those that are named as markers are.
    private(set) var markerEntries: [SnapshotEntry] = []
    /// Grows with every change of what is known, but for when it was read.
    private(set) var revision = 0
    private var readings: [SnapshotUUID: Reading] = [:]
    var good = GoodSnapshots()
    private var interned = Interned()
    /// By the number of the part.
    private var lastContents: [Int: (indices: [String], prefix: String, contents: [String])] = [:]
    /// Of those listed, the names of what is to be read, by uuid, and the uuids of what was asked for and not given.
    private var unreadNames: [SnapshotUUID: String] = [:]
    private var unreadableUUIDs: Set<SnapshotUUID> = []
    /// The uuids of those that the listing calls in progress.
    private var runningUUIDs: Set<SnapshotUUID> = []
    /// What is left of a round of readings, the next one last, with when each had been read.
    private var round: [(uuid: SnapshotUUID, time: Duration)] = []

    /// One of the listing; its name stands where it is read, or is to be.
    private struct Listed: Sendable {
        let uuid: SnapshotUUID
        let state: Snapshot.State

        func isSame(as entry: SnapshotEntry) -> Bool { uuid == entry.uuid && state == entry.state }
    }

    /// What was read of one snapshot.
    struct Reading: Sendable {
        fileprivate(set) var kind: Kind
        /// When it was read last, in milliseconds by the monotonic clock.
        private var milliseconds: Int64

        enum Kind: Sendable {
            case part(Part)
            /// A marker's, or of no known form.
            case other(Shared<Snapshot>)
        }

        init(_ kind: Kind, time: Duration) {
            self.kind = kind
            milliseconds = Int64(time / .milliseconds(1))
        }

        fileprivate(set) var time: Duration {
            get { .milliseconds(milliseconds) }
            set { milliseconds = Int64(newValue / .milliseconds(1)) }
        }

        var part: Part? {
            guard case .part(let part) = kind else { return nil }
            return part
        }

        var name: String {
            switch kind {
            case .part(let part): part.name.description
            case .other(let snapshot): snapshot.value.name
            }
        }

        var state: Snapshot.State {
            switch kind {
            case .part(let part): part.state
            case .other(let snapshot): snapshot.value.state
            }
        }
    }

    /// Whether all that was good is gone, without a deletion that explains it.
    func loses(_ listing: [SnapshotEntry]) -> Bool {
        !isLast(listing) && good.areLost(in: listing, after: listed.map(\.uuid))
    }

    /// Takes over a listing; what was read of snapshots that are no longer in it is forgotten.
    mutating func take(_ listing: [SnapshotEntry]) {
        good.endLoss()
        guard !isLast(listing) else { return }
        revision += 1
        listed = listing.map { Listed(uuid: $0.uuid, state: $0.state) }
        markerEntries = listing.filter { $0.name.hasPrefix(MarkerName.prefix) }
        runningUUIDs = Set(listing.filter { $0.state == .inProgress }.map(\.uuid))
        let uuids = Set(listing.map(\.uuid))
        good.keep(uuids)
        if readings.contains(where: { !uuids.contains($0.key) }) {
            readings = readings.filter { uuids.contains($0.key) }
        }
        unreadableUUIDs.formIntersection(uuids)
        let unread = listing.filter { isUnread($0.uuid) }
        unreadNames = Dictionary(unread.map { ($0.uuid, $0.name) }) { $1 }
    }

    /// Whether it was given when it was asked for last.
    private func isReadable(_ uuid: SnapshotUUID) -> Bool { unreadableUUIDs.isEmpty || !unreadableUUIDs.contains(uuid) }

    /// Whether it is the last listing again; a snapshot keeps its name.
    private func isLast(_ listing: [SnapshotEntry]) -> Bool {
        listing.count == listed.count && zip(listed, listing).allSatisfy { $0.isSame(as: $1) }
    }

    private func isUnread(_ uuid: SnapshotUUID) -> Bool {
        guard let reading = readings[uuid] else { return true }
        return runningUUIDs.contains(uuid) || reading.state == .inProgress
    }

    /// This program is about to delete those: their absence needs no explanation.
    mutating func recordDoomed(_ names: [String]) {
        revision += 1
        good.forget(entries.filter { names.contains($0.name) }.map(\.uuid))
    }

    /// Takes over details, by the uuid that they tell: another snapshot may have the name meanwhile.
    mutating func record(_ snapshots: [Snapshot], at time: Duration) {
        revision += 1
        defer { if unreadNames.isEmpty { unreadNames = [:] } }
        for snapshot in snapshots {
            // An answer that was long on its way; what has ended never runs again.
            if snapshot.state == .inProgress, let known = readings[snapshot.uuid], isReadable(snapshot.uuid),
                known.state != .inProgress
            {
                continue
            }
            readings[snapshot.uuid] = Reading(remembered(snapshot), time: time)
            unreadableUUIDs.remove(snapshot.uuid)
            if !isUnread(snapshot.uuid) { unreadNames[snapshot.uuid] = nil }
        }
    }

    /// What is kept of a snapshot, with what others have as well in one copy.
    private mutating func remembered(_ snapshot: Snapshot) -> Reading.Kind {
        var snapshot = snapshot
        snapshot.indices = interned.list(snapshot.indices)
        guard var part = Part(snapshot) else { return .other(Shared(snapshot)) }
        let metadata = part.metadata.map { interned.order($0) }
        part.remember(
            contents: contents(of: part), order: metadata, size: readings[snapshot.uuid]?.part?.size)
        return .part(part)
    }

    /// Those are listed and can't be read; what was read of them earlier is remembered.
    ///
    /// - Parameter time: when that was asked; what has been read since can be.
    mutating func record(unreadable entries: [SnapshotEntry], at time: Duration) {
        revision += 1
        for entry in entries {
            if let known = readings[entry.uuid], isReadable(entry.uuid), known.time > time { continue }
            var reading =
                readings[entry.uuid]
                ?? {
                    let snapshot = Snapshot(name: entry.name, uuid: entry.uuid, state: .unreadable)
                    return Reading(remembered(snapshot), time: time)
                }()
            reading.time = time
            readings[entry.uuid] = reading
            unreadableUUIDs.insert(entry.uuid)
            if !isUnread(entry.uuid) { unreadNames[entry.uuid] = nil }
        }
    }

    /// Those could be read just now, and have not changed since: what has ended never does.
    mutating func record(readable entries: [SnapshotEntry], at time: Duration) {
        for entry in entries {
            readings[entry.uuid]?.time = time
            if unreadableUUIDs.remove(entry.uuid) != nil { revision += 1 }
        }
    }

    /// How large a part is, if that was ever told.
    func size(of uuid: SnapshotUUID) -> Backup.Size? { readings[uuid]?.part?.size }

    mutating func record(size: Backup.Size, of uuid: SnapshotUUID) {
        guard var part = readings[uuid]?.part, part.size != size else { return }
        revision += 1
        part.size = size
        readings[uuid]?.kind = .part(part)
    }

    /// Base names of what a part holds; most hold what the one before did.
    private mutating func contents(of part: Part) -> [String] {
        guard let prefix = part.metadata?.owner.prefix else { return [] }
        if let last = lastContents[part.name.part], last.indices == part.indices, last.prefix == prefix {
            return last.contents
        }
        let names = Set(part.indices.compactMap { IndexSelection.baseName(of: $0, prefix: prefix) })
        let contents = interned.list(Array(names))
        lastContents[part.name.part] = (part.indices, prefix, contents)
        return contents
    }
}

extension KnownSnapshots {
    /// The last listing.
    var entries: [SnapshotEntry] { listed.compactMap(entry) }

    private func entry(_ listed: Listed) -> SnapshotEntry? {
        guard let name = readings[listed.uuid]?.name ?? unreadNames[listed.uuid] else { return nil }
        return SnapshotEntry(name: name, uuid: listed.uuid, state: listed.state)
    }

    /// What is to be read: running ones first, then the newest; what could not be read is tried again.
    var unread: [SnapshotEntry] {
        guard !unreadNames.isEmpty else { return [] }
        return listed.filter { unreadNames[$0.uuid] != nil }.compactMap(entry)
            .sorted { ($0.urgency, $0.name) > ($1.urgency, $1.name) }
    }

    /// Those that were asked for and not given.
    var unreadable: [SnapshotEntry] {
        unreadableUUIDs.isEmpty ? [] : listed.filter { unreadableUUIDs.contains($0.uuid) }.compactMap(entry)
    }

    /// What a look is to read again: the share of a day's round that has come since the last look, at least one.
    ///
    /// - Parameters:
    ///   - elapsed: since the last look.
    ///   - first: whether a snapshot of the newest good backup is to be among them.
    mutating func rereads(after elapsed: Duration, newestGood: SnapshotUUID?) -> [SnapshotEntry] {
        let share = Double(listed.count - unreadNames.count - unreadableUUIDs.count) * elapsed.seconds / 72_000
        let count = min(max(Int(share.rounded(.up)), 1), 40)
        if count == 1, let newest = newestGood.flatMap(readable) { return [newest] }
        // What was read since it was put there has had its turn.
        func isDue(_ next: (uuid: SnapshotUUID, time: Duration)) -> Bool {
            readings[next.uuid].map { $0.time == next.time && isReadable(next.uuid) } ?? false
        }
        while let next = round.last, !isDue(next) { round.removeLast() }
        if round.isEmpty {
            round = listed.compactMap { one in readings[one.uuid].map { (one.uuid, $0) } }
                .filter { isReadable($0.0) && $0.1.state != .inProgress }.map { ($0.0, $0.1.time) }
                .sorted { $0.time > $1.time }
        }
        return round.suffix(count).reversed().filter(isDue).compactMap { readable($0.uuid) }
    }

    /// One that has ended and can be read; nil for any other.
    private func readable(_ uuid: SnapshotUUID) -> SnapshotEntry? {
        guard let reading = readings[uuid], isReadable(uuid), reading.state != .inProgress else {
            return nil
        }
        return SnapshotEntry(name: reading.name, uuid: uuid, state: reading.state)
    }

    /// The parts of backups, as far as they have been read; one that can't be read any more says so.
    var parts: [Part] {
        listed.compactMap { one in
            guard let reading = readings[one.uuid], var part = reading.part else { return nil }
            if !isReadable(one.uuid) { part.state = .unreadable }
            return part
        }
    }

    /// Ids of which a part has not been read yet: nothing is said of them.
    var pendingIDs: Set<BackupID> {
        Set(unreadNames.filter { readings[$0.key] == nil }.compactMap { SnapshotName($0.value)?.id })
    }

    /// How many have never been read.
    var pendingCount: Int { unreadNames.count { readings[$0.key] == nil } }

    /// The markers of an Optimize; what can't be read stands by its name.
    func markers(of owner: BackupOwner) -> [Marker] {
        markerEntries.compactMap { entry in
            guard isReadable(entry.uuid), case .other(let snapshot)? = readings[entry.uuid]?.kind
            else { return Marker(entry, nil, of: owner) }
            return Marker(entry, snapshot.value, of: owner)
        }
    }

    /// What was read of a snapshot, at whatever time.
    func reading(_ uuid: SnapshotUUID) -> Reading? { readings[uuid] }
}

extension SnapshotEntry {
    /// Of what is to be read, the higher comes first.
    fileprivate var urgency: String {
        if state == .inProgress { return "~" }
        return SnapshotName(name)?.id.fireTime.map { _ in SnapshotName(name)?.id.description ?? "" } ?? ""
    }
}
