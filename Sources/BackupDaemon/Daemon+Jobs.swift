package import Backups
internal import Configuration
internal import Time

extension Daemon {
    /// Takes a backup for a job now, and returns once the engine has accepted part 1.
    package func run(job name: String) async throws(BackupError) {
        _ = try job(name)
        try await requireIdle(to: "run the job \(name)")
        let now = Instant(secondsSinceEpoch: clock.now().secondsSinceEpoch)
        let order = BackupOrder(.firstFree(from: now), due: due([name], at: now))
        _ = try await accepted(order, jobs: [name])
    }

    /// Lets a job take no backups, until it is resumed; every host, and every later run, sees it.
    ///
    /// - Returns: whether the pause stands; else it counts, and is told of once it does.
    package func pause(job name: String, reason: String) async throws(BackupError) -> Bool {
        _ = try job(name)
        let by = repository.settings.instance
        return try await carryOut { daemon throws(BackupError) in
            let pending = try await daemon.repository.attended.pauseJob(
                name, reason: reason, by: by, within: .seconds(2))
            if let pending { daemon.watch(pending, "the pause of \(name)", reason: reason, by: by) }
            await daemon.look(readsAll: false, isAttended: true)
            return pending == nil
        }
    }

    /// Lets a job take backups again.
    package func resume(job name: String) async throws(BackupError) {
        guard try !job(name).isPaused else {
            throw BackupError(
                .repositoryBusy, "the job \(name) is paused by the configuration", setting: "jobs.\(name).paused")
        }
        let by = repository.settings.instance
        try await carryOut { daemon throws(BackupError) in
            if let pending = try await daemon.repository.attended.resumeJob(name, by: by) {
                daemon.watch(pending, "the resumption of \(name)", reason: "", by: by)
            }
            await daemon.look(readsAll: false, isAttended: true)
        }
    }

    private func job(_ name: String) throws(BackupError) -> JobSettings {
        guard let job = settings.jobs.first(where: { $0.name == name }) else {
            throw BackupError(.notFound, "there is no job \(name)")
        }
        return job
    }
}
