internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import Scheduling
internal import Time

extension Scheduler {
    /// Takes the backup of a fire time, unless something speaks against it when its turn has come.
    ///
    /// - Parameter attempts: how many an earlier run has made.
    func takeBackup(_ jobs: [String], dueAt time: Instant, after attempts: Int) async {
        await operations.queue.run {}  // its turn comes once what is before it has ended
        let jobs = remaining(of: jobs, at: time)
        if !jobs.isEmpty { await takeBackup(jobs, dueAt: time, goingOnFrom: nil, after: attempts) }
    }

    /// Tries until each of the jobs has a good backup for the fire time, or waiting can't bring one.
    ///
    /// Each attempt looks at the repository first: what another host has begun, or done, for one of them is taken up; for those that it
    /// does not name another is taken, since the metadata of a snapshot can't be changed. Waiting for other operations on the
    /// repository spends no attempt.
    ///
    /// - Parameter origin: who had begun what it goes on with, which no pause stops; nil for a new one.
    func takeBackup(
        _ jobs: [String], dueAt time: Instant, goingOnFrom origin: Requester?, after attempts: Int = 0
    ) async {
        trying.insert(time)
        defer { trying.remove(time) }
        var pursuit = Pursuit(settings.jobs.filter { jobs.contains($0.name) }, dueAt: time, after: attempts)
        var (jobs, origin) = (jobs, origin)
        while true {
            let requester = origin ?? .schedule
            let ending: Operations.Ending
            do throws(BackupError) {
                if origin == nil { jobs = try await unstopped(jobs, dueAt: time, isBegun: pursuit.hasFailed) }
                guard !jobs.isEmpty else { return }
                let due = settings.due(jobs, at: time, attempt: pursuit.attempt)
                let end = origin == nil ? pursuit.end(of: jobs) : nil
                ending = await takeOnce(jobs, due, beginningBefore: end, by: requester)
            } catch {
                ending = .init(result: .failure(error), id: nil)
            }
            switch ending.result {
            case .success(let backup):
                await conclude(ending, jobs.filter(backup.isFor), dueAt: time, by: requester)
                jobs.removeAll(where: backup.isFor)
                if jobs.isEmpty { return }
            case .failure(let error):
                // Asked at once, for a clear end; who gets no answer asks again with the next attempt.
                if error.isCurableByWaiting, let cancelled = await cancellation(dueAt: time) {
                    let ending = Operations.Ending(
                        result: .failure(cancelled), id: ending.id, hasBegun: ending.hasBegun)
                    return await conclude(ending, jobs, dueAt: time, pursuit, by: requester)
                }
                let next = pursuit.next(after: error, repository.client.random)
                guard let delay = next.delay else {
                    return await conclude(ending, jobs, dueAt: time, pursuit, by: requester)
                }
                let over = pursuit.over(jobs, by: clock.now() + delay)
                jobs.removeAll(where: over.contains)
                // Only what is our own, and runs, is no failure.
                if pursuit.hasFailed || error.cause != nil, !over.isEmpty {
                    await conclude(ending, over, dueAt: time, pursuit, isGivenUp: jobs.isEmpty, by: requester)
                } else {
                    skip(over, at: time, "no turn came until the next fire time: \(error)")
                }
                guard !jobs.isEmpty else { return }
                operations.emit(next.event(error, jobs, dueAt: time), by: requester)
                guard (try? await clock.sleep(for: delay)) != nil else { return }
            }
            origin = nil
        }
    }

    private func takeOnce(
        _ jobs: [String], _ due: BackupMetadata.Due, beginningBefore end: Instant?, by requester: Requester
    ) async -> Operations.Ending {
        await operations.take(jobs, by: requester) { [clock] (repository, observe) throws(BackupError) in
            guard end.map({ clock.now() < $0 }) ?? true else {
                throw BackupError(.repositoryBusy, "another backup of this Optimize was being taken")
            }
            return try await repository.create(
                BackupOrder(.firstFree(from: due.time), jobs: jobs, due: due, waitsForOthers: true), observe: observe)
        }
    }

    /// What pauses, restores and cancels leave of the jobs of a fire time; what they stop is told and counted.
    ///
    /// - Parameter isBegun: whether an attempt has been made already, which a cancel ends as failed.
    /// - Throws: why nothing is known about markers: then nothing begins.
    private func unstopped(
        _ jobs: [String], dueAt time: Instant, isBegun: Bool
    ) async throws(BackupError) -> [String] {
        let markers = try await repository.markers.current()
        if let restore = markers.restore {
            skip(jobs, at: time, "a restore is under way\(restore.byAndReason) (\(restore.name))")
            return []
        }
        if !isBegun, let cancel = markers.cancel(of: time) {
            skip(jobs, at: time, "it was cancelled\(cancel.byAndReason)")
            return []
        }
        let paused = Set(settings.jobs.filter(\.isPaused).map(\.name))
        return jobs.filter { job in
            if let pause = markers.pause(of: job) {
                pass(job, at: time, "the job is paused\(pause.byAndReason)")
            } else if paused.contains(job) {
                pass(job, at: time, "the job is paused by the configuration")
            } else {
                return true
            }
            return false
        }
    }

    /// That somebody has cancelled the backup of a fire time; nil also where nobody can tell.
    private func cancellation(dueAt time: Instant) async -> BackupError? {
        do throws(BackupError) {
            try await repository.markers.requireNotCancelled(time)
        } catch {
            if error.code == .fireTimeCancelled { return error }
        }
        return nil
    }
}
