internal import ElasticsearchClient
package import Time

extension RepositoryMarkers {
    /// Keeps a backup from being pruned and deleted.
    ///
    /// - Parameters:
    ///   - reach: whose it may be.
    ///   - limit: how long the marker may stay pending before that is told.
    /// - Returns: the marker if it is still pending.
    /// - Throws: `.notFound`, also when the backup went while the marker was written; `.invalidID` for an end that has passed by both
    ///   clocks, and for a reason that is too long.
    package func hold(
        _ id: BackupID, in reach: RepositoryBackups.Reach = .ours, reason: String, until: Instant?, by: String,
        within limit: Duration
    ) async throws(BackupError) -> MarkerName? {
        try await requireAhead(until, "hold")
        let owner = try await repository.backups.survey(id, in: reach).owner
        let marker = try await mark(.hold, id.description, of: owner, reason: reason, until: until, by: by)
        let stands = try await confirm(marker, within: limit)
        do throws(BackupError) {
            try await requireListed(id)
        } catch {
            // Ours alone: what others have written is theirs.
            if error.code == .notFound { try? await remove(marker.description) }
            throw error
        }
        return stands ? nil : marker
    }

    /// Throws `.notFound` for a backup that is gone, however long its hold stands.
    package func requireListed(_ id: BackupID) async throws(BackupError) {
        guard try await repository.listing.entries().contains(where: { SnapshotName($0.name)?.id == id }) else {
            throw BackupError(.notFound, "the backup \(id) was deleted while its hold was being written")
        }
    }

    /// Undoes all holds of a backup; the markers of both go once nothing runs.
    ///
    /// - Returns: the marker if it is still pending behind other snapshots: it counts all the same.
    /// - Throws: `.notFound` for a backup that nobody holds.
    @discardableResult
    package func release(_ id: BackupID, by: String) async throws(BackupError) -> MarkerName? {
        let owner = try await ownerOfHeld(id)
        let pending = try await markAndConfirm(.release, id.description, of: owner, by: by, within: .seconds(2))
        try await tidySpent(of: owner)
        return pending
    }

    /// Whose a backup is that somebody holds; it may be gone.
    private func ownerOfHeld(_ id: BackupID) async throws(BackupError) -> BackupOwner {
        if try await current().hold(of: id) != nil { return try await repository.identify().owner }
        let (backup, _, owner) = try await repository.backups.survey(id, in: .ours)
        guard backup.hold != nil else { throw BackupError(.notFound, "nobody holds the backup \(id)") }
        return owner
    }

    /// Lets a job take no backups until it is resumed; every host, and every later run, sees it.
    ///
    /// - Parameter until: when the pause is over by itself; nil for never. A longer one that stands already is not shortened.
    /// - Returns: the marker if it is still pending.
    /// - Throws: as `hold` does.
    package func pauseJob(
        _ job: String, reason: String, until: Instant?, by: String, within limit: Duration
    ) async throws(BackupError) -> MarkerName? {
        try await requireAhead(until, "pause")
        guard try await !current().isPaused(job, until: until) else { return nil }
        return try await markAndConfirm(.pause, job, reason: reason, until: until, by: by, within: limit)
    }

    /// Throws `.invalidID` for an end that has passed, by whichever clock is behind: as markers expire.
    private func requireAhead(_ end: Instant?, _ what: String) async throws(BackupError) {
        guard let end else { return }
        let now = await repository.engineClock.trustedTime().earlier
        guard end <= now else { return }
        throw BackupError(
            .invalidID,
            "a \(what) that ends at \(end.rfc3339) would have ended already; allowed is a time after \(now.rfc3339)")
    }

    /// Undoes all pauses of a job; the marker stays, since what is owed counts from there.
    ///
    /// - Returns: the marker if it is still pending behind other snapshots: it counts all the same.
    @discardableResult
    package func resumeJob(_ job: String, by: String) async throws(BackupError) -> MarkerName? {
        guard try await current().pause(of: job) != nil else { return nil }
        let pending = try await markAndConfirm(
            .resume, job, until: repository.clock.now() + .longestCatchUp, by: by, within: .seconds(2))
        try await tidySpent()
        return pending
    }
}
