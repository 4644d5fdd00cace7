package import Backups
internal import Configuration
internal import ElasticsearchClient
package import Time

// What people ask for that stands in the repository as a marker.
extension Daemon {
    /// Keeps a backup from being pruned and deleted.
    ///
    /// - Returns: whether the hold stands; else it counts, and is told of once it does.
    package func hold(_ id: BackupID, reason: String, until: Instant?) async throws(BackupError) -> Bool {
        try await mark("the hold of \(id)", reason: reason) { (repository, by) throws(BackupError) in
            try await repository.markers.hold(id, reason: reason, until: until, by: by, within: .seconds(2))
        }
    }

    /// Lets a backup go that was held.
    package func release(_ id: BackupID) async throws(BackupError) {
        _ = try await mark("the release of \(id)") { (repository, by) throws(BackupError) in
            try await repository.markers.release(id, by: by)
        }
    }

    /// Lets a job take no backups, until then or until it is resumed; every host, and every later run, sees it.
    ///
    /// - Returns: whether the pause stands; else it counts, and is told of once it does.
    package func pause(job name: String, reason: String, until: Instant? = nil) async throws(BackupError) -> Bool {
        _ = try await scheduler.settings.job(name)
        return try await mark("the pause of \(name)", reason: reason) { (repository, by) throws(BackupError) in
            try await repository.markers.pauseJob(name, reason: reason, until: until, by: by, within: .seconds(2))
        }
    }

    /// Lets a job take backups again.
    package func resume(job name: String) async throws(BackupError) {
        guard try await !scheduler.settings.job(name).isPaused else {
            throw BackupError(
                .repositoryBusy, "the job \(name) is paused by the configuration", setting: "jobs.\(name).paused")
        }
        _ = try await mark("the resumption of \(name)") { (repository, by) throws(BackupError) in
            try await repository.markers.resumeJob(name, by: by)
        }
    }

    /// Writes a marker for somebody, and shows what it changes.
    ///
    /// - Parameter order: returns the marker if it is still pending.
    /// - Returns: whether it stands; else it is told of once it does.
    private func mark(
        _ what: String, reason: String = "",
        _ order: @escaping @Sendable (BackupRepository, _ by: String) async throws(BackupError) -> MarkerName?
    ) async throws(BackupError) -> Bool {
        try await operations.carryOut { () throws(BackupError) in
            let pending = try await order(self.repository.attended, self.operations.instance)
            if let pending {
                self.operations.submit { await self.watch(pending, what, reason: reason) }
            }
            await self.lookout.look(readsAll: false, isAttended: true)
            return pending == nil
        }
    }

    /// Waits until a marker stands that was pending, and tells it; one that an engine's crash has lost is ordered again.
    private func watch(_ marker: MarkerName, _ what: String, reason: String) async {
        var (marker, backoff) = (marker, Backoff(initial: .seconds(1), maximum: .seconds(60)))
        for _ in 0..<10 {
            do throws(BackupError) {
                while try await !repository.markers.confirm(marker, within: .seconds(600)) {}
                if marker.kind == .hold { try await repository.markers.requireListed(try BackupID(marker.subject)) }
                return operations.emit(.markerStands(marker, words: "\(what) stands"), by: .api)
            } catch {
                guard error.isCurableByWaiting,
                    (try? await clock.sleep(for: backoff.next(repository.client.random))) != nil
                else { return operations.emit(.markerLost(marker, words: "\(what) is lost: \(error)"), by: .api) }
                guard [.snapshotLost, .storageFailed].contains(error.code) else { continue }
            }
            do throws(BackupError) {
                marker = try await repository.markers.mark(
                    marker.kind, marker.subject, reason: reason, until: marker.expiry, by: operations.instance)
            } catch {
                continue
            }
        }
        let words = "\(what) could not be made to stand in ten attempts"
        operations.emit(.markerLost(marker, words: words), by: .api)
    }
}
