internal import ElasticsearchClient
internal import Time

extension BackupRepository {
    /// Goes on with a backup that another run of this program began: waits for part 1, and lets part 2 follow.
    ///
    /// Older progress with newer data is safe, since Optimize's import is idempotent; how much older it may be is said by
    /// `takeUpWithin`, after which the backup is INCOMPLETE.
    ///
    /// - Throws: `.snapshotFailed` for a backup that has ended without being of use; `.fireTimeCancelled`.
    package func takeUp(_ backup: Backup, observe: @escaping BackupObserver) async throws(BackupError) -> Backup {
        try await requireNotCancelled(backup.id, backup.metadata?.due)
        guard backup.state != .completed else { return backup }
        guard backup.state == .inProgress, let metadata = backup.metadata, metadata.isUnderstood,
            let part = backup.parts.first, part.name.part == 1
        else {
            throw BackupError(
                .snapshotFailed,
                "the backup \(backup.id) is \(backup.state.rawValue)"
                    + (backup.failureReason.map { ": \($0)" } ?? ""))
        }
        let engine = try await identify().engine
        let first = PartRun(
            repository: self, metadata: metadata, distribution: engine.distribution, name: part.name, observe: observe)
        observe(BackupEvent(id: backup.id, .takenUp(from: metadata.instance)))
        do throws(BackupError) {
            var age = Duration.zero
            if let start = part.snapshot.startTime { age = await self.age(since: start) ?? .zero }
            return try await finish(first, by: clock.uptime() + max(settings.timeout - age, .zero))
        } catch {
            throw await ended(first, error, hasBegun: true)
        }
    }

    /// The attempts at the backup of a fire time, whoever made them: their ids are that second, or those after it.
    ///
    /// - Throws: `.unreadable` when one of them may be, and can't be read.
    func attempts(dueAt time: Instant, of owner: BackupOwner) async throws(BackupError) -> [Backup] {
        let listing = try await listNames()
        let entries = listing.filter { entry in
            guard let second = SnapshotName(entry.name)?.id.fireTime else { return false }
            return second >= time && second - time < .seconds(3_600)
        }
        let unread = memory.withState { state in
            let pending = Set(state.known.unread.map(\.uuid)).union(state.known.unreadable.map(\.uuid))
            return entries.filter { pending.contains($0.uuid) }
        }
        if !unread.isEmpty { _ = try await readDetails(of: unread) }
        let uuids = Set(entries.map(\.uuid))
        let parts = memory.withState { $0.known.parts }.filter { uuids.contains($0.snapshot.uuid) }
        let markers = await markers(in: listing, of: owner)
        let found = backups(of: parts, owner).filter { $0.metadata?.due?.time == time || $0.isOfUnknownOwner }
            .map { $0.with(markers) }
        if let unread = found.first(where: \.isUnreadable), !found.contains(where: { $0.state == .completed }) {
            throw BackupError(
                .unreadable,
                "the backup \(unread.id), which may be the one for \(time.rfc3339), can't be read: none is taken before it is"
            )
        }
        return found
    }
}

extension [Backup] {
    /// Of several attempts the one that counts: a good one, else one that may still become good.
    var best: Backup? { first { $0.state == .completed } ?? first { $0.state == .inProgress } }
}
