internal import ElasticsearchClient

extension RepositoryBackups {
    /// One backup with its sizes, and its progress while it runs, as far as the engine tells them.
    package func inspect(_ id: BackupID, in reach: Reach = .ours) async throws(BackupError) -> Backup {
        try await withProgress(try await find(id, in: reach))
    }

    /// The same of a backup that has been found.
    package func withProgress(_ backup: Backup) async throws(BackupError) -> Backup {
        var backup = backup
        var fractions = 0.0
        for (index, part) in backup.parts.enumerated() where !part.isUnreadable {
            if part.size != nil, part.state != .inProgress {
                fractions += 1
                continue
            }
            guard let progress = try await progress(of: part) else { continue }
            fractions += part.state == .success ? 1 : progress.fraction
            backup.record(size(progress, of: part), at: index)
        }
        if backup.state == .inProgress { backup.progress = min(fractions / 2, 1) }
        return backup
    }

    /// A good backup with its sizes, remembered from its end or asked for, as far as the engine tells them.
    package func withSizes(_ backup: Backup) async throws(BackupError) -> Backup {
        var backup = backup
        for (index, part) in backup.parts.enumerated() where part.size == nil {
            // Somebody may have asked since that backup was looked at.
            if let size = repository.memory.withState({ $0.known.size(of: part.uuid) }) {
                backup.record(size, at: index)
                continue
            }
            guard let progress = try await progress(of: part) else { continue }
            backup.record(size(progress, of: part), at: index)
        }
        return backup
    }

    /// What is only shown decides nothing: an engine that refuses it is believed to have none.
    private func progress(of part: Part) async throws(BackupError) -> SnapshotProgress? {
        do {
            return try await repository.client.progress(of: part.name.description, in: repository.name)
        } catch {
            guard error.code != .cancelled else { throw BackupError("asking for the size of \(part.name)", error) }
            return nil
        }
    }

    /// Nil for one that tells nothing, as shallow snapshots do; what an ended part tells is remembered.
    func size(_ progress: SnapshotProgress, of part: Part) -> Backup.Size? {
        guard progress.totalBytes > 0 else { return nil }
        let size = Backup.Size(total: progress.totalBytes, incremental: progress.incrementalBytes)
        if part.state == .success {
            repository.memory.withState { $0.known.record(size: size, of: part.uuid) }
        }
        return size
    }
}
