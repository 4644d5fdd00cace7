internal import ElasticsearchClient
internal import Time
internal import Waiting

extension PartRun {
    /// Waits until the snapshot has ended in SUCCESS.
    ///
    /// - Parameter deadline: on the monotonic clock; once it has passed, the unfinished snapshot is deleted.
    /// - Returns: what was taken.
    func finish(by deadline: Duration) async throws(BackupError) -> Snapshot {
        let snapshot = try await ended(by: deadline)
        guard snapshot.state == .success else {
            throw BackupError(
                snapshot.state == .partial ? .snapshotPartial : .snapshotFailed,
                "\(name) ended as \(snapshot.state.name): "
                    + (snapshot.failures.isEmpty
                        ? "the engine gives no reason" : snapshot.failures.joined(separator: "; ")))
        }
        emit(.partCompleted(part: part, snapshot: snapshot))
        return snapshot
    }

    /// Asks what decides over the backup until there is an answer: an engine that is away for a while fails nothing.
    func untilAnswered<Value>(
        by deadline: Duration, _ question: () async throws(BackupError) -> Value
    ) async throws(BackupError) -> Value {
        var told: String?
        while true {
            do throws(BackupError) {
                return try await question()
            } catch {
                guard [.engineUnreachable, .repositoryBusy].contains(error.code), error.isCurableByWaiting,
                    repository.clock.uptime() < deadline
                else { throw error }
                if told != error.message { emit(.unknown(part: part, error)) }
                told = error.message
            }
            try await repository.pause(.seconds(2), while: "asking how \(name) is")
        }
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

    /// What is only shown decides nothing, and is not waited for.
    private func emitProgress() async {
        let (client, name, target) = (client.attended, name.description, repository.name)
        let progress = await repository.clock.value(within: .seconds(5)) {
            try? await client.progress(of: name, in: target)
        }
        if let progress { emit(.partProgress(part: part, fraction: progress.fraction)) }
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
