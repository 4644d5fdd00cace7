internal import ElasticsearchClient
internal import Time

extension BackupRun {
    /// Waits until no snapshot that another program or another Optimize ordered runs in the repository, but not longer than
    /// `limit`: then the backup starts beside them, which is told.
    ///
    /// - Throws: `.repositoryBusy` at once when a backup of this Optimize runs, unless `backup.timeout` is long past for it: that one
    ///   is deleted.
    func waitForOthers(
        _ id: BackupID, of owner: BackupOwner, atMost limit: Duration
    ) async throws(BackupError) {
        let start = repository.clock.uptime()
        var announced = false
        while true {
            var running = try await repository.listing.runningSnapshots()
            let overdue = try await repository.removal.removeOverdue(running, of: owner)
            running.removeAll { overdue.contains($0.name) }
            if let own = running.first(where: { Part($0)?.metadata?.owner == owner }) {
                throw BackupError(
                    .repositoryBusy,
                    "a backup of this Optimize is in progress (\(own.name)): "
                        + "wait until it has ended, or cancel it")
            }
            guard !running.isEmpty else { return }
            let names = running.map(\.name).sorted()
            let elapsed = repository.clock.uptime() - start
            guard elapsed < limit else {
                observe(BackupEvent(id: id, .startingBesideOthers(names, hasWaited: announced)))
                return
            }
            if !announced { observe(BackupEvent(id: id, .waitingForOthers(names))) }
            announced = true
            try await repository.pause(
                PollInterval.after(elapsed), while: "waiting for \(names.joined(separator: ", "))")
        }
    }
}
