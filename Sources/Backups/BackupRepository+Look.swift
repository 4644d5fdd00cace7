internal import ElasticsearchClient
internal import Time

extension BackupRepository {
    /// This Optimize's backups, newest first, and those without a time last.
    ///
    /// A backup that another program made carries no mark of its Optimize and is listed too.
    package func list() async throws(BackupError) -> [Backup] {
        try await survey().backups
    }

    /// The backups, with their holds, and the markers.
    package func survey() async throws(BackupError) -> (backups: [Backup], markers: [Marker]) {
        let owner = try await identify().owner
        let now = clock.now()
        let markers = try await markers(of: owner).filter { $0.counts(at: now) }
        let found = try await snapshots(matching: SnapshotName.pattern)
        return (backups(in: found, of: owner).map { $0.with(holds: markers) }, markers)
    }

    /// One backup of this Optimize.
    ///
    /// - Throws: `.notFound`.
    package func find(_ id: BackupID) async throws(BackupError) -> Backup {
        let owner = try await identify().owner
        let found = try await snapshots(matching: SnapshotName.pattern(of: id))
        guard let backup = backups(in: found, of: owner).first(where: { $0.id == id }) else {
            throw BackupError(.notFound, "there is no backup \(id) in the repository \(name)")
        }
        let now = clock.now()
        return backup.with(holds: try await markers(of: owner).filter { $0.counts(at: now) })
    }

    /// One backup with its sizes, and its progress while it runs.
    package func inspect(_ id: BackupID) async throws(BackupError) -> Backup {
        var backup = try await find(id)
        var size = Backup.Size(total: 0, incremental: 0)
        var fractions = 0.0
        for part in backup.countingParts {
            let progress = try await attempt("asking for the size of \(part.name)") { () throws(EngineError) in
                try await client.progress(of: part.snapshot.name, in: name)
            }
            guard let progress else { continue }
            size.total += progress.totalBytes
            size.incremental += progress.incrementalBytes
            fractions += part.snapshot.state == .success ? 1 : progress.fraction
        }
        backup.size = size
        if backup.state == .inProgress { backup.progress = min(fractions / 2, 1) }
        return backup
    }

    /// Lets every node of the engine write to the repository and read it back; returns how many did.
    ///
    /// - Throws: `.configuration` when it is not registered, or read-only.
    package func verify() async throws(BackupError) -> Int {
        try await requireWritableRepository()
        return try await attempt("verifying the repository \(name)") { () throws(EngineError) in
            try await client.verifyRepository(name)
        }
    }

    /// All snapshots that a pattern finds, other people's included.
    func snapshots(matching pattern: String) async throws(BackupError) -> [Snapshot] {
        try await attempt("listing the snapshots of the repository \(name)") { () throws(EngineError) in
            try await client.snapshots(in: name, matching: pattern)
        }
    }

    /// Groups snapshots into backups, leaving out what belongs to another Optimize.
    func backups(in snapshots: [Snapshot], of owner: BackupOwner) -> [Backup] {
        let parts = snapshots.compactMap(Part.init).filter { $0.metadata.map { $0.owner == owner } ?? true }
        let now = clock.now()
        return Dictionary(grouping: parts, by: \.name.id)
            .map { Backup(id: $0, parts: $1, now: now, takeUpWithin: settings.takeUpWithin) }
            .sorted { ($0.time ?? .distantPast, $0.id.description) > ($1.time ?? .distantPast, $1.id.description) }
    }
}

extension Instant {
    fileprivate static var distantPast: Instant { Instant(microsecondsSinceEpoch: .min) }
}
