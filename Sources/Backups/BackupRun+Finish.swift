internal import ElasticsearchClient
internal import Time
internal import Waiting

extension BackupRun {
    /// From a part 1 that the engine has accepted to a backup that is COMPLETED.
    ///
    /// - Parameter deadline: on the monotonic clock.
    func finish(_ first: PartRun, by deadline: Duration) async throws(BackupError) -> Backup {
        let firstPart = try await first.finish(by: deadline)
        var second = first.next()
        if try await !second.isThere() {
            try await second.untilAnswered(by: deadline) { () throws(BackupError) in
                try await requireSecondPartFits(first, firstPart)
            }
            try await second.start(by: deadline)
        }
        let secondPart = try await second.finish(by: deadline, since: firstPart.startTime)
        try await second.untilAnswered(by: deadline) { () throws(BackupError) in
            try await requireSameVersion(first, secondPart)
            try await requireNotCancelled(first, second)
        }
        let backup = try await second.untilAnswered(by: deadline) { () throws(BackupError) in
            try await completed(first.name.id, [firstPart.uuid, secondPart.uuid])
        }
        let sized = await withSizes(backup)
        observe(BackupEvent(id: backup.id, .completed(sized)))
        return sized
    }

    /// Throws why no part 2 may follow a part 1 that has succeeded.
    private func requireSecondPartFits(_ first: PartRun, _ taken: Snapshot) async throws(BackupError) {
        try await requireVersion(of: first)
        if let end = taken.endTime {
            let age = await repository.engineClock.age(since: end) ?? repository.engineClock.now() - end
            guard age <= repository.settings.takeUpWithin else {
                throw BackupError(
                    .firstPartTooOld,
                    "part 1 of the backup \(first.name.id) ended \(Int(age.seconds)) s ago, too long for a part 2 to follow",
                    setting: "backup.takeUpWithin")
            }
        }
        // Somebody may have deleted it meanwhile: a part 2 without its part 1 would be worth nothing.
        _ = try await first.requireSnapshot()
    }

    /// Throws `.contentMismatch` for an upgrade that ended while part 2 was taken; who comes later sees the version of later.
    private func requireSameVersion(_ first: PartRun, _ last: Snapshot) async throws(BackupError) {
        guard let end = last.endTime, repository.engineClock.now() - end < .seconds(60) else { return }
        try await requireVersion(of: first)
    }

    private func requireVersion(of first: PartRun) async throws(BackupError) {
        let version = try await repository.optimize.version()
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
    private func completed(_ id: BackupID, _ uuids: [String]) async throws(BackupError) -> Backup {
        let backup = try await repository.backups.find(id)
        guard Set(backup.parts.map(\.snapshot.uuid)).isSuperset(of: uuids) else {
            throw BackupError(
                .snapshotLost, "a part of the backup \(id) was deleted while it was taken, and another has its name now"
            )
        }
        guard backup.state == .completed else {
            throw BackupError(
                .snapshotFailed,
                "both parts of the backup \(id) succeeded, yet the repository now calls it "
                    + "\(backup.state.rawValue)\(backup.failureReason.map { ": \($0)" } ?? "")")
        }
        return backup
    }

    /// The same with its sizes, which are only shown: an engine that does not tell them soon is not waited for.
    func withSizes(_ backup: Backup) async -> Backup {
        let backups = repository.attended.backups
        return await repository.clock.value(within: .seconds(10)) { try? await backups.withSizes(backup) } ?? backup
    }
}
