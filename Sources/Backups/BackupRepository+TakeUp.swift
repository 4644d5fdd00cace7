internal import ElasticsearchClient
internal import Time

extension BackupRepository {
    /// Goes on with a backup that another run of this program began: waits for part 1, and lets part 2 follow.
    ///
    /// Older progress with newer data is safe, since Optimize's import is idempotent; how much older it may be is said by
    /// `takeUpWithin`, after which the backup is INCOMPLETE.
    ///
    /// - Throws: `.snapshotFailed` for a backup that has ended without being of use.
    package func takeUp(_ backup: Backup, observe: @escaping BackupObserver) async throws(BackupError) -> Backup {
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
            let age = part.snapshot.startTime.map { max(clock.now() - $0, .zero) } ?? .zero
            return try await finish(first, by: clock.uptime() + max(settings.timeout - age, .zero))
        } catch {
            let error = error.code == .cancelled ? first.cancelled : error
            observe(BackupEvent(id: backup.id, .failed(error)))
            throw error
        }
    }

    /// What runs of this program have begun and not finished.
    package func unfinished() async throws(BackupError) -> [Backup] {
        try await list().filter { $0.state == .inProgress && $0.metadata?.isUnderstood == true }
    }

    /// The attempts at the backup of a fire time, whoever made them.
    func attempts(dueAt time: Instant, of owner: BackupOwner) async throws(BackupError) -> [Backup] {
        backups(in: try await snapshots(matching: SnapshotName.pattern), of: owner)
            .filter { $0.metadata?.due?.time == time }
    }
}

extension [Backup] {
    /// Of several attempts the one that counts: a good one, else one that may still become good.
    var best: Backup? { first { $0.state == .completed } ?? first { $0.state == .inProgress } }
}
