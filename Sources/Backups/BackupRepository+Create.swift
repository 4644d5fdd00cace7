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
        var due = order.due
        if let time = due?.time {
            let attempts = try await attempts(dueAt: time, of: owner)
            if let other = attempts.best { return try await takeUp(other, observe: observe) }
            try await requireNotCancelled(time, owner)
            due?.attempt = 1 + (attempts.compactMap { $0.metadata?.due?.attempt }.max() ?? 0)
        }
        let version = try await optimizeVersion()
        let id = try await freeID(order.identity)
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
        do throws(BackupError) {
            try await waitForOthers(of: owner) { observe(BackupEvent(id: id, $0)) }
            try await start(&first, as: order.identity)
            return try await finish(first, by: clock.uptime() + settings.timeout)
        } catch {
            let error = error.code == .cancelled ? first.cancelled : error
            observe(BackupEvent(id: first.name.id, .failed(error)))
            throw error
        }
    }

    /// Orders part 1, under the next free id when somebody else took ours between the look and the order.
    private func start(_ first: inout PartRun, as identity: BackupOrder.Identity) async throws(BackupError) {
        while true {
            do throws(BackupError) {
                return try await first.start()
            } catch {
                guard error.code == .idTaken, case .firstFree = identity, let second = first.name.id.fireTime else {
                    throw error
                }
                first = first.renamed(try await freeID(.firstFree(from: second + .seconds(1))))
            }
        }
    }

    /// From a part 1 that the engine has accepted to a backup that is COMPLETED.
    ///
    /// - Parameter deadline: on the monotonic clock.
    func finish(_ first: PartRun, by deadline: Duration) async throws(BackupError) -> Backup {
        try await first.finish(by: deadline)
        let version = try await optimizeVersion()
        guard version == first.name.version else {
            throw BackupError(
                .contentMismatch,
                "Optimize changed from version \(first.name.version) to \(version) during the backup "
                    + "\(first.name.id), whose part 2 would not fit its part 1: take a new backup")
        }
        var second = first.next()
        // Somebody may have cancelled the backup meanwhile: a part 2 without its part 1 would be worth nothing.
        _ = try await first.requireSnapshot()
        try await second.start()
        try await second.finish(by: deadline)
        return try await completed(first.name.id, first.observe)
    }

    private func completed(_ id: BackupID, _ observe: BackupObserver) async throws(BackupError) -> Backup {
        let backup = try await inspect(id)
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
        let value = try await attempt("reading Optimize's version from \(index)") { () throws(EngineError) in
            try await client.firstValue(of: "schemaVersion", in: index)
        }
        guard let value, isVersion(value) else {
            throw BackupError(
                .configuration,
                "Optimize's version can't be read from the index \(index): "
                    + (value.map { "'\($0)' is no version" } ?? "there is no such index, document or field")
                    + "; set backup.optimizeVersion, or correct backup.indexPrefix", setting: "backup.optimizeVersion")
        }
        return value.lowercased()
    }

    /// The indices as they are now, sorted into parts; neither part is empty.
    package func selectIndices() async throws(BackupError) -> IndexSelection {
        let pattern = "\(settings.indexPrefix)-*"
        let names = try await attempt("looking up the indices \(pattern)") { () throws(EngineError) in
            try await client.indices(matching: pattern)
        }
        let selection = IndexSelection(
            of: names, prefix: settings.indexPrefix, firstPartBases: settings.firstPartIndices)
        if selection.firstPart.isEmpty || selection.secondPart.isEmpty {
            let missing = selection.firstPart.isEmpty ? "import indices for part 1" : "indices for part 2"
            throw BackupError(
                .noIndices, "no \(missing) among the \(names.count) indices that match \(pattern)",
                setting: selection.firstPart.isEmpty && !selection.secondPart.isEmpty
                    ? "backup.firstPartIndices" : "backup.indexPrefix")
        }
        return selection
    }

    /// The id to use; whoever's snapshots carry an id, it is taken.
    private func freeID(_ identity: BackupOrder.Identity) async throws(BackupError) -> BackupID {
        switch identity {
        case .exactly(let id):
            let found = try await snapshotNames(of: id)
            guard found.isEmpty else {
                throw BackupError(.idTaken, "a backup with id \(id) already exists: \(found.joined(separator: ", "))")
            }
            return id
        case .firstFree(let instant):
            var second = instant
            while true {
                let id = BackupID(fireTime: second)
                if try await snapshotNames(of: id).isEmpty { return id }
                second = second + .seconds(1)
            }
        }
    }

    private func snapshotNames(of id: BackupID) async throws(BackupError) -> [String] {
        let snapshots = try await attempt("looking for the id \(id)") { () throws(EngineError) in
            try await client.snapshots(in: name, matching: SnapshotName.pattern(of: id), details: false)
        }
        return snapshots.map(\.name).filter { SnapshotName($0)?.id == id }.sorted()
    }
}

/// Whether a text can stand as the version in a snapshot's name.
private func isVersion(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 64
        && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".+-".contains($0)) }
}
