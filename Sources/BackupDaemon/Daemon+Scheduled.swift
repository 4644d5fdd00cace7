internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import PrometheusExposition
internal import Scheduling
internal import Time

extension Daemon {
    /// Takes the backup of a fire time, unless something speaks against it when its turn has come.
    func takeBackup(_ jobs: [String], dueAt time: Instant) async {
        await queue.run {}  // its turn comes once what is before it has ended
        guard time <= clock.now() else {
            // The clock was set back while it waited: it has not come yet, and will come again.
            for job in jobs { started[job]?.remove(time) }
            return
        }
        let overtaken = jobs.filter { job in lastDue[job].map { $0 != time } ?? false }
        skip(overtaken, at: time, "it was overtaken by the next fire time while another backup ran")
        let left = jobs.filter { !overtaken.contains($0) }
        if !left.isEmpty { await runAttempts(left, dueAt: time) }
    }

    /// What markers leave of the jobs of a fire time; what they stop is told and counted.
    ///
    /// - Parameter isBegun: whether an attempt has been made already, which a cancel ends as failed.
    /// - Throws: why nothing is known about markers: then nothing begins.
    private func unstopped(
        _ jobs: [String], dueAt time: Instant, isBegun: Bool
    ) async throws(BackupError) -> [String] {
        let markers = try await repository.markers()
        if let restore = markers.restore {
            skip(jobs, at: time, "a restore is under way\(restore.byAndReason) (\(restore.name))")
            return []
        }
        if !isBegun, let cancel = markers.cancel(of: time) {
            skip(jobs, at: time, "it was cancelled\(cancel.byAndReason)")
            return []
        }
        return jobs.filter { job in
            guard let pause = markers.pause(of: job) else { return true }
            skip([job], at: time, "the job is paused\(pause.byAndReason)")
            return false
        }
    }

    func skip(_ jobs: [String], at time: Instant, _ reason: String) {
        guard !jobs.isEmpty else { return }
        settle(.skipped, jobs, at: [time])
        for job in jobs {
            log(
                LogEntry(
                    .backupSkipped, .warning, "\(job): no backup for \(time.rfc3339): \(reason)",
                    [.init("BACKUP_JOB", job), .init("DUE_TIME", time.rfc3339)]))
        }
    }

    /// Tries until there is a good backup for the fire time, or waiting can't bring one.
    ///
    /// Each attempt looks at the repository first: what another host has begun, or done, is taken up. Waiting for other operations on
    /// the repository spends none.
    ///
    /// - Parameter isTakenUp: whether it goes on with what has begun already, which no pause stops.
    func runAttempts(_ jobs: [String], dueAt time: Instant, isTakenUp: Bool = false) async {
        trying.insert(time)
        defer { trying.remove(time) }
        let configured = settings.jobs.filter { jobs.contains($0.name) }
        let retry = configured.map(\.retry).max { $0.attempts < $1.attempts }
        let limit = configured.compactMap { $0.nextFireTime(after: time)?.time }.min()
        var backoff = Backoff(initial: retry?.initialDelay ?? .zero, maximum: retry?.maximumDelay ?? .zero)
        var jobs = jobs
        var (attempt, isBegun, hasLostNode) = (1, false, false)
        while true {
            let ending: Ending
            do throws(BackupError) {
                if !isTakenUp { jobs = try await unstopped(jobs, dueAt: time, isBegun: isBegun) }
                guard !jobs.isEmpty else { return }
                let due = due(jobs, at: time, attempt: attempt)
                ending = await operate(jobs) { (repository, observe) throws(BackupError) in
                    try await repository.create(
                        BackupOrder(.firstFree(from: time), due: due, waitsForOthers: true), observe: observe)
                }
            } catch {
                ending = Ending(result: .failure(error), id: nil)
            }
            guard case .failure(let error) = ending.result, error.isCurableByWaiting else {
                return await conclude(ending, jobs, dueAt: time)
            }
            // Asked at once, for a clear end; who gets no answer asks again with the next attempt.
            if case .failure(let cancelled) = await cancellation(dueAt: time) {
                return await conclude(
                    Ending(result: .failure(cancelled), id: ending.id, hasBegun: ending.hasBegun), jobs, dueAt: time)
            }
            let isWaiting = error.code == .repositoryBusy
            // A node that was lost has left its work to others by now.
            let isNodeLost = error.code == .snapshotPartial && !hasLostNode
            guard let retry, isWaiting || attempt < retry.attempts else {
                return await conclude(ending, jobs, dueAt: time)
            }
            let delay = isNodeLost ? .zero : backoff.next(repository.client.random)
            guard limit.map({ clock.now() + delay < $0 }) ?? true else {
                return await conclude(ending, jobs, dueAt: time)
            }
            if isWaiting {
                noteWaiting(error, jobs, dueAt: time, delay: delay)
            } else {
                noteRetry(error, jobs, dueAt: time, attempt: attempt, delay: delay)
            }
            guard (try? await clock.sleep(for: delay)) != nil else { return }
            if !isWaiting { attempt += 1 }
            (isBegun, hasLostNode) = (true, hasLostNode || isNodeLost)
        }
    }

    private func cancellation(dueAt time: Instant) async -> Result<Void, BackupError> {
        do throws(BackupError) {
            try await repository.requireNotCancelled(time)
        } catch {
            if error.code == .fireTimeCancelled { return .failure(error) }
        }
        return .success(())
    }

    private func noteWaiting(_ error: BackupError, _ jobs: [String], dueAt time: Instant, delay: Duration) {
        log(
            LogEntry(
                .backupProgress, .notice,
                "a backup for \(jobs.joined(separator: ", ")): waiting, and asking again in \(Int(delay.seconds.rounded())) s: "
                    + "\(error)",
                [.init("DUE_TIME", time.rfc3339)] + jobs.map { .init("BACKUP_JOB", $0) } + error.fields))
    }

    private func noteRetry(_ error: BackupError, _ jobs: [String], dueAt time: Instant, attempt: Int, delay: Duration) {
        observations.update { state in
            for job in jobs { state.retries.add(1, ["job": job, "reason": error.code.rawValue]) }
        }
        let fields =
            [
                LogEntry.Field("DUE_TIME", time.rfc3339), .init("ATTEMPT", "\(attempt)"),
                .init("ERROR", error.code.rawValue),
            ]
            + jobs.map { .init("BACKUP_JOB", $0) } + error.fields
        log(
            LogEntry(
                .engineTrouble, .warning,
                "a backup for \(jobs.joined(separator: ", ")): attempt \(attempt) failed, trying again in "
                    + "\(Int(delay.seconds.rounded())) s: \(error)", fields))
    }
}
