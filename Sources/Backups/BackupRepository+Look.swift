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
        _ = try await listing.entries()
        let unread = memory.withState { $0.known.unread }
        if unread.isEmpty {
            try await readSome()
        } else if readsAll {
            let result = await memory.reading.run { () async -> Result<Void, BackupError> in
                do throws(BackupError) {
                    try await blobs.readDetails(of: memory.withState { $0.known.unread }, progress: progress)
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
        if !again.isEmpty { try await blobs.readDetails(of: again) }
        try await blobs.reread(others)
    }

    /// The clocks are compared once in a while, when the host's was set, and as long as one of them seems to be wrong.
    private func lastExpiry() async -> Instant? {
        engineClock.isDoubtful ? await engineClock.trustedTime().expiring : engineClock.lastTrustedTime.expiring
    }

    /// What stands there of other clusters, under our prefix.
    private func others(
        than owner: BackupOwner, _ parts: [Part], _ known: KnownSnapshots, _ engine: EngineDescription, _ now: Instant?
    ) -> [OtherCluster] {
        let owners = Set(parts.compactMap { $0.metadata?.owner }.filter { $0.prefix == owner.prefix && $0 != owner })
        return owners.sorted { $0.cluster < $1.cluster }.map { other in
            let markers = Markers(known.markers(of: other), at: now)
            let backups = self.backups.grouped(parts, besides: known.pendingIDs, other, isOther: true)
            return OtherCluster(
                other.cluster, isFormer: settings.formerClusters.contains(other.cluster),
                backups.map { $0.with(markers).judged(by: engine) }, markers)
        }
    }

    private func shown(_ engine: EngineDescription, _ owner: BackupOwner, _ now: Instant?) -> RepositoryLook {
        let (known, last) = memory.withState { ($0.known, $0.shown) }
        let all = known.markers(of: owner)
        let markers = Markers(all, at: now, renamed: settings.renamedJobs)
        if let last, last.revision == known.revision, last.owner == owner, last.look.markers == markers,
            last.look.engine == engine, !last.look.dependsOnTime
        {
            return last.look
        }
        let parts = known.parts
        let backups = self.backups.grouped(parts, besides: known.pendingIDs, owner)
            .map { $0.with(markers).judged(by: engine) }
        let names = Set(known.unreadable.map(\.name))
        let good = backups.lazy.filter { $0.state == .completed }
        let present = engineClock.now()
        let newestGood = good.first { !$0.isAhead(of: present) } ?? good.first
        let look = RepositoryLook(
            engine: engine, backups: backups, markers: markers,
            clusters: others(than: owner, parts, known, engine, now), revision: (last?.look.revision ?? 0) + 1,
            unread: known.pendingCount,
            unreadable: backups.flatMap(\.parts).filter(\.isUnreadable).map(\.name.description)
                + markers.all.map(\.name.description).filter(names.contains),
            strangers: known.markerEntries.map(\.name).filter { MarkerName($0) == nil })
        memory.withState { state in
            // After a disaster there is nothing else to lose.
            state.known.good.record(backups.isEmpty ? look.allBackups : backups)
            state.newestGood = newestGood?.countingParts.first?.uuid
            state.shown = ShownRepository(look: look, owner: owner, revision: known.revision)
        }
        return look
    }
}
