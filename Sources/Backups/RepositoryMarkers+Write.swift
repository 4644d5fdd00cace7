internal import ElasticsearchClient
package import JSON
package import Time

extension RepositoryMarkers {
    /// Orders a marker, which counts as soon as it is listed; whether it stays there, `confirm` tells.
    ///
    /// - Parameters:
    ///   - subject: a backup's id, or a job's name.
    ///   - owner: whose it is to be; the engine's own Optimize if nil.
    ///   - until: nil for ever.
    ///   - failure: what a failed attempt met, instead of a reason.
    ///   - more: what else it is to say.
    ///   - limit: how long it waits while another operation is in the engine's way; nil for the client's patience.
    /// - Throws: `.invalidID`, too, for a reason that does not fit.
    package func mark(
        _ kind: MarkerName.Kind, _ subject: String, of owner: BackupOwner? = nil, reason: String = "",
        until: Instant? = nil, by: String, failure: BackupError? = nil, more: [String: JSONValue] = [:],
        waitingAtMost limit: Duration? = nil
    ) async throws(BackupError) -> MarkerName {
        let (metadata, engine, owner) = try await metadata(
            owner, reason: reason, until: until, by: by, failure: failure, more: more)
        let time = await engineTime()
        let start = repository.clock.uptime()
        var tries = 0
        while tries < 20 {
            let numbers = try await repository.listing.entries().compactMap { MarkerName($0.name) }
                .filter { $0.subject == subject }.map(\.number)
            let marker = MarkerName(
                kind, subject, owner: owner.hash, expiry: until,
                number: max(time.secondsSinceEpoch, (numbers.max() ?? 0) + 1))
            let order = SnapshotOrder(
                name: marker.description, indices: ["-*"], metadata: metadata.json, engine: engine.kind)
            do {
                try await repository.client.createSnapshot(order, in: repository.name)
                return marker
            } catch {
                let isBusy =
                    error.code == .busy
                    && repository.clock.uptime() - start < limit ?? repository.client.settings.patience
                if !isBusy { tries += 1 }
                // Another may have taken the name; after an unclear answer it may even be ours.
                guard error.code == .nameTaken || isBusy || error.isTransient && error.code != .busy else {
                    throw BackupError("writing the marker \(order.name)", error)
                }
                if error.code != .nameTaken {
                    try await repository.pause(.milliseconds(500), while: "writing \(order.name)")
                }
                if error.mayHaveTakenEffect, try await stands(order) { return marker }
            }
        }
        throw BackupError(.engineFailed, "the marker for \(subject) could not be written in twenty attempts")
    }

    /// Writes a marker of that very name, of which there can be one alone.
    ///
    /// - Parameter time: of the engine's clock; the name is made from it and from `until`.
    /// - Returns: nil if one of that name stands already, whoever wrote it.
    package func claim(
        _ kind: MarkerName.Kind, _ subject: String, at time: Instant, until: Instant, by: String,
        more: [String: JSONValue]
    ) async throws(BackupError) -> MarkerName? {
        let (metadata, engine, owner) = try await metadata(nil, until: until, by: by, more: more)
        let marker = MarkerName(
            kind, subject, owner: owner.hash, expiry: until, number: time.secondsSinceEpoch)
        let order = SnapshotOrder(
            name: marker.description, indices: ["-*"], metadata: metadata.json, engine: engine.kind)
        for _ in 0..<20 {
            guard try await repository.listing.entry(order.name) == nil else {
                return try await stands(order) ? marker : nil
            }
            do {
                try await repository.client.createSnapshot(order, in: repository.name)
                return marker
            } catch {
                guard error.isTransient || error.code == .nameTaken else {
                    throw BackupError("writing the marker \(order.name)", error)
                }
                try await repository.pause(.milliseconds(500), while: "writing \(order.name)")
            }
        }
        throw BackupError(.repositoryBusy, "the marker \(marker) could not be written in twenty attempts")
    }

    /// What a marker says, with who says it.
    private func metadata(
        _ owner: BackupOwner?, reason: String = "", until: Instant?, by: String, failure: BackupError? = nil,
        more: [String: JSONValue]
    ) async throws(BackupError) -> (MarkerMetadata, EngineDescription, BackupOwner) {
        let (engine, own) = try await repository.identify()
        let owner = owner ?? own
        try await repository.storage.requireWritable()
        var members: [String: JSONValue] = [
            "format": .integer(Int64(BackupMetadata.currentFormat)), "cluster": .string(owner.cluster),
            "prefix": .string(owner.prefix), "instance": .string(repository.settings.instance), "by": .string(by),
        ]
        if let failure { members["error"] = .string(failure.code.rawValue) }
        if let until { members["until"] = .string(until.rfc3339) }
        let bare = MarkerMetadata(members.merging(more) { $1 })
        let whole = if let failure { bare.adding(words: "\(failure)") } else { try bare.adding(reason: reason) }
        return (whole, engine, owner)
    }

    /// Whether what was perhaps accepted stands, by our own order or by one that says the same.
    ///
    /// One that is not seen, or can't be read, gets another beside it, which does no harm.
    private func stands(_ order: SnapshotOrder) async throws(BackupError) -> Bool {
        guard try await repository.listing.entry(order.name) != nil else { return false }
        return (try? await repository.client.snapshot(order.name, in: repository.name))?.metadata == order.metadata
    }

    /// Waits until a marker stands: ended, and still listed.
    ///
    /// - Returns: false when it still waits for other snapshots after that time.
    /// - Throws: `.storageFailed` or `.snapshotLost` when it is gone.
    package func confirm(_ marker: MarkerName, within limit: Duration) async throws(BackupError) -> Bool {
        let start = repository.clock.uptime()
        while true {
            guard let entry = try await repository.listing.entry(marker.description) else {
                throw await repository.storage.lost(marker.description)
            }
            if entry.state == .success { return true }
            guard entry.state == .inProgress else {
                throw BackupError(.snapshotFailed, "the marker \(marker) ended as \(entry.state.name)")
            }
            let elapsed = repository.clock.uptime() - start
            guard elapsed < limit else { return false }
            try await repository.pause(PollInterval.after(elapsed), while: "waiting until \(marker) stands")
        }
    }

    /// The engine's clock, or the host's where that can't be read.
    private func engineTime() async -> Instant {
        _ = await repository.engineClock.trustedTime()
        return repository.engineClock.now()
    }

    /// Writes a marker, and waits a while until it stands.
    ///
    /// - Returns: the marker if it is still pending behind other snapshots: it counts, but is lost if the engine crashes.
    package func markAndConfirm(
        _ kind: MarkerName.Kind, _ subject: String, of owner: BackupOwner? = nil, reason: String = "",
        until: Instant? = nil, by: String, within limit: Duration
    ) async throws(BackupError) -> MarkerName? {
        let marker = try await mark(kind, subject, of: owner, reason: reason, until: until, by: by)
        return try await confirm(marker, within: limit) ? nil : marker
    }

    /// Writes down that an attempt has failed for good, where its snapshots alone would let it seem in progress.
    ///
    /// While one of them runs, or all have succeeded, only a verdict counts: else somebody may bring it to a good end. Without an answer
    /// nothing is written: then whoever sees the attempt may go on with it.
    package func recordFailed(_ id: BackupID, _ error: BackupError) async {
        do throws(BackupError) {
            let (backup, markers, _) = try await repository.backups.survey(id)
            // One that can't be read may say the same.
            if let marker = markers.failed(backup), marker.failure?.isVerdict ?? true { return }
            let isOpen = backup.state == .inProgress && !backup.isRunning
            let isGood = [.inProgress, .completed].contains(backup.state)
            guard isOpen || isGood && error.code.isVerdict else { return }
            let marker = try await mark(
                .failed, id.description, by: repository.settings.instance, failure: error)
            _ = try await confirm(marker, within: .seconds(2))
        } catch {
            // What can't be written down is told all the same.
        }
    }
}
