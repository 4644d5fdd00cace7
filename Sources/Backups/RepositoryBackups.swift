internal import ElasticsearchClient
internal import Time

/// The backups of one Optimize, as the repository shows them.
package struct RepositoryBackups: Sendable {
    let repository: BackupRepository

    /// This Optimize's backups, newest first, and those without a time last.
    package func list() async throws(BackupError) -> [Backup] {
        try await repository.look().backups
    }

    /// One backup of this Optimize, its snapshots read afresh, with who holds it by the very listing that showed it.
    ///
    /// - Throws: `.notFound`.
    package func find(_ id: BackupID) async throws(BackupError) -> Backup {
        try await survey(id).backup
    }

    /// Whether a backup has neither ended nor gone.
    package func isInProgress(_ id: BackupID) async throws(BackupError) -> Bool {
        do throws(BackupError) {
            return try await find(id).state == .inProgress
        } catch {
            guard error.code == .notFound else { throw error }
            return false
        }
    }

    /// One backup, with the markers of the listing that showed it.
    ///
    /// - Throws: `.notFound`.
    func survey(_ id: BackupID) async throws(BackupError) -> (backup: Backup, markers: Markers, owner: BackupOwner) {
        let owner = try await repository.identify().owner
        let listing = try await repository.listing.entries()
        let own = listing.filter { SnapshotName($0.name)?.id == id }
        if !own.isEmpty { _ = try await repository.blobs.readDetails(of: own) }
        let uuids = Set(own.map(\.uuid))
        let parts = repository.memory.withState { $0.known.parts }.filter { uuids.contains($0.snapshot.uuid) }
        let markers = await repository.markers.counting(in: listing, of: owner)
        guard let backup = grouped(parts, owner).first(where: { $0.id == id }) else {
            throw BackupError(.notFound, "there is no backup \(id) in the repository \(repository.name)")
        }
        return (backup.with(markers), markers, owner)
    }

    /// The attempts at the backup of a fire time of one of those jobs, whoever made them: their ids are that second, or those after it.
    ///
    /// What was taken for other jobs alone is none: their retention would judge it, and nobody would find it under this job.
    ///
    /// - Throws: `.unreadable` when one of them may be, and can't be read.
    func attempts(
        dueAt time: Instant, for jobs: [String], of owner: BackupOwner
    ) async throws(BackupError) -> [Backup] {
        let listing = try await repository.listing.entries()
        let entries = listing.filter { entry in
            guard let second = SnapshotName(entry.name)?.id.fireTime else { return false }
            return second >= time && second - time < .seconds(3_600)
        }
        let unread = repository.memory.withState { state in
            let pending = Set(state.known.unread.map(\.uuid)).union(state.known.unreadable.map(\.uuid))
            return entries.filter { pending.contains($0.uuid) }
        }
        if !unread.isEmpty { _ = try await repository.blobs.readDetails(of: unread) }
        let uuids = Set(entries.map(\.uuid))
        let parts = repository.memory.withState { $0.known.parts }.filter { uuids.contains($0.snapshot.uuid) }
        let markers = await repository.markers.counting(in: listing, of: owner)
        let found = grouped(parts, owner).filter { backup in
            backup.metadata.map { $0.due?.time == time && $0.serves(jobs) } ?? backup.isOfUnknownOwner
        }
        .map { $0.with(markers) }
        if let unread = found.first(where: \.isUnreadable), !found.contains(where: { $0.state == .completed }) {
            throw BackupError(
                .unreadable,
                "the backup \(unread.id), which may be the one for \(time.rfc3339), can't be read: none is taken before it is"
            )
        }
        return found
    }

    /// Groups parts into backups, leaving out what belongs to another Optimize.
    func grouped(_ parts: [Part], besides pending: Set<BackupID> = [], _ owner: BackupOwner) -> [Backup] {
        let now = repository.engineClock.now()
        let own = parts.filter { part in
            guard !pending.contains(part.name.id) else { return false }
            return part.metadata.map { $0.owner == owner } ?? part.mayBe(of: repository.settings.indexPrefix)
        }
        return Dictionary(grouping: own, by: \.name.id)
            .map { Backup(id: $0, parts: $1, now: now, takeUpWithin: repository.settings.takeUpWithin) }
            .sorted { left, right in
                let times = (left.time ?? .distantPast, right.time ?? .distantPast)
                return times.0 != times.1 ? times.0 > times.1 : left.id.description > right.id.description
            }
    }
}

extension Part {
    /// Whether a snapshot that this program did not make, or can't read, may be that Optimize's: one of its indices is named so, or
    /// nobody can tell.
    fileprivate func mayBe(of prefix: String) -> Bool {
        snapshot.indices.isEmpty || snapshot.indices.contains { IndexSelection.isNamed($0, as: prefix) }
    }
}

extension Instant {
    fileprivate static var distantPast: Instant { Instant(microsecondsSinceEpoch: .min) }
}
