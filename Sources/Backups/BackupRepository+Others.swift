internal import ElasticsearchClient
internal import Time

extension BackupRepository {
    /// Waits until no snapshot that another program or another Optimize ordered runs in the repository, but not longer than
    /// `waitForOthers`.
    ///
    /// - Throws: `.repositoryBusy` at once when a backup of this Optimize runs.
    func waitForOthers(
        of owner: BackupOwner, observe: (BackupEvent.Step) -> Void
    ) async throws(BackupError) {
        let start = clock.uptime()
        var announced = false
        while true {
            let running = try await runningSnapshots()
            if let own = running.first(where: { Part($0)?.metadata?.owner == owner }) {
                throw BackupError(
                    .repositoryBusy,
                    "a backup of this Optimize is in progress (\(own.name)): "
                        + "wait until it has ended, or cancel it")
            }
            guard !running.isEmpty else { return }
            let names = running.map(\.name).sorted()
            let elapsed = clock.uptime() - start
            guard elapsed < settings.waitForOthers else {
                observe(.startingBesideOthers(names))
                return
            }
            if !announced { observe(.waitingForOthers(names)) }
            announced = true
            try await pause(PollInterval.after(elapsed), while: "waiting for \(names.joined(separator: ", "))")
        }
    }

    /// The running snapshots of the repository, but for markers, which hold nobody up.
    func runningSnapshots() async throws(BackupError) -> [Snapshot] {
        try await attempt("looking for running snapshots in the repository \(name)") { () throws(EngineError) in
            try await client.runningSnapshots(in: name)
        }
        .filter { !$0.name.hasPrefix(MarkerName.prefix) }
    }
}
