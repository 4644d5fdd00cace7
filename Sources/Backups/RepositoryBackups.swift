internal import ElasticsearchClient
internal import Time

/// The backups of one Optimize, as the repository shows them.
package struct RepositoryBackups: Sendable {
    let repository: BackupRepository

    /// This Optimize's backups, newest first, and those without a time last.
    package func list() async throws(BackupError) -> [Backup] {
        try await repository.look().backups
    }

    /// Where a backup is looked for.
    package enum Reach: Sendable, Equatable {
        /// Among those of the engine's own cluster.
        case own
        /// Among those first, then among those of the clusters that were ours.
        case ours
        /// Among those of one cluster, of whatever kind.
        case cluster(String)
    }

    /// One backup of this Optimize, its snapshots read afresh, with who holds it by the very listing that showed it.
    ///
    /// - Throws: `.notFound`.
    package func find(_ id: BackupID, in reach: Reach = .own) async throws(BackupError) -> Backup {
        try await survey(id, in: reach).backup
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

    /// One backup, with the markers of the listing that showed it, and whose both are.
    ///
    /// - Throws: `.notFound`.
    func survey(
        _ id: BackupID, in reach: Reach = .own
    ) async throws(BackupError) -> (backup: Backup, markers: Markers, owner: BackupOwner) {
        let (engine, own) = try await repository.identify()
        let former = repository.settings.formerClusters.map { BackupOwner(cluster: $0, prefix: own.prefix) }
        let owners =
            switch reach {
            case .own: [own]
            case .ours: [own] + former.filter { $0 != own }
            case .cluster(let uuid): [BackupOwner(cluster: uuid, prefix: own.prefix)]
            }
        let (listing, parts) = try await parts(of: id)
        for owner in owners {
            guard let backup = grouped(parts, owner, isOther: owner != own).first else { continue }
            let markers = await repository.markers.counting(in: listing, of: owner)
            return (backup.with(markers).judged(by: engine), markers, owner)
        }
        let others = Set(parts.compactMap(\.metadata?.owner)).filter { $0.prefix == own.prefix && !owners.contains($0) }
        let hint = others.map(\.cluster).min().map { uuid in
            "; the cluster \(uuid) has one: 'optimize-backup show \(id) --cluster \(uuid)' shows it"
        }
        throw BackupError(
            .notFound, "there is no backup \(id) in the repository \(repository.name)\(hint ?? "")")
    }

    /// What carries an id, whoever made it, its snapshots read afresh.
    private func parts(of id: BackupID) async throws(BackupError) -> (listing: [SnapshotEntry], parts: [Part]) {
        let listing = try await repository.listing.entries()
        let own = listing.filter { SnapshotName($0.name)?.id == id }
        if !own.isEmpty { try await repository.blobs.readDetails(of: own) }
        let uuids = Set(own.map(\.uuid))
        return (listing, repository.memory.withState { $0.known.parts }.filter { uuids.contains($0.uuid) })
    }

    /// Whose snapshots carry an id, as far as they tell: uuids of clusters.
    func clusters(with id: BackupID) async throws(BackupError) -> Set<String> {
        Set(try await parts(of: id).parts.compactMap { $0.metadata?.owner.cluster })
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
        if !unread.isEmpty { try await repository.blobs.readDetails(of: unread) }
        let uuids = Set(entries.map(\.uuid))
        let parts = repository.memory.withState { $0.known.parts }.filter { uuids.contains($0.uuid) }
        let markers = await repository.markers.counting(in: listing, of: owner)
        let found = grouped(parts, owner).filter { backup in
            backup.metadata.map { $0.due?.time == time && backup.serves(jobs) } ?? backup.isOfUnknownOwner
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
    ///
    /// - Parameter isOther: whether the owner is another cluster's, to which only belongs what says so.
    func grouped(
        _ parts: [Part], besides pending: Set<BackupID> = [], _ owner: BackupOwner, isOther: Bool = false
    ) -> [Backup] {
        let now = repository.engineClock.now()
        let claims = Claims(parts)
        let own = parts.filter { part in
            guard !pending.contains(part.name.id) else { return false }
            if let metadata = part.metadata { return metadata.owner == owner }
            if let owners = claims.owners(of: part) { return owners.contains(owner) }
            return !isOther && part.mayBe(of: repository.settings.indexPrefix)
        }
        return Dictionary(grouping: own, by: \.name.id)
            .map { id, parts in
                Backup(
                    id: id, parts: parts, cluster: isOther ? owner.cluster : nil,
                    renamed: repository.settings.renamedJobs, now: now,
                    takeUpWithin: repository.settings.takeUpWithin)
            }
            .newestFirst
    }
}

/// Whose the backups are of which some parts do not say so: one that can't be read belongs to whom the others name.
private struct Claims {
    private var owners: [Key: Set<BackupOwner>] = [:]

    private struct Key: Hashable {
        let id: BackupID
        let version: String

        init(_ part: Part) { (id, version) = (part.name.id, part.name.version) }
    }

    init(_ parts: [Part]) {
        for part in parts where part.metadata == nil { owners[Key(part)] = [] }
        guard !owners.isEmpty else { return }
        for part in parts {
            if let owner = part.metadata?.owner { owners[Key(part)]?.insert(owner) }
        }
    }

    /// Nil where no other part says.
    func owners(of part: Part) -> Set<BackupOwner>? { owners[Key(part)].flatMap { $0.isEmpty ? nil : $0 } }
}

extension Part {
    /// Whether a snapshot that this program did not make, or can't read, may be that Optimize's: one of its indices is named so, or
    /// nobody can tell.
    fileprivate func mayBe(of prefix: String) -> Bool {
        snapshot.indices.isEmpty || snapshot.indices.contains { IndexSelection.isNamed($0, as: prefix) }
    }
}
