internal import ElasticsearchClient
internal import Time

extension BackupRepository {
    /// Takes a backup: part 1, and once that is SUCCESS part 2, then compares what was taken with what was asked.
    ///
    /// It never deletes anything but its own unfinished snapshot when `timeout` has passed. A cancelled task leaves the
    /// engine to finish the snapshot that it has begun.
    ///
    /// - Throws: `.idTaken`, `.repositoryBusy` while another backup of this Optimize runs, and any other code.
    package func create(_ order: BackupOrder, observe: @escaping BackupObserver) async throws(BackupError) -> Backup {
        let (engine, owner) = try await identify()
        try await requireWritableRepository()
        let markers = await markers(in: try await listNamesTwice(), of: owner)
        try requireNoRestore(markers)
        var due = order.due
        if let time = due?.time {
            try requireNotCancelled(time, markers)
            let attempts = try await attempts(dueAt: time, of: owner)
            if let other = attempts.best { return try await takeUp(other, observe: observe) }
            // Attempts that have left nothing count as well, as far as whoever orders knows of them.
            due?.attempt = max(
                order.due?.attempt ?? 1, 1 + (attempts.compactMap { $0.metadata?.due?.attempt }.max() ?? 0))
        }
        let version = try await optimizeVersion()
        let id = try await freeID(order.identity, markers)
        try requireFits(SnapshotName(id: id, version: version, part: 1))
        // Another instance may have begun this very backup since the look.
        if let due, id != BackupID(fireTime: due.time), let other = try await attempts(dueAt: due.time, of: owner).best
        {
            return try await takeUp(other, observe: observe)
        }
        let metadata = BackupMetadata(
            createdBy: settings.createdBy, instance: settings.instance, owner: owner, due: due)
        var first = PartRun(
            repository: self, metadata: metadata, distribution: engine.distribution,
            name: SnapshotName(id: id, version: version, part: 1), observe: observe)
        var hasBegun = false
        do throws(BackupError) {
            let patience = order.waitsForOthers ? settings.waitForOthers : .zero
            try await waitForOthers(of: owner, atMost: patience) { observe(BackupEvent(id: id, $0)) }
            try await start(&first, as: order.identity, markers)
            hasBegun = true
            return try await finish(first, by: clock.uptime() + settings.timeout)
        } catch {
            throw await ended(first, error, hasBegun: hasBegun)
        }
    }

    /// Orders part 1, under the next free id when somebody else took ours between the look and the order.
    private func start(
        _ first: inout PartRun, as identity: BackupOrder.Identity, _ markers: Markers
    ) async throws(BackupError) {
        let limit = clock.uptime() + max(settings.waitForOthers, client.settings.patience)
        var tries = 0
        while true {
            do throws(BackupError) {
                return try await first.start(by: limit)
            } catch {
                tries += 1
                guard error.code == .idTaken, tries < 100, case .firstFree = identity,
                    let second = first.name.id.fireTime
                else { throw error }
                first = first.renamed(try await freeID(.firstFree(from: second + .seconds(1)), markers))
            }
        }
    }

    /// From a part 1 that the engine has accepted to a backup that is COMPLETED.
    ///
    /// - Parameter deadline: on the monotonic clock.
    func finish(_ first: PartRun, by deadline: Duration) async throws(BackupError) -> Backup {
        let firstPart = try await first.finish(by: deadline)
        var second = first.next()
        if try await !second.isThere() {
            try await requireSecondPartFits(first, firstPart)
            try await second.start(by: deadline)
        }
        let secondPart = try await second.finish(by: deadline)
        try await requireNotCancelled(first, second)
        return try await completed(first.name.id, [firstPart.uuid, secondPart.uuid], first.observe)
    }

    /// Throws why no part 2 may follow a part 1 that has succeeded.
    private func requireSecondPartFits(_ first: PartRun, _ taken: Snapshot) async throws(BackupError) {
        let version = try await optimizeVersion()
        guard version == first.name.version else {
            throw BackupError(
                .contentMismatch,
                "Optimize changed from version \(first.name.version) to \(version) during the backup "
                    + "\(first.name.id), whose part 2 would not fit its part 1: take a new backup")
        }
        if let end = taken.endTime, let age = await age(since: end), age > settings.takeUpWithin {
            throw BackupError(
                .tooLate,
                "part 1 of the backup \(first.name.id) ended \(age.seconds) s ago, too long for a part 2 to follow",
                setting: "backup.takeUpWithin")
        }
        // Somebody may have deleted it meanwhile: a part 2 without its part 1 would be worth nothing.
        _ = try await first.requireSnapshot()
    }

    /// A cancel that came while part 2 was on its way counts: then both parts go.
    private func requireNotCancelled(_ first: PartRun, _ second: PartRun) async throws(BackupError) {
        do throws(BackupError) {
            try await requireNotCancelled(first.name.id, first.metadata.due)
        } catch {
            if error.code == .fireTimeCancelled, (try? await runningSnapshots().isEmpty) == true {
                try? await remove([first.name.description, second.name.description])
            }
            throw error
        }
    }

    private func completed(
        _ id: BackupID, _ uuids: [String], _ observe: BackupObserver
    ) async throws(BackupError) -> Backup {
        let backup = try await inspect(id)
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
        observe(BackupEvent(id: id, .completed(backup)))
        return backup
    }

    func requireWritableRepository() async throws(BackupError) {
        let repository = try await attempt("looking up the repository \(name)") { () throws(EngineError) in
            try await client.repository(name)
        }
        guard !repository.isReadOnly else {
            throw BackupError(
                .configuration, "the repository \(name) is registered read-only", setting: "backup.repositoryName")
        }
    }

    /// Optimize's version: configured, or as its `metadata` index tells.
    package func optimizeVersion() async throws(BackupError) -> String {
        if let version = settings.optimizeVersion { return version.lowercased() }
        let index = "\(settings.indexPrefix)-metadata"
        let values = try await attempt("reading Optimize's version from \(index)") { () throws(EngineError) in
            try await client.values(of: "schemaVersion", in: index)
        }
        guard values.count < 2 else {
            throw BackupError(
                .configuration,
                "the documents of the index \(index) tell several versions of Optimize: "
                    + "\(values.sorted().joined(separator: ", ")); set backup.optimizeVersion",
                setting: "backup.optimizeVersion")
        }
        let value = values.first
        guard let value, isVersion(value) else {
            throw BackupError(
                .configuration,
                "Optimize's version can't be read from the index \(index): "
                    + (value.map { "'\($0)' is no version" } ?? "there is no such index, document or field")
                    + "; set backup.optimizeVersion, or correct backup.indexPrefix", setting: "backup.optimizeVersion")
        }
        return value.lowercased()
    }

    /// The id to use; whoever's snapshots carry an id, it is taken.
    ///
    /// - Throws: `.idTaken`, also while a cancel of that very order stands.
    private func freeID(_ identity: BackupOrder.Identity, _ markers: Markers) async throws(BackupError) -> BackupID {
        switch identity {
        case .exactly(let id):
            if let cancel = markers.cancel(of: id) {
                throw BackupError(
                    .idTaken,
                    "a backup with id \(id) was cancelled\(cancel.byAndReason), and none can be ordered under it while that "
                        + "stands: take another id, or lift it with 'optimize-backup markers remove \(cancel.name)'")
            }
            let found = try await listNames().map(\.name).filter { SnapshotName($0)?.id == id }.sorted()
            guard found.isEmpty else {
                throw BackupError(.idTaken, "a backup with id \(id) already exists: \(found.joined(separator: ", "))")
            }
            return id
        case .firstFree(let instant):
            let taken = Set(try await listNames().compactMap { SnapshotName($0.name)?.id })
            var second = instant
            func isFree(_ id: BackupID) -> Bool { !taken.contains(id) && markers.cancel(of: id) == nil }
            while !isFree(BackupID(fireTime: second)) { second = second + .seconds(1) }
            return BackupID(fireTime: second)
        }
    }

    /// Throws `.invalidID` for an id whose snapshots, or markers, could be made and then never be named again: the engine takes
    /// request lines of up to 4096 bytes, and other than ASCII letters count threefold for each byte.
    private func requireFits(_ part: SnapshotName) throws(BackupError) {
        let marker = "optimize-backup_release_\(part.id)_0123456789abcdef_0123456789_0123456789"
        let path = max(pathComponent(part.description).utf8.count, pathComponent(marker).utf8.count)
        // What stands around the name in the longest request: method, path, query and protocol.
        let line = path + pathComponent(name).utf8.count + 160
        guard line <= 4_096 else {
            throw BackupError(
                .invalidID,
                "the backup id is too long by \(line - 4_096) bytes: percent-encoded, and together with the repository's name, "
                    + "it must fit into a request's line of 4096 bytes")
        }
    }
}

/// Whether a text can stand as the version in a snapshot's name.
private func isVersion(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 64
        && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".+-".contains($0)) }
}
