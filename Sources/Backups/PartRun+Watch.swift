internal import ElasticsearchClient
internal import Time

extension PartRun {
    /// Waits until the snapshot has ended in SUCCESS with exactly the indices that were asked for.
    ///
    /// - Parameter deadline: on the monotonic clock; once it has passed, the unfinished snapshot is deleted.
    /// - Returns: what was taken.
    @discardableResult
    func finish(by deadline: Duration) async throws(BackupError) -> Snapshot {
        let snapshot = try await ended(by: deadline)
        guard snapshot.state == .success else {
            throw BackupError(
                snapshot.state == .partial ? .snapshotPartial : .snapshotFailed,
                "\(name) ended as \(snapshot.state.name): "
                    + (snapshot.failures.isEmpty
                        ? "the engine gives no reason" : snapshot.failures.joined(separator: "; ")))
        }
        let taken = snapshot.indices.sorted()
        guard sent.isEmpty || sent.contains(taken) else {
            let asked = sent.last ?? []
            throw BackupError(
                .contentMismatch,
                "\(name) does not contain what was asked for: "
                    + difference("missing", Set(asked).subtracting(taken))
                    + difference("unasked", Set(taken).subtracting(asked)))
        }
        emit(.partCompleted(part: part, snapshot: snapshot))
        return snapshot
    }

    /// The snapshot, which the engine has accepted.
    ///
    /// - Throws: `.storageFailed` or `.snapshotLost` when it is gone.
    func requireSnapshot() async throws(BackupError) -> SnapshotEntry {
        guard let found = try await entry() else { throw await repository.storage.lost(name.description) }
        return found
    }

    /// Polls until it has ended.
    ///
    /// Whatever the engine answers meanwhile, only that it is gone, or can't be read, ends the watch early.
    private func ended(by deadline: Duration) async throws(BackupError) -> Snapshot {
        let start = repository.clock.uptime()
        var lastProgress = start
        var told: String?
        while true {
            var trouble: BackupError?
            do throws(BackupError) {
                if let snapshot = try await endedSnapshot() { return snapshot }
            } catch {
                if [.cancelled, .snapshotLost, .storageFailed, .unreadable].contains(error.code) { throw error }
                trouble = error
                if told != error.message { emit(.unknown(part: part, error)) }
                told = error.message
            }
            let now = repository.clock.uptime()
            guard now < deadline else { throw await abandoned(trouble) }
            if trouble == nil, now - lastProgress >= .seconds(1) {
                lastProgress = now
                await emitProgress()
            }
            let interval = PollInterval.after(now - start)
            try await repository.pause(
                min(trouble == nil ? interval : max(interval, .seconds(1)), deadline - now),
                while: "\(name) was running")
        }
    }

    /// The snapshot once it has ended; nil while it runs.
    private func endedSnapshot() async throws(BackupError) -> Snapshot? {
        guard try await requireSnapshot().state != .inProgress else { return nil }
        guard let snapshot = try await details() else { throw await repository.storage.lost(name.description) }
        return snapshot.state == .inProgress ? nil : snapshot
    }

    /// What is only shown decides nothing.
    private func emitProgress() async {
        guard let progress = try? await client.progress(of: name.description, in: repository.name) else { return }
        emit(.partProgress(part: part, fraction: progress.fraction))
    }

    /// Deletes the unfinished snapshot, and says so in the error; it is too late whatever becomes of that.
    ///
    /// - Parameter trouble: why nobody can tell whether it still runs.
    private func abandoned(_ trouble: BackupError?) async -> BackupError {
        let words = "\(name) was unfinished after \(repository.settings.timeout)"
        if let trouble {
            let message = "\(words), as far as can be told: \(trouble.message)"
            return BackupError(trouble.code, message, setting: trouble.setting, cause: trouble.cause)
        }
        do throws(BackupError) {
            try await repository.removal.remove([name.description])
        } catch {
            return BackupError(.tooLate, "\(words), and can't be deleted: \(error)", setting: "backup.timeout")
        }
        return BackupError(.tooLate, "\(words) and has been deleted", setting: "backup.timeout")
    }
}

private func difference(_ word: String, _ names: Set<String>) -> String {
    names.isEmpty ? "" : "\(word) \(names.sorted().joined(separator: ", ")). "
}
