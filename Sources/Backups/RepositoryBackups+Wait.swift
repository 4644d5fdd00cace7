internal import ElasticsearchClient
internal import Time

extension RepositoryBackups {
    /// A backup once it is no longer in progress, whoever takes it.
    ///
    /// - Parameter observe: told how far it is, each time that it is asked.
    /// - Throws: `.notFound`; `.snapshotLost` if it is deleted meanwhile.
    package func ended(_ id: BackupID, observe: (Backup) -> Void) async throws(BackupError) -> Backup {
        let start = repository.clock.uptime()
        var hasSeen = false
        while true {
            let backup: Backup
            do throws(BackupError) {
                backup = try await inspect(id)
            } catch {
                guard hasSeen, error.code == .notFound else { throw error }
                throw BackupError(.snapshotLost, "the backup \(id) was deleted while it was waited for")
            }
            guard backup.state == .inProgress else { return backup }
            hasSeen = true
            observe(backup)
            try await repository.pause(
                PollInterval.after(repository.clock.uptime() - start), while: "waiting for the backup \(id)")
        }
    }
}
