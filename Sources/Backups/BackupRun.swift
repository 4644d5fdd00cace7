internal import ElasticsearchClient
internal import Time

/// A backup that is being taken: part 1, and once that is SUCCESS part 2.
struct BackupRun {
    let repository: BackupRepository
    let observe: BackupObserver
    /// The backup whose restore wants this one first; nil for any other.
    var restoring: BackupID?

    /// Takes what is ordered, or goes on with what another instance has begun of it.
    func create(_ order: BackupOrder) async throws(BackupError) -> Backup {
        let (engine, owner) = try await repository.identify()
        try await repository.storage.requireWritable()
        let markers = await repository.markers.counting(in: try await repository.listing.entriesTwice(), of: owner)
        try markers.requireNoRestore(but: restoring)
        let lastRestore = [try await repository.optimize.requireNoRecovery(), markers.restored?.date].compactMap { $0 }
            .max()
        var due = order.due
        if let time = due?.time {
            try markers.requireNotCancelled(time)
            let attempts = try await repository.backups.attempts(dueAt: time, for: order.jobs, of: owner)
            if let other = best(of: attempts) { return try await takeUp(other) }
            // Attempts that have left nothing count as well, as far as whoever orders knows of them.
            due?.attempt = max(
                order.due?.attempt ?? 1, 1 + (attempts.compactMap { $0.metadata?.due?.attempt }.max() ?? 0))
        }
        let version = try await repository.optimize.version()
        let id = try await freeID(order.identity, markers, of: owner)
        if let configured = repository.settings.optimizeVersion?.lowercased(), configured != version {
            observe(BackupEvent(id: id, .versionChanged(configured: configured, version)))
        }
        try requireFits(SnapshotName(id: id, version: version, part: 1))
        // Another instance may have begun this very backup since the look.
        if let due, id != BackupID(fireTime: due.time),
            let other = best(of: try await repository.backups.attempts(dueAt: due.time, for: order.jobs, of: owner))
        {
            return try await takeUp(other)
        }
        let metadata = BackupMetadata(
            createdBy: repository.settings.createdBy, instance: repository.settings.instance, owner: owner,
            jobs: order.jobs, due: due)
        var first = PartRun(
            repository: repository, metadata: metadata, engine: engine.kind,
            name: SnapshotName(id: id, version: version, part: 1), restoring: restoring, observe: observe)
        var hasBegun = false
        do throws(BackupError) {
            let patience = order.waitsForOthers ? repository.settings.waitForOthers : .zero
            try await waitForOthers(id, of: owner, atMost: patience)
            try await start(&first, as: order.identity, markers)
            hasBegun = true
            return try await finish(
                first, after: lastRestore, by: repository.clock.uptime() + repository.settings.timeout)
        } catch {
            throw await ended(first, error, hasBegun: hasBegun)
        }
    }

    /// Orders part 1, under the next free id when somebody else took ours between the look and the order.
    private func start(
        _ first: inout PartRun, as identity: BackupOrder.Identity, _ markers: Markers
    ) async throws(BackupError) {
        let limit =
            repository.clock.uptime() + max(repository.settings.waitForOthers, repository.client.settings.patience)
        var tries = 0
        while true {
            do throws(BackupError) {
                return try await first.start(by: limit)
            } catch {
                tries += 1
                guard error.code == .idTaken, tries < 100, case .firstFree = identity,
                    let second = first.name.id.fireTime
                else { throw error }
                first = first.renamed(
                    try await freeID(
                        .firstFree(from: second + .seconds(1)), markers, of: first.metadata.owner))
            }
        }
    }

    /// Waits for part 1 of a backup that another run of this program began, and lets part 2 follow.
    func takeUp(_ backup: Backup) async throws(BackupError) -> Backup {
        try await repository.markers.requireNotCancelled(backup.id, backup.metadata?.due)
        if backup.state == .completed { return try await adopt(backup) }
        guard backup.state == .inProgress, let metadata = backup.metadata, metadata.isUnderstood,
            let part = backup.parts.first, part.name.part == 1
        else {
            throw BackupError(
                .snapshotFailed,
                "the backup \(backup.id) is \(backup.state.rawValue)"
                    + (backup.failureReason.map { ": \($0)" } ?? ""))
        }
        let (engine, owner) = try await repository.identify()
        try await requireWanted(backup, of: owner)
        let first = PartRun(
            repository: repository, metadata: metadata, engine: engine.kind, name: part.name, restoring: restoring,
            observe: observe)
        observe(BackupEvent(id: backup.id, .takenUp(from: metadata.instance), jobs: backup.jobs))
        do throws(BackupError) {
            var age = Duration.zero
            if let start = part.startTime { age = await repository.engineClock.age(since: start) ?? .zero }
            return try await finish(
                first, by: repository.clock.uptime() + max(repository.settings.timeout - age, .zero))
        } catch {
            throw await ended(first, error, hasBegun: true)
        }
    }

    /// Throws `.cancelled` for an attempt at a fire time of which there is a good backup for all of its jobs: its order came late, when
    /// whoever had given it had given it up, and taken another.
    private func requireWanted(_ backup: Backup, of owner: BackupOwner) async throws(BackupError) {
        guard let due = backup.metadata?.due else { return }
        let attempts = try await repository.backups.attempts(dueAt: due.time, for: backup.jobs, of: owner)
        let good = attempts.first { other in
            other.state == .completed && other.id != backup.id && backup.jobs.allSatisfy(other.isFor)
        }
        guard let good else { return }
        let words = "the backup \(good.id) has been taken for \(due.time.rfc3339) meanwhile"
        let error = BackupError(.firstPartTooOld, words)
        repository.memory.doom(backup.parts.map(\.uuid), error)
        await repository.markers.recordFailed(backup.id, error)
        throw BackupError(.cancelled, words)
    }

    /// What another run has completed is believed once it has been looked into.
    private func adopt(_ backup: Backup) async throws(BackupError) -> Backup {
        let parts = backup.countingParts.map(\.snapshot)
        do throws(BackupError) {
            if let metadata = backup.metadata { try requireInTime(parts, by: metadata) }
            _ = try await repository.optimize.judge(parts)
        } catch {
            if error.code.isDoom {
                repository.memory.doom(parts.map(\.uuid), error)
                await repository.markers.recordFailed(backup.id, error)
            }
            throw error
        }
        let sized = await withSizes(backup)
        observe(BackupEvent(id: backup.id, .foundCompleted(sized), jobs: backup.metadata.map { _ in backup.jobs }))
        return sized
    }

    /// Of several attempts the one that counts: a good one, else one that may still become good.
    private func best(of attempts: [Backup]) -> Backup? {
        let doomed = repository.memory.withState { $0.doomed }
        let left = attempts.filter { backup in !backup.parts.contains { doomed[$0.uuid] != nil } }
        return left.first { $0.state == .completed } ?? left.first { $0.state == .inProgress }
    }

    /// Tells and notes that an attempt has ended without success; returns why, in the attempt's own words.
    ///
    /// - Parameter hasBegun: whether the engine had accepted its part 1; else what has its id may be somebody else's.
    private func ended(_ first: PartRun, _ failure: BackupError, hasBegun: Bool) async -> BackupError {
        let error = failure.code == .cancelled ? first.cancelled : failure
        // Whoever watches another host's does not know what that can still do; nobody tries again what was ordered by hand.
        let isOwn = first.metadata.instance == repository.settings.instance
        let isGivenUp = error.endsAttempt || first.metadata.due == nil && error.endsOrder
        if hasBegun, error.code.isDoom || isOwn && isGivenUp {
            await repository.markers.recordFailed(first.name.id, error)
        }
        observe(BackupEvent(id: first.name.id, .failed(error)))
        return error
    }
}
