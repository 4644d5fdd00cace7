package import Backups
internal import ElasticsearchClient
package import Time

extension Daemon {
    /// Keeps a backup from being pruned and deleted.
    ///
    /// - Returns: whether the hold stands; else it counts, and is told of once it does.
    package func hold(_ id: BackupID, reason: String, until: Instant?) async throws(BackupError) -> Bool {
        let by = repository.settings.instance
        return try await carryOut { daemon throws(BackupError) in
            let pending = try await daemon.repository.attended.hold(
                id, reason: reason, until: until, by: by, within: .seconds(2))
            if let pending { daemon.watch(pending, "the hold of \(id)", reason: reason, by: by) }
            await daemon.look(readsAll: false, isAttended: true)
            return pending == nil
        }
    }

    /// Lets a backup go that was held.
    package func release(_ id: BackupID) async throws(BackupError) {
        let by = repository.settings.instance
        try await carryOut { daemon throws(BackupError) in
            if let pending = try await daemon.repository.attended.release(id, by: by) {
                daemon.watch(pending, "the release of \(id)", reason: "", by: by)
            }
            await daemon.look(readsAll: false, isAttended: true)
        }
    }

    /// Waits until a marker stands that was pending, and tells it; one that an engine's crash has lost is ordered again.
    func watch(_ marker: MarkerName, _ what: String, reason: String, by: String) {
        submit {
            var (marker, backoff) = (marker, Backoff(initial: .seconds(1), maximum: .seconds(60)))
            for _ in 0..<10 {
                do throws(BackupError) {
                    while try await !self.repository.confirm(marker, within: .seconds(600)) {}
                    if marker.kind == .hold { try await self.repository.requireListed(try BackupID(marker.subject)) }
                    return self.tellSettled("\(what) stands", .notice, marker)
                } catch {
                    guard error.isCurableByWaiting,
                        (try? await self.clock.sleep(for: backoff.next(self.repository.client.random))) != nil
                    else { return self.tellSettled("\(what) is lost: \(error)", .error, marker) }
                    guard [.snapshotLost, .storageFailed].contains(error.code) else { continue }
                }
                do throws(BackupError) {
                    marker = try await self.repository.mark(
                        marker.kind, marker.subject, reason: reason, until: marker.expiry, by: by)
                } catch {
                    continue
                }
            }
            self.tellSettled("\(what) could not be made to stand in ten attempts", .error, marker)
        }
    }

    private nonisolated func tellSettled(_ words: String, _ priority: LogEntry.Priority, _ marker: MarkerName) {
        log(LogEntry(.markerSettled, priority, words, [.init("SNAPSHOT", marker.description)]))
    }
}
