internal import ElasticsearchClient
internal import Time

/// What is known of a repository: the engine's last list of names, and what was read of each snapshot, remembered by its uuid.
///
/// Pure: listings and details are told to it, and it says what is to be read next. A name is the truth about what exists; what
/// was read is kept for as long as its uuid is listed.
struct KnownSnapshots: Sendable {
    private(set) var entries: [SnapshotEntry] = []
    /// Those of them that are named as markers are.
    private(set) var markerEntries: [SnapshotEntry] = []
    /// Grows with every change of what is known, but for when it was read.
    private(set) var revision = 0
    private var readings: [String: Reading] = [:]
    var good = GoodSnapshots()
    private var strings: Set<String> = []
    private var lists: Set<[String]> = []
    /// By the number of the part.
    private var lastContents: [Int: (indices: [String], prefix: String, contents: [String])] = [:]
    /// Of those listed, the uuids of what is to be read, and of what was asked for and not given.
    private var unreadUUIDs: Set<String> = []
    private var unreadableUUIDs: Set<String> = []
    /// The uuids of those that the listing calls in progress.
    private var runningUUIDs: Set<String> = []
    /// What is left of a round of readings, the next one last, with when each had been read.
    private var round: [(uuid: String, time: Duration)] = []

    /// What was read of one snapshot.
    struct Reading: Sendable {
        /// Without metadata, if it is a part's.
        var snapshot: Snapshot
        var part: Part?
        /// When it was read last, by the monotonic clock.
        var time: Duration
        /// False for one that was asked for and not given.
        var isReadable: Bool
    }

    /// Whether all that was good is gone, without a deletion that explains it.
    func loses(_ listing: [SnapshotEntry]) -> Bool { good.areLost(in: listing, after: entries) }

    /// Takes over a listing; what was read of snapshots that are no longer in it is forgotten.
    mutating func take(_ listing: [SnapshotEntry]) {
        good.endLoss()
        guard listing != entries else { return }
        revision += 1
        entries = listing
        markerEntries = listing.filter { $0.name.hasPrefix(MarkerName.prefix) }
        runningUUIDs = Set(listing.filter { $0.state == .inProgress }.map(\.uuid))
        let listed = Set(listing.map(\.uuid))
        good.keep(listed)
        if readings.contains(where: { !listed.contains($0.key) }) {
            readings = readings.filter { listed.contains($0.key) }
        }
        unreadableUUIDs.formIntersection(listed)
        unreadUUIDs = Set(listing.map(\.uuid).filter(isUnread))
    }

    private func isUnread(_ uuid: String) -> Bool {
        guard let reading = readings[uuid] else { return true }
        return runningUUIDs.contains(uuid) || reading.snapshot.state == .inProgress
    }

    /// This program is about to delete those: their absence needs no explanation.
    mutating func recordDoomed(_ names: [String]) {
        revision += 1
        good.forget(entries.filter { names.contains($0.name) }.map(\.uuid))
    }

    /// Takes over details, by the uuid that they tell: another snapshot may have the name meanwhile.
    mutating func record(_ snapshots: [Snapshot], at time: Duration) {
        revision += 1
        for snapshot in snapshots {
            // An answer that was long on its way; what has ended never runs again.
            if snapshot.state == .inProgress, let known = readings[snapshot.uuid], known.isReadable,
                known.snapshot.state != .inProgress
            {
                continue
            }
            var kept = snapshot
            kept.indices = intern(snapshot.indices)
            var part = Part(kept)
            part?.size = readings[snapshot.uuid]?.part?.size
            if let own = part { part?.contents = contents(of: own) }
            if part != nil { kept.metadata = nil }
            readings[snapshot.uuid] = Reading(snapshot: kept, part: part, time: time, isReadable: true)
            unreadableUUIDs.remove(snapshot.uuid)
            if !isUnread(snapshot.uuid) { unreadUUIDs.remove(snapshot.uuid) }
        }
    }

    /// Those are listed and can't be read; what was read of them earlier is remembered.
    ///
    /// - Parameter time: when that was asked; what has been read since can be.
    mutating func record(unreadable entries: [SnapshotEntry], at time: Duration) {
        revision += 1
        for entry in entries {
            if let known = readings[entry.uuid], known.isReadable, known.time > time { continue }
            var reading =
                readings[entry.uuid]
                ?? {
                    let snapshot = Snapshot(name: entry.name, uuid: entry.uuid, state: .unreadable)
                    return Reading(snapshot: snapshot, part: Part(snapshot), time: time, isReadable: false)
                }()
            reading.isReadable = false
            reading.time = time
            readings[entry.uuid] = reading
            unreadableUUIDs.insert(entry.uuid)
            if !isUnread(entry.uuid) { unreadUUIDs.remove(entry.uuid) }
        }
    }

    /// Those could be read just now, and have not changed since: what has ended never does.
    mutating func record(readable entries: [SnapshotEntry], at time: Duration) {
        for entry in entries {
            readings[entry.uuid]?.time = time
            readings[entry.uuid]?.isReadable = true
            if unreadableUUIDs.remove(entry.uuid) != nil { revision += 1 }
        }
    }

    mutating func record(size: Backup.Size, of uuid: String) {
        revision += 1
        readings[uuid]?.part?.size = size
    }

    /// Base names of what a part holds; most hold what the one before did.
    private mutating func contents(of part: Part) -> [String] {
        guard let prefix = part.metadata?.owner.prefix else { return [] }
        if let last = lastContents[part.name.part], last.indices == part.snapshot.indices, last.prefix == prefix {
            return last.contents
        }
        let names = Set(part.snapshot.indices.compactMap { IndexSelection.baseName(of: $0, prefix: prefix) })
        let contents = intern(Array(names))
        lastContents[part.name.part] = (part.snapshot.indices, prefix, contents)
        return contents
    }

    private mutating func intern(_ names: [String]) -> [String] {
        let names = names.sorted().map { strings.insert($0).memberAfterInsert }
        return lists.insert(names).memberAfterInsert
    }
}

extension KnownSnapshots {
    /// What is to be read: running ones first, then the newest; what could not be read is tried again.
    var unread: [SnapshotEntry] {
        guard !unreadUUIDs.isEmpty else { return [] }
        return entries.filter { unreadUUIDs.contains($0.uuid) }
            .sorted { ($0.urgency, $0.name) > ($1.urgency, $1.name) }
    }

    /// Those that were asked for and not given.
    var unreadable: [SnapshotEntry] {
        unreadableUUIDs.isEmpty ? [] : entries.filter { unreadableUUIDs.contains($0.uuid) }
    }

    /// What a look is to read again: the share of a day's round that has come since the last look, at least one.
    ///
    /// - Parameters:
    ///   - elapsed: since the last look.
    ///   - first: whether a snapshot of the newest good backup is to be among them.
    mutating func rereads(after elapsed: Duration, newestGood: String?) -> [SnapshotEntry] {
        let share = Double(entries.count - unreadUUIDs.count - unreadableUUIDs.count) * elapsed.seconds / 72_000
        let count = min(max(Int(share.rounded(.up)), 1), 40)
        if count == 1, let newest = newestGood.flatMap(readable) { return [newest] }
        // What was read since it was put there has had its turn.
        func isDue(_ next: (uuid: String, time: Duration)) -> Bool {
            readings[next.uuid].map { $0.time == next.time && $0.isReadable } ?? false
        }
        while let next = round.last, !isDue(next) { round.removeLast() }
        if round.isEmpty {
            round = entries.compactMap { readable($0.uuid) }.map { ($0.uuid, readings[$0.uuid]?.time ?? .zero) }
                .sorted { $0.time > $1.time }
        }
        return round.suffix(count).reversed().filter(isDue).compactMap { readable($0.uuid) }
    }

    /// One that has ended and can be read; nil for any other.
    private func readable(_ uuid: String) -> SnapshotEntry? {
        guard let reading = readings[uuid], reading.isReadable, reading.snapshot.state != .inProgress else {
            return nil
        }
        return SnapshotEntry(name: reading.snapshot.name, uuid: uuid, state: reading.snapshot.state)
    }

    /// The parts of backups, as far as they have been read; one that can't be read any more says so.
    var parts: [Part] {
        entries.compactMap { entry in
            guard let reading = readings[entry.uuid], var part = reading.part else { return nil }
            if !reading.isReadable { part.snapshot.state = .unreadable }
            return part
        }
    }

    /// Ids of which a part has not been read yet: nothing is said of them.
    var pendingIDs: Set<BackupID> {
        unreadUUIDs.isEmpty
            ? [] : Set(entries.filter { readings[$0.uuid] == nil }.compactMap { SnapshotName($0.name)?.id })
    }

    /// How many have never been read.
    var pendingCount: Int { unreadUUIDs.count { readings[$0] == nil } }

    /// The markers of an Optimize; what can't be read stands by its name.
    func markers(of owner: BackupOwner) -> [Marker] {
        markerEntries.compactMap { entry in
            let reading = readings[entry.uuid]
            return Marker(entry, reading?.isReadable == true ? reading?.snapshot : nil, of: owner)
        }
    }

    /// What was read of a snapshot, at whatever time.
    func reading(_ uuid: String) -> Reading? { readings[uuid] }
}

extension SnapshotEntry {
    /// Of what is to be read, the higher comes first.
    fileprivate var urgency: String {
        if state == .inProgress { return "~" }
        return SnapshotName(name)?.id.fireTime.map { _ in SnapshotName(name)?.id.description ?? "" } ?? ""
    }
}
