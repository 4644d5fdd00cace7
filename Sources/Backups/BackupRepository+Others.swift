internal import ElasticsearchClient
internal import Time

extension BackupRepository {
    /// Waits until no snapshot that another program or another Optimize ordered runs in the repository, but not longer than
    /// `limit`: then the backup starts beside them, which is told.
    ///
    /// - Throws: `.repositoryBusy` at once when a backup of this Optimize runs, unless `backup.timeout` is long past for it: that one
    ///   is deleted.
    func waitForOthers(
        of owner: BackupOwner, atMost limit: Duration, observe: (BackupEvent.Step) -> Void
    ) async throws(BackupError) {
        let start = clock.uptime()
        var announced = false
        while true {
            var running = try await runningSnapshots()
            let overdue = try await removeOverdue(running, of: owner)
            running.removeAll { overdue.contains($0.name) }
            if let own = running.first(where: { Part($0)?.metadata?.owner == owner }) {
                throw BackupError(
                    .repositoryBusy,
                    "a backup of this Optimize is in progress (\(own.name)): "
                        + "wait until it has ended, or cancel it")
            }
            guard !running.isEmpty else { return }
            let names = running.map(\.name).sorted()
            let elapsed = clock.uptime() - start
            guard elapsed < limit else {
                observe(.startingBesideOthers(names))
                return
            }
            if !announced { observe(.waitingForOthers(names)) }
            announced = true
            try await pause(PollInterval.after(elapsed), while: "waiting for \(names.joined(separator: ", "))")
        }
    }

    /// Deletes those running snapshots of this Optimize's backups for which `backup.timeout` has passed by the engine's own clock, and
    /// with it a minute for whoever watches them.
    ///
    /// - Returns: the names of those that are gone.
    @discardableResult
    package func removeOverdue() async throws(BackupError) -> [String] {
        try await removeOverdue(try await runningSnapshots(), of: try await identify().owner)
    }

    private func removeOverdue(_ running: [Snapshot], of owner: BackupOwner) async throws(BackupError) -> [String] {
        var removed: [String] = []
        for snapshot in running {
            guard let metadata = Part(snapshot)?.metadata, metadata.owner == owner, metadata.isUnderstood,
                let start = snapshot.startTime, let age = await age(since: start),
                age > settings.timeout + .seconds(60)
            else { continue }
            try await remove([snapshot.name])
            removed.append(snapshot.name)
        }
        return removed
    }

    /// How long ago something was, by the engine's own clock; nil where that can't be read.
    func age(since time: Instant) async -> Duration? {
        for _ in 0..<3 {
            do {
                return max(try await client.time() - time, .zero)
            } catch {
                guard error.isTransient, (try? await clock.sleep(for: .milliseconds(500))) != nil else { return nil }
            }
        }
        return nil
    }

    /// The running snapshots of the repository, but for markers, which hold nobody up.
    func runningSnapshots() async throws(BackupError) -> [Snapshot] {
        try await attempt("looking for running snapshots in the repository \(name)") { () throws(EngineError) in
            try await client.runningSnapshots(in: name)
        }
        .filter { !$0.name.hasPrefix(MarkerName.prefix) }
    }
}
