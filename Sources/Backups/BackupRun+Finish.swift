internal import ElasticsearchClient
internal import Time
internal import Waiting

extension BackupRun {
    /// From a part 1 that the engine has accepted to a backup that is COMPLETED.
    ///
    /// - Parameters:
    ///   - lastRestore: when one was begun last, as was seen before part 1 was ordered; nil where nobody looked, or there was none.
    ///   - deadline: on the monotonic clock.
    func finish(
        _ first: PartRun, after lastRestore: Instant? = nil, by deadline: Duration
    ) async throws(BackupError) -> Backup {
        let firstPart = try await first.finish(by: deadline)
        var second = first.next()
        if try await !isThere(&second) {
            second = second.ordered(
                from: try await second.untilAnswered(by: deadline) { () throws(BackupError) in
                    try await repository.identify().engine.kind
                })
            // Last, since nothing may be waited for between this and the order.
            let patience = try await verdict(on: [firstPart], by: deadline, first) { () throws(BackupError) in
                try await requireSecondPartFits(first, firstPart, after: lastRestore)
            }
            try await second.start(by: min(deadline, repository.clock.uptime() + patience))
        }
        let secondPart = try await second.finish(by: deadline)
        let left = try await verdict(on: [firstPart, secondPart], by: deadline, second) { () throws(BackupError) in
            try requireInTime([firstPart, secondPart], by: first.metadata)
            try await requireSameVersion(first, secondPart)
            return try await repository.optimize.judge([firstPart, secondPart])
        }
        if !left.isEmpty { second.emit(.leftOut(left)) }
        try await second.untilAnswered(by: deadline) { () throws(BackupError) in
            try await requireNotCancelled(first, second)
        }
        let backup = try await second.untilAnswered(by: deadline) { () throws(BackupError) in
            try await completed(first.name.id, [firstPart.uuid, secondPart.uuid])
        }
        let sized = await withSizes(backup)
        second.emit(.completed(sized))
        return sized
    }

    /// Whether a part 2 has been ordered, whose turn it is first who ordered part 1: another's lists may be others.
    private func isThere(_ second: inout PartRun) async throws(BackupError) -> Bool {
        if try await second.isThere() { return true }
        guard second.metadata.instance != repository.settings.instance else { return false }
        try await repository.pause(.seconds(3), while: "another host may order \(second.name)")
        return try await second.isThere()
    }

    /// Asks for a verdict until there is one; what it dooms is not gone on with, whether or not that can be written down.
    private func verdict<Value>(
        on parts: [Snapshot], by deadline: Duration, _ part: PartRun, _ question: () async throws(BackupError) -> Value
    ) async throws(BackupError) -> Value {
        do throws(BackupError) {
            return try await part.untilAnswered(by: deadline, question)
        } catch {
            if error.code.isDoom { repository.memory.doom(parts.map(\.uuid), error) }
            throw error
        }
    }

    /// Throws `.tooLate` for a backup that ended when its time was over, whoever saw that and when; how much it has is said by the
    /// configuration of the host that ordered it.
    func requireInTime(_ parts: [Snapshot], by metadata: BackupMetadata) throws(BackupError) {
        guard metadata.instance == repository.settings.instance, let start = parts.first?.startTime,
            let end = parts.last?.endTime, end - start > repository.settings.timeout
        else { return }
        throw BackupError(
            .tooLate,
            "\(parts[parts.count - 1].name) ended \(Int((end - start).seconds)) s after the start of the backup",
            setting: "backup.timeout")
    }

    /// Throws why no part 2 may follow a part 1 that has succeeded.
    ///
    /// - Returns: for how long it still may.
    private func requireSecondPartFits(
        _ first: PartRun, _ taken: Snapshot, after lastRestore: Instant?
    ) async throws(BackupError) -> Duration {
        try requireInTime([taken], by: first.metadata)
        try await requireVersion(of: first)
        // Of another host's part 1 only the whole tells whether its lists lack anything.
        if first.metadata.instance == repository.settings.instance { _ = try await repository.optimize.judge([taken]) }
        var patience = repository.settings.takeUpWithin
        if let end = taken.endTime {
            let age = await repository.engineClock.age(since: end) ?? repository.engineClock.now() - end
            guard age <= repository.settings.takeUpWithin else {
                throw BackupError(
                    .firstPartTooOld,
                    "part 1 of the backup \(first.name.id) ended \(Int(age.seconds)) s ago, too long for a part 2 to follow",
                    setting: "backup.takeUpWithin")
            }
            patience = patience - age
        }
        try await requireNoRestore(since: taken, but: lastRestore)
        // Somebody may have deleted it meanwhile, and even taken another: a part 2 without its part 1 would be worth nothing.
        guard try await first.requireSnapshot().uuid == taken.uuid else { throw replaced(first.name.id) }
        return patience
    }

    /// Throws `.restoring` while a restore is under way, and `.firstPartTooOld` if there was one since part 1 was begun: what part 2 would
    /// have does not belong to it.
    ///
    /// - Parameter lastRestore: the one that was seen before part 1 was ordered. A snapshot's start is told by a clock that the engine reads
    ///   every 200 ms (thread_pool.estimated_time_interval), a recovery's at once, so that it may seem to have come since.
    private func requireNoRestore(since taken: Snapshot, but lastRestore: Instant?) async throws(BackupError) {
        let markers = try await repository.markers.current()
        try markers.requireNoRestore(but: restoring)
        guard let start = taken.startTime else { return }
        let recovered = try await repository.optimize.newestRecovery()
        let reported = markers.restored?.date
        guard let restored = [recovered, reported].compactMap({ $0 }).max(), restored >= start, restored != lastRestore
        else { return }
        throw BackupError(
            .firstPartTooOld,
            "a restore has come between part 1 of the backup, begun at \(start.rfc3339), and its part 2: only a new backup will do"
        )
    }

    /// Throws `.contentMismatch` for an upgrade that ended while part 2 was taken; who comes later sees the version of later.
    private func requireSameVersion(_ first: PartRun, _ last: Snapshot) async throws(BackupError) {
        guard let end = last.endTime, repository.engineClock.now() - end < .seconds(60) else { return }
        do throws(BackupError) {
            try await requireVersion(of: first)
        } catch {
            // What tells no version tells of no upgrade that has ended.
            if error.code != .versionUnknown { throw error }
        }
    }

    private func requireVersion(of first: PartRun) async throws(BackupError) {
        let version: String
        do throws(BackupError) {
            version = try await repository.optimize.toldVersion()
        } catch {
            // Then the configured one has named it, and stays as it is.
            if repository.settings.optimizeVersion != nil, error.code != .engineUnreachable, error.code != .cancelled {
                return
            }
            throw error
        }
        guard version == first.name.version else {
            throw BackupError(
                .contentMismatch,
                "Optimize changed from version \(first.name.version) to \(version) during the backup "
                    + "\(first.name.id), whose parts do not fit each other: only a new backup will do")
        }
    }

    /// A cancel that came while part 2 was on its way counts: then both parts go.
    private func requireNotCancelled(_ first: PartRun, _ second: PartRun) async throws(BackupError) {
        do throws(BackupError) {
            try await repository.markers.requireNotCancelled(first.name.id, first.metadata.due)
        } catch {
            if error.code == .fireTimeCancelled, (try? await repository.listing.runningSnapshots().isEmpty) == true {
                try? await repository.removal.remove([first.name.description, second.name.description])
            }
            throw error
        }
    }

    /// The backup as the repository shows it, once both of its parts have succeeded.
    private func completed(_ id: BackupID, _ uuids: [SnapshotUUID]) async throws(BackupError) -> Backup {
        let backup = try await repository.backups.find(id)
        guard Set(backup.parts.map(\.uuid)).isSuperset(of: uuids) else {
            throw replaced(id)
        }
        guard backup.state == .completed else {
            throw BackupError(
                .snapshotFailed,
                "both parts of the backup \(id) succeeded, yet the repository now calls it "
                    + "\(backup.state.rawValue)\(backup.failureReason.map { ": \($0)" } ?? "")")
        }
        return backup
    }

    private func replaced(_ id: BackupID) -> BackupError {
        BackupError(
            .snapshotLost, "a part of the backup \(id) was deleted while it was taken, and another has its name now")
    }

    /// The same with its sizes, which are only shown: an engine that does not tell them soon is not waited for.
    func withSizes(_ backup: Backup) async -> Backup {
        let backups = repository.attended.backups
        return await repository.clock.value(within: .seconds(10)) { try? await backups.withSizes(backup) } ?? backup
    }
}
