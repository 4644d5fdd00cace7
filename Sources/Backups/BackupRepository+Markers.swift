internal import ElasticsearchClient
internal import JSON
package import Time

extension BackupRepository {
    /// Orders a marker, which counts as soon as it is listed; whether it stays there, `confirm` tells.
    ///
    /// - Parameters:
    ///   - subject: a backup's id, or a job's name.
    ///   - until: nil for ever.
    ///   - limit: how long it waits while another operation is in the engine's way; nil for the client's patience.
    package func mark(
        _ kind: MarkerName.Kind, _ subject: String, reason: String = "", until: Instant? = nil, by: String,
        waitingAtMost limit: Duration? = nil
    ) async throws(BackupError) -> MarkerName {
        let (engine, owner) = try await identify()
        try await requireWritableRepository()
        var members: [String: JSONValue] = [
            "format": .integer(Int64(BackupMetadata.currentFormat)), "cluster": .string(owner.cluster),
            "prefix": .string(owner.prefix), "instance": .string(settings.instance), "by": .string(by),
            "reason": .string(String(reason.prefix(200))),
        ]
        if let until { members["until"] = .string(until.rfc3339) }
        let time = await engineTime()
        let start = clock.uptime()
        var tries = 0
        while tries < 20 {
            let numbers = try await listNames().compactMap { MarkerName($0.name) }
                .filter { $0.subject == subject }.map(\.number)
            let marker = MarkerName(
                kind, subject, owner: owner.hash, expiry: until,
                number: max(time.secondsSinceEpoch, (numbers.max() ?? 0) + 1))
            let order = SnapshotOrder(
                name: marker.description, indices: ["-*"], metadata: .object(members), distribution: engine.distribution
            )
            do {
                try await client.createSnapshot(order, in: name)
                return marker
            } catch {
                let isBusy = error.code == .busy && clock.uptime() - start < limit ?? client.settings.patience
                if !isBusy { tries += 1 }
                // Another may have taken the name; after a lost answer it may even be ours, and one more does no harm.
                guard error.code == .nameTaken || isBusy || error.isTransient && error.code != .busy else {
                    throw BackupError("writing the marker \(order.name)", error)
                }
                if error.code != .nameTaken { try await pause(.milliseconds(500), while: "writing \(order.name)") }
            }
        }
        throw BackupError(.engineFailed, "the marker for \(subject) could not be written in twenty attempts")
    }

    /// Waits until a marker stands: ended, and still listed.
    ///
    /// - Returns: false when it still waits for other snapshots after that time.
    /// - Throws: `.storageFailed` or `.snapshotLost` when it is gone.
    package func confirm(_ marker: MarkerName, within limit: Duration) async throws(BackupError) -> Bool {
        let start = clock.uptime()
        while true {
            guard let entry = try await entry(marker.description) else { throw await lost(marker.description) }
            if entry.state == .success { return true }
            guard entry.state == .inProgress else {
                throw BackupError(.snapshotFailed, "the marker \(marker) ended as \(entry.state.name)")
            }
            let elapsed = clock.uptime() - start
            guard elapsed < limit else { return false }
            try await pause(PollInterval.after(elapsed), while: "waiting until \(marker) stands")
        }
    }

    /// A snapshot by the engine's memory; that there is none takes two answers.
    func entry(_ snapshot: String) async throws(BackupError) -> SnapshotEntry? {
        for _ in 0..<2 {
            let found = try await attempt("asking for \(snapshot)") { () throws(EngineError) in
                try await client.entry(snapshot, in: name)
            }
            if let found { return found }
        }
        return nil
    }

    /// The engine's clock, or the host's where that can't be read.
    private func engineTime() async -> Instant {
        _ = await trustedTime()
        return engineNow
    }

    /// Writes a marker, and waits a while until it stands.
    ///
    /// - Returns: the marker if it is still pending behind other snapshots: it counts, but is lost if the engine crashes.
    package func markAndConfirm(
        _ kind: MarkerName.Kind, _ subject: String, reason: String = "", until: Instant? = nil, by: String,
        within limit: Duration
    ) async throws(BackupError) -> MarkerName? {
        let marker = try await mark(kind, subject, reason: reason, until: until, by: by)
        return try await confirm(marker, within: limit) ? nil : marker
    }

    /// Deletes markers, unless a snapshot runs: the engine would hold the delete back; they go another time then.
    ///
    /// - Returns: whether they are gone.
    @discardableResult
    func remove(_ markers: [Marker]) async throws(BackupError) -> Bool {
        guard !markers.isEmpty else { return true }
        guard try await runningSnapshots().isEmpty else { return false }
        try await remove(markers.map(\.name.description))
        return true
    }
}

extension BackupRepository {
    /// Keeps a backup from being pruned and deleted.
    ///
    /// - Parameter limit: how long the marker may stay pending before that is told.
    /// - Returns: the marker if it is still pending.
    /// - Throws: `.notFound`, also when the backup went while the marker was written; `.configuration` for an end in the past.
    package func hold(
        _ id: BackupID, reason: String, until: Instant?, by: String, within limit: Duration
    ) async throws(BackupError) -> MarkerName? {
        if let until, until <= clock.now() {
            throw BackupError(.invalidID, "a hold that ends at \(until.rfc3339) would have ended already")
        }
        _ = try await find(id)
        let marker = try await mark(.hold, id.description, reason: reason, until: until, by: by)
        let stands = try await confirm(marker, within: limit)
        do throws(BackupError) {
            try await requireListed(id)
        } catch {
            // Ours alone: what others have written is theirs.
            if error.code == .notFound { try? await removeMarker(marker.description) }
            throw error
        }
        return stands ? nil : marker
    }

    /// Throws `.notFound` for a backup that is gone, however long its hold stands.
    package func requireListed(_ id: BackupID) async throws(BackupError) {
        guard try await listNames().contains(where: { SnapshotName($0.name)?.id == id }) else {
            throw BackupError(.notFound, "the backup \(id) was deleted while its hold was being written")
        }
    }

    /// Undoes all holds of a backup; the markers of both go once nothing runs.
    ///
    /// - Returns: the marker if it is still pending behind other snapshots: it counts all the same.
    /// - Throws: `.notFound` for a backup that nobody holds.
    @discardableResult
    package func release(_ id: BackupID, by: String) async throws(BackupError) -> MarkerName? {
        guard try await markers().hold(of: id) != nil else {
            _ = try await find(id)
            throw BackupError(.notFound, "nobody holds the backup \(id)")
        }
        let pending = try await markAndConfirm(.release, id.description, by: by, within: .seconds(2))
        try await tidySpent()
        return pending
    }

    /// Lets a job take no backups until it is resumed; every host, and every later run, sees it.
    ///
    /// - Returns: the marker if it is still pending.
    package func pauseJob(
        _ job: String, reason: String, by: String, within limit: Duration
    ) async throws(BackupError) -> MarkerName? {
        guard try await markers().pause(of: job) == nil else { return nil }
        return try await markAndConfirm(.pause, job, reason: reason, by: by, within: limit)
    }

    /// Undoes all pauses of a job.
    ///
    /// - Returns: the marker if it is still pending behind other snapshots: it counts all the same.
    @discardableResult
    package func resumeJob(_ job: String, by: String) async throws(BackupError) -> MarkerName? {
        guard try await markers().pause(of: job) != nil else { return nil }
        let pending = try await markAndConfirm(.resume, job, by: by, within: .seconds(2))
        try await tidySpent()
        return pending
    }

    private func tidySpent() async throws(BackupError) {
        try await remove(try await markers().spent.filter { !$0.isPending })
    }

    /// Removes markers that have expired by their own names, and those that others have undone.
    package func tidyMarkers() async throws(BackupError) {
        let owner = try await identify().owner
        let listing = try await listNamesTwice()
        guard listing.contains(where: { $0.name.hasPrefix(MarkerName.prefix) }) else { return }
        let standing = await markers(in: listing, of: owner)
        let now = await trustedTime().expiring
        let expired = memory.withState { $0.known.markers(of: owner) }.filter { !$0.counts(at: now) }
        try await remove(expired + orphans(standing, in: listing, now: now) + standing.spent.filter { !$0.isPending })
    }

    /// Markers whose backup has been missing from every listing for a day, and from its cancels no host can catch up any more.
    private func orphans(_ markers: Markers, in listing: [SnapshotEntry], now: Instant?) -> [Marker] {
        let ids = Set(listing.compactMap { SnapshotName($0.name)?.id.description })
        let uptime = clock.uptime()
        let absent = markers.all.filter { marker in
            guard [.hold, .cancel, .failed].contains(marker.kind), !ids.contains(marker.subject) else { return false }
            guard marker.kind == .cancel, let time = BackupID(unchecked: marker.subject).fireTime else { return true }
            return now.map { $0 - time > .longestCatchUp } ?? false
        }
        return memory.withState { state in
            let since = state.absentSince
            state.absentSince = Dictionary(absent.map { ($0.uuid, since[$0.uuid] ?? uptime) }) { $1 }
            return absent.filter { since[$0.uuid].map { uptime - $0 >= .seconds(86_400) } ?? false }
        }
    }

    /// Removes one marker by its name, of whatever form: nothing that only looks like one may stand in the way for ever.
    ///
    /// - Throws: `.notFound`; `.repositoryBusy` while a snapshot of the repository runs.
    package func removeMarker(_ marker: String) async throws(BackupError) {
        guard marker.hasPrefix(MarkerName.prefix), try await entry(marker) != nil else {
            throw BackupError(.notFound, "there is no marker \(marker) in the repository \(name)")
        }
        let running = try await runningSnapshots()
        guard running.isEmpty else {
            throw BackupError(
                .repositoryBusy,
                "\(running.map(\.name).sorted().joined(separator: ", ")) is in progress in the repository \(name): "
                    + "try again once it has ended")
        }
        try await remove([marker])
    }
}

extension Duration {
    /// A year and a day: no configuration lets anybody catch up on what is older.
    static let longestCatchUp = Duration.seconds(367 * 86_400)
}
