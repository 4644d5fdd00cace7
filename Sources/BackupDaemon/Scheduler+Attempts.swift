internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import Scheduling
internal import Time

extension Scheduler {
    /// Takes the backup of a fire time, unless something speaks against it when its turn has come.
    func takeBackup(_ jobs: [String], dueAt time: Instant) async {
        await operations.queue.run {}  // its turn comes once what is before it has ended
        let jobs = remaining(of: jobs, at: time)
        if !jobs.isEmpty { await takeBackup(jobs, dueAt: time, takingUpFrom: nil) }
    }

    /// Tries until there is a good backup for the fire time, or waiting can't bring one.
    ///
    /// Each attempt looks at the repository first: what another host has begun, or done, is taken up. Waiting for other operations on
    /// the repository spends none.
    ///
    /// - Parameter origin: who had begun what it goes on with, which no pause stops; nil for a new one.
    func takeBackup(_ jobs: [String], dueAt time: Instant, takingUpFrom origin: Requester?) async {
        trying.insert(time)
        defer { trying.remove(time) }
        let requester = origin ?? .schedule
        let configured = settings.jobs.filter { jobs.contains($0.name) }
        let retry = configured.map(\.retry).max { $0.attempts < $1.attempts }
        let limit = configured.compactMap { $0.nextFireTime(after: time)?.time }.min()
        var backoff = Backoff(initial: retry?.initialDelay ?? .zero, maximum: retry?.maximumDelay ?? .zero)
        var jobs = jobs
        var (attempt, isBegun, hasLostNode) = (1, false, false)
        while true {
            let ending: Operations.Ending
            do throws(BackupError) {
                if origin == nil { jobs = try await unstopped(jobs, dueAt: time, isBegun: isBegun) }
                guard !jobs.isEmpty else { return }
                ending = await takeOnce(jobs, settings.due(jobs, at: time, attempt: attempt), by: requester)
            } catch {
                ending = .init(result: .failure(error), id: nil)
            }
            guard case .failure(let error) = ending.result, error.isCurableByWaiting else {
                return await conclude(ending, jobs, dueAt: time, by: requester)
            }
            // Asked at once, for a clear end; who gets no answer asks again with the next attempt.
            if let cancelled = await cancellation(dueAt: time) {
                let ending = Operations.Ending(result: .failure(cancelled), id: ending.id, hasBegun: ending.hasBegun)
                return await conclude(ending, jobs, dueAt: time, by: requester)
            }
            let isWaiting = error.code == .repositoryBusy
            // A node that was lost has left its work to others by now.
            let isNodeLost = error.code == .snapshotPartial && !hasLostNode
            guard let retry, isWaiting || attempt < retry.attempts else {
                return await conclude(ending, jobs, dueAt: time, by: requester)
            }
            let delay = isNodeLost ? .zero : backoff.next(repository.client.random)
            guard limit.map({ clock.now() + delay < $0 }) ?? true else {
                return await conclude(ending, jobs, dueAt: time, by: requester)
            }
            operations.emit(
                isWaiting
                    ? .waiting(error, jobs: jobs, due: time, delay: delay)
                    : .retrying(error, jobs: jobs, due: time, attempt: attempt, delay: delay), by: requester)
            guard (try? await clock.sleep(for: delay)) != nil else { return }
            if !isWaiting { attempt += 1 }
            (isBegun, hasLostNode) = (true, hasLostNode || isNodeLost)
        }
    }

    private func takeOnce(
        _ jobs: [String], _ due: BackupMetadata.Due, by requester: Requester
    ) async -> Operations.Ending {
        await operations.take(jobs, by: requester) { (repository, observe) throws(BackupError) in
            try await repository.create(
                BackupOrder(.firstFree(from: due.time), due: due, waitsForOthers: true), observe: observe)
        }
    }

    /// What markers leave of the jobs of a fire time; what they stop is told and counted.
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
        return jobs.filter { job in
            guard let pause = markers.pause(of: job) else { return true }
            skip([job], at: time, "the job is paused\(pause.byAndReason)")
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
