internal import ElasticsearchClient
internal import Time

extension BackupRepository {
    /// Looks at the whole repository: one listing of names, the details that are not remembered, and at least one blob.
    ///
    /// - Parameters:
    ///   - readsAll: whether it waits for details that are still to be read; else it shows what is known.
    ///   - progress: told how many snapshots are still to be read.
    /// - Throws: `.namesVanished`, `.storageFailed`, and what the engine says.
    package func look(
        readsAll: Bool = true, progress: @Sendable @escaping (_ left: Int) -> Void = { _ in }
    ) async throws(BackupError) -> RepositoryLook {
        let (engine, owner) = try await identify()
        _ = try await listNames()
        let unread = memory.withState { $0.known.unread }
        if unread.isEmpty {
            try await readSome()
        } else if readsAll {
            let result = await memory.reading.run { () async -> Result<Void, BackupError> in
                do throws(BackupError) {
                    _ = try await readDetails(of: memory.withState { $0.known.unread }, progress: progress)
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            try result.get()
        }
        return shown(engine, owner, await lastExpiry())
    }

    /// Reads again what a warm look owes: what could not be read, and a share of the rest.
    private func readSome() async throws(BackupError) {
        let uptime = clock.uptime()
        let (again, others) = memory.withState { state -> ([SnapshotEntry], [SnapshotEntry]) in
            let elapsed = state.lookedAt.map { uptime - $0 } ?? .zero
            state.lookedAt = uptime
            state.looks += 1
            let newest = state.looks.isMultiple(of: 2) ? nil : state.newestGood
            return (
                Array(state.known.unreadable.prefix(20)), state.known.rereads(after: elapsed, newestGood: newest)
            )
        }
        if !again.isEmpty { _ = try await readDetails(of: again) }
        try await reread(others)
    }

    private func lastExpiry() async -> Instant? {
        memory.withState { $0.clock == nil } ? await trustedTime().expiring : lastTrustedTime.expiring
    }

    private func shown(_ engine: EngineDescription, _ owner: BackupOwner, _ now: Instant?) -> RepositoryLook {
        let (known, last) = memory.withState { ($0.known, $0.shown) }
        let all = known.markers(of: owner)
        let markers = Markers(all.filter { $0.counts(at: now) })
        if let last, last.revision == known.revision, last.owner == owner, last.look.markers == markers,
            last.look.engine == engine, !last.look.dependsOnTime
        {
            return last.look
        }
        let backups = backups(of: known.parts, besides: known.pendingIDs, owner).map { $0.with(markers) }
        let names = Set(known.unreadable.map(\.name))
        let look = RepositoryLook(
            engine: engine, backups: backups, markers: markers, revision: (last?.look.revision ?? 0) + 1,
            unread: known.pendingCount,
            unreadable: backups.flatMap(\.parts).filter(\.isUnreadable).map(\.snapshot.name)
                + markers.all.map(\.name.description).filter(names.contains),
            strangers: known.markerEntries.map(\.name).filter { MarkerName($0) == nil })
        memory.withState { state in
            state.known.note(good: backups)
            state.newestGood = backups.first { $0.state == .completed }?.countingParts.first?.snapshot.uuid
            state.shown = ShownRepository(look: look, owner: owner, revision: known.revision)
        }
        return look
    }

    /// This Optimize's backups, newest first, and those without a time last.
    package func list() async throws(BackupError) -> [Backup] {
        try await look().backups
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

    func survey(_ id: BackupID) async throws(BackupError) -> (backup: Backup, markers: Markers, owner: BackupOwner) {
        let owner = try await identify().owner
        let listing = try await listNames()
        let own = listing.filter { SnapshotName($0.name)?.id == id }
        if !own.isEmpty { _ = try await readDetails(of: own) }
        let uuids = Set(own.map(\.uuid))
        let parts = memory.withState { $0.known.parts }.filter { uuids.contains($0.snapshot.uuid) }
        let markers = await markers(in: listing, of: owner)
        guard let backup = backups(of: parts, owner).first(where: { $0.id == id }) else {
            throw BackupError(.notFound, "there is no backup \(id) in the repository \(name)")
        }
        return (backup.with(markers), markers, owner)
    }

    /// One backup with its sizes, and its progress while it runs, as far as the engine tells them.
    package func inspect(_ id: BackupID) async throws(BackupError) -> Backup {
        var backup = try await find(id)
        var fractions = 0.0
        for (index, part) in backup.parts.enumerated() where !part.isUnreadable {
            if part.size != nil, part.snapshot.state != .inProgress {
                fractions += 1
                continue
            }
            guard let progress = try await progress(of: part) else { continue }
            fractions += part.snapshot.state == .success ? 1 : progress.fraction
            backup.note(size(progress, of: part), at: index)
        }
        if backup.state == .inProgress { backup.progress = min(fractions / 2, 1) }
        return backup
    }

    /// The sizes of a good backup, remembered from its end or asked for; nil if the engine tells none.
    package func size(of backup: Backup) async throws(BackupError) -> Backup.Size? {
        var backup = backup
        for (index, part) in backup.parts.enumerated() where part.size == nil {
            guard let progress = try await progress(of: part) else { continue }
            backup.note(size(progress, of: part), at: index)
        }
        return backup.size
    }

    /// What is only shown decides nothing: an engine that refuses it is believed to have none.
    private func progress(of part: Part) async throws(BackupError) -> SnapshotProgress? {
        do {
            return try await client.progress(of: part.snapshot.name, in: name)
        } catch {
            guard error.code != .cancelled else { throw BackupError("asking for the size of \(part.name)", error) }
            return nil
        }
    }

    /// Nil for one that tells nothing, as shallow snapshots do; what an ended part tells is remembered.
    func size(_ progress: SnapshotProgress, of part: Part) -> Backup.Size? {
        guard progress.totalBytes > 0 else { return nil }
        let size = Backup.Size(total: progress.totalBytes, incremental: progress.incrementalBytes)
        if part.snapshot.state == .success { memory.withState { $0.known.note(size: size, of: part.snapshot.uuid) } }
        return size
    }

    /// Groups parts into backups, leaving out what belongs to another Optimize.
    func backups(of parts: [Part], besides pending: Set<BackupID> = [], _ owner: BackupOwner) -> [Backup] {
        let now = engineNow
        let own = parts.filter { part in
            guard !pending.contains(part.name.id) else { return false }
            return part.metadata.map { $0.owner == owner } ?? part.mayBe(of: settings.indexPrefix)
        }
        return Dictionary(grouping: own, by: \.name.id)
            .map { Backup(id: $0, parts: $1, now: now, takeUpWithin: settings.takeUpWithin) }
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
