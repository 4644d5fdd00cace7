internal import Backups
internal import ElasticsearchClient
internal import PrometheusExposition
internal import Retention
internal import Time
internal import Verification

extension Standing {
    /// Takes in what has happened.
    mutating func take(_ event: DaemonEvent) {
        switch event.kind {
        case .reading(let left): (unread, isEngineUp) = (left == 0 ? nil : left, true)
        case .looked(let repository): take(repository)
        case .lookFailed(let error): take(lookFailure: error, at: event.time)
        case .clocksCompared(let problem): clockProblem = problem
        case .storageVerified(let problem):
            failedWrite = problem.map { Failure(time: failedWrite?.time ?? event.time, message: "\($0)") }
        case .reloadRefused(let reason, let needsRestart):
            (reload, refusal) = ((false, event.time), (event.time, reason, needsRestart))
        case .reloaded: (reload, refusal) = ((true, event.time), nil)
        case .sizeRead(let job, let size): change([job]) { $0.size = $0.size ?? size }
        case .clustersSeen(let clusters, let rivals):
            (self.clusters, self.rivals) = (clusters, rivals)
            restorable = newestRestorable(of: optimizeVersion)?.startTime
        case .indicesCompared(let lost):
            // What has no backup since is gone since it was first missed.
            vanished = lost.filter(\.isSuspicious).map { index in
                let known = vanished?.first { ($0.name, $0.holder) == (index.name, index.holder) }
                return known.map { $0.since < index.since ? $0 : index } ?? index
            }
        case .coverageRead(let count): uncovered = count
        case .versionTold(let version):
            optimizeVersion = version
            restorable = newestRestorable(of: version)?.startTime
        case .missed(let job, let times): count(.missed, [job], times: times.counting)
        case .skipped(let jobs, _, _, let counting):
            count(.skipped, counting)
            change(jobs) { $0.pursuing = nil }
        case .passed(let job, let times, _, _):
            count(.skipped, [job], times: times.counting)
            change([job]) { $0.pursuing = nil }
        case .step(let step, let jobs): take(step, jobs, at: event.time)
        case .retrying(let error, let jobs, _, let attempt, let attempts, let delay):
            count(error.code.rawValue, jobs)
            change(jobs) {
                $0.pursuing = .again(attempt: attempt + 1, of: attempts, at: event.time + delay, "\(error)")
            }
        case .waiting(let error, let jobs, _, _): change(jobs) { $0.pursuing = .waiting("\(error)") }
        case .attemptEnded(let id): running[id] = nil
        case .succeeded(let backup, let jobs, let due, let counting):
            count(.success, counting)
            if jobs.isEmpty, due == nil { failedOrders = 0 }
            change(jobs) { job in
                job.size = backup.size ?? job.size
                if let time = backup.time, let end = backup.latestTime,
                    job.lastSucceeded.map({ time > $0.time }) ?? true
                {
                    job.lastSucceeded = (time, end)
                }
                (job.consecutiveFailures, job.lastFailure, job.pursuing) = (0, nil, nil)
            }
        case .failed(let error, let id, let jobs, let due, let counting, _):
            if let id { running[id] = nil }
            change(jobs) { $0.pursuing = nil }
            // Stopped with the process: another run takes it up, and counts it.
            guard error.code != .cancelled else { break }
            count(.failed, counting)
            if jobs.isEmpty, due == nil { failedOrders = (failedOrders ?? 0) + 1 }
            change(jobs) { job in
                job.consecutiveFailures += 1
                job.lastFailure = Failure(time: event.time, message: "\(error)", due: due)
            }
        case .pruned(let report, let jobs): retention.take(report, jobs, at: event.time)
        case .verifying(let request): verifying = request
        case .verified(let report):
            verifications.add(
                1, report.request.job ?? "", report.request.kind.rawValue, report.outcome.rawValue)
        // A job without a good backup has nothing that could be verified.
        case .verificationSkipped(_, _, _, let error) where error.code == .notFound: return
        case .verificationSkipped(let job, let kind, _, _):
            verifications.add(1, job ?? "", kind.rawValue, VerificationNote.Outcome.skipped.rawValue)
        case .started, .stopping, .engine, .firstLookFailed, .jobStands, .shownAgain,
            .unpaused, .clockChanged, .deleteFailed, .markerStands, .markerLost, .removedCancelled,
            .removedOverdue, .filesReread, .inheritedServed, .hung, .drillsSwept, .drillsLeft, .sweepFailed:
            return
        }
        version += 1
    }

    private mutating func count(_ outcome: Outcome, _ jobs: [String], times: Int = 1) {
        for job in jobs { runs.add(Double(times), job, outcome.rawValue) }
    }

    private mutating func count(_ reason: String, _ jobs: [String]) {
        for job in jobs { retries.add(1, job, reason) }
    }

    private mutating func take(_ repository: SeenRepository) {
        // How one ended before this process began counts no more.
        if let before = seen?.markers, let report = repository.markers.restored, report.isReadable,
            report.name.number > before.restored?.name.number ?? 0
        {
            restores.add(1, report.note?.outcome?.rawValue ?? RestoreNote.Outcome.failed.rawValue)
        }
        seen = repository
        restorable = newestRestorable(of: optimizeVersion)?.startTime
        (isEngineUp, isRepositoryReadable) = (true, true)
        (failedLook, unread) = (nil, nil)
        outdate()
    }

    private mutating func take(lookFailure error: BackupError, at time: Instant) {
        let isUnusable = error.cause?.code == .otherCluster
        if error.code != .cancelled {
            isEngineUp = !isUnusable && ![.engineUnreachable, .engineDenied].contains(error.code)
            failedLook = Failure(time: failedLook?.time ?? time, message: "\(error)")
            isRepositoryReadable = false
        }
        unread = nil
    }

    private mutating func take(_ event: BackupEvent, _ jobs: [String], at time: Instant) {
        switch event.step {
        case .partStarted(let part, _, _):
            let start = running[event.id]?.start ?? time
            running[event.id] = Running(jobs: jobs, start: start, part: part, progress: Double(part - 1) / 2)
            change(jobs) { $0.pursuing = nil }
            if part == 1 {
                change(jobs) { $0.lastAttempt = time }
                outdate()
            }
        case .takenUp:
            running[event.id] = Running(jobs: jobs, start: time, progress: 0)
            change(jobs) { $0.pursuing = nil }
        case .waitingForOthers(let snapshots):
            change(jobs) { $0.pursuing = .waiting("other snapshots run: \(snapshots.joined(separator: ", "))") }
        case .partProgress(let part, let fraction):
            running[event.id]?.part = part
            running[event.id]?.progress = (Double(part - 1) + fraction) / 2
        case .partCompleted(let part, let snapshot):
            running[event.id]?.progress = Double(part) / 2
            guard let start = snapshot.startTime, let end = snapshot.endTime else { return }
            change(jobs) { $0.partDurations[part - 1].observe((end - start).seconds) }
        case .uncovered(let names): uncovered = names.count
        case .completed(let backup):
            running[event.id] = nil
            change(jobs.filter { backup.isFor($0) }) { $0.durations.observe(backup.duration?.seconds ?? 0) }
        case .retrying(_, let error, _): count(error.code.rawValue, jobs)
        case .failed, .startingBesideOthers, .indicesChanged, .unknown, .deleted, .leftOut,
            .foundCompleted, .versionChanged:
            break
        }
    }
}

/// How a fire time, or an order by hand, ended.
package enum Outcome: String, Sendable, CaseIterable {
    case success
    case failed
    case skipped
    case missed
}

extension Standing.RetentionStanding {
    fileprivate mutating func take(_ report: Pruning.Report, _ jobs: [String], at time: Instant) {
        lastRun = time
        if let decisions = report.reported {
            let jobs = decisions.flatMap { $0.candidate.jobs.isEmpty ? [""] : $0.candidate.jobs }
            reported = Dictionary(jobs.map { ($0, 1) }) { $0 + $1 }
        } else if report.failures.isEmpty, report.putOff == nil {
            reported = [:]
        }
        if report.failures.isEmpty, report.putOff == nil { (lastSuccess, failure) = (time, nil) }
        putOff = report.putOff.map { .init(time: putOff?.time ?? time, message: "\($0)") }
        for decision in report.removed {
            guard let cause = decision.reasons.lazy.compactMap(RemovalCause.init).first else { continue }
            for job in decision.candidate.jobs.isEmpty ? [""] : decision.candidate.jobs {
                removed.add(1, job, cause.rawValue)
            }
        }
        let everybody = jobs + [""]
        for error in report.failures {
            // A setting tells whose failure it is; else it is everybody's.
            let own = everybody.filter { error.setting == "jobs.\($0).retention" }
            for job in own.isEmpty ? everybody : own { failures.add(1, job) }
            failure = .init(time: failure?.time ?? time, message: "\(error)")
        }
    }
}
