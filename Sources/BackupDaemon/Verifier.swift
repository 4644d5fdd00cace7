internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import Restores
internal import Scheduling
internal import Time
internal import Verification
internal import Waiting

/// Verifies backups as they fall due and as somebody asks, one at a time, and cleans up after drills that came to nothing.
actor Verifier {
    private let operations: Operations
    private let lookout: Lookout
    private let access: DrillAccess
    private var settings: DaemonSettings
    /// What has fallen due up to then is dealt with.
    private var handled: Instant
    /// Given by a reload, to plan anew.
    private let replanned = Wakeup()
    /// Whether one is being done that somebody has asked for.
    private var isAsked = false
    private let turns = SerialQueue()
    /// The verifications that ran at the last look.
    private var seen: [MarkerName] = []
    private var isSweeping = false

    init(_ operations: Operations, _ lookout: Lookout, _ settings: DaemonSettings, _ access: DrillAccess) {
        (self.operations, self.lookout, self.settings, self.access) = (operations, lookout, settings, access)
        handled = operations.clock.now()
    }

    private var repository: BackupRepository { operations.repository }
    private var clock: any Clock { operations.clock }
    private var place: DrillPlace { access.place ?? DrillPlace(repository, isElsewhere: false) }

    private var runSettings: VerificationRun.Settings {
        .init(
            by: operations.instance, process: access.process, isGone: access.isGone, limits: settings.drillLimits)
    }

    /// Takes over another configuration; what it makes due begins with its next time.
    func reload(_ settings: DaemonSettings) {
        self.settings = settings
        handled = clock.now()
        replanned.wake()
    }

    /// Waits for the times at which verifications are due, one after the other.
    func run() async {
        while !Task.isCancelled {
            let (clock, replanned, now) = (clock, replanned, clock.now())
            // The clock was set back: claims keep from doing twice what was done.
            handled = min(handled, now)
            for (job, due) in takeDue(upTo: now) { operations.submit { await self.verify(job, dueAt: due) } }
            // By the engine's clock, and a minute later: then it is over on every host.
            let lead = repository.engineClock.lead
            let deadline = deadlines.map { $0 - lead + .seconds(60) }.filter { $0 > now }.min()
            let next = settings.jobs.compactMap { $0.nextVerification(after: now) }.min()
            guard let wake = [next, deadline].compactMap({ $0 }).min() else {
                await replanned.wait()
                continue
            }
            await race({ await replanned.wait() }) {
                if (try? await clock.sleep(until: wake)) == nil { try? await clock.sleep(for: .seconds(1)) }
            }
            if let deadline, clock.now() > deadline { operations.submit { await self.sweep() } }
        }
    }

    /// Of the verifications that run somewhere, as far as the last look has shown.
    private var deadlines: [Instant] {
        (operations.standing.current.seen?.markers.runningVerifications ?? []).compactMap { $0.verification?.deadline }
    }

    /// Sees to what a look has shown: whoever verifies elsewhere may die at it.
    func take(_ markers: Markers) {
        let shown = markers.runningVerifications.map(\.name)
        if shown != seen { replanned.wake() }
        seen = shown
    }

    /// The newest time of each job that has come since what is dealt with.
    private func takeDue(upTo now: Instant) -> [(JobSettings, Instant)] {
        defer { handled = now }
        return settings.jobs.compactMap { job in job.lastVerification(after: handled, upTo: now).map { (job, $0) } }
    }

    /// Sees to what was left by whoever is gone, and to what fell due while nobody was there; tries until there is an answer.
    func begin() async {
        operations.submit { await self.sweep() }
        let now = clock.now()
        guard let markers = operations.standing.current.seen?.markers else { return }
        for job in settings.jobs {
            // What was never done before is not owed.
            guard let due = job.lastVerification(after: now - .seconds(86_400), upTo: now),
                markers.verification(of: job.name, job.verify.kind) != nil,
                !markers.hasVerification(of: job.name, job.verify.kind, dueAt: due, at: now)
            else { continue }
            operations.submit { await self.verify(job, dueAt: due) }
        }
        // Now it is known whose verifications are running.
        replanned.wake()
    }

    /// Removes what drills have left of which nobody is left.
    private func sweep() async {
        guard !isSweeping else { return }
        isSweeping = true
        defer { isSweeping = false }
        var backoff = Backoff(initial: .seconds(5), maximum: .seconds(300))
        // What lasts for hours is left to the next drill, which sweeps first.
        var problem: BackupError?
        for _ in 0..<40 where !Task.isCancelled {
            do throws(BackupError) {
                let (operations, place, settings) = (operations, place, runSettings)
                let left = try await inTurn { () throws(BackupError) in
                    try await DrillSweep(in: operations.repository, at: place, settings: settings) {
                        operations.tell($0)
                    }
                    .run()
                }
                if left.isEmpty { return }
                problem = nil
                operations.emit(.drillsLeft(left))
            } catch {
                problem = error
                guard error.isCurableByWaiting else { break }
            }
            guard (try? await clock.sleep(for: backoff.next(repository.client.random))) != nil else { return }
        }
        // Where nobody has ever drilled, nothing can be left.
        let markers = operations.standing.current.seen?.markers
        let hasDrilled = markers?.all.contains { $0.verification?.kind == .drill } ?? false
        if let problem, hasDrilled, !Task.isCancelled { operations.emit(.sweepFailed(problem)) }
    }

    // MARK: - On schedule

    private func verify(_ job: JobSettings, dueAt due: Instant) async {
        let (kind, start) = (job.verify.kind, clock.uptime())
        var (tries, problem) = (0, BackupError(.tooLate, "no room for it came within a day"))
        while clock.uptime() - start < .seconds(86_400), !Task.isCancelled {
            do throws(BackupError) {
                if try await verifyOnce(job, dueAt: due) { return }
            } catch {
                if error.code == .cancelled { return }
                (tries, problem) = (tries + 1, error)
                guard error.isCurableByWaiting, tries < 10 else { break }
                guard (try? await clock.sleep(for: .seconds(60))) != nil else { return }
            }
        }
        guard !Task.isCancelled else { return }
        operations.emit(.verificationSkipped(job: job.name, kind, due: due, problem), by: .schedule)
    }

    /// - Returns: false when another time has come in the way.
    private func verifyOnce(_ job: JobSettings, dueAt due: Instant) async throws(BackupError) -> Bool {
        let now = repository.engineClock.now()
        guard
            try await !repository.markers.current().hasVerification(
                of: job.name, job.verify.kind, dueAt: due, at: now)
        else { return true }
        guard job.verify.isDrill, !place.isElsewhere else { return try await verifyNewest(of: job, dueAt: due) }
        var isCrowded = false
        switch window {
        case .atOnce: break
        case .after(let time):
            try await wait(until: time)
        case .crowded(let time):
            isCrowded = true
            try await wait(until: time)
        }
        let mayBegin = isCrowded
        // Backups that have come before it are taken first, and may have taken its time.
        return try await alone("a restore drill for \(job.name)") { () throws(BackupError) -> Bool in
            if !mayBegin, await self.window != .atOnce { return false }
            // One that others take, or that is tried again, would wait until it ends.
            if await self.isBackupUnderWay {
                try await self.repository.pause(.seconds(10), while: "waiting for a backup that is under way")
                return false
            }
            return try await self.verifyNewest(of: job, dueAt: due)
        }
    }

    private var isBackupUnderWay: Bool {
        let standing = operations.standing.current
        return standing.hasRunning || !standing.running.isEmpty
    }

    private var window: DrillWindow {
        let paused = operations.standing.current.seen?.markers.pauses ?? [:]
        let jobs = settings.jobs.filter { !$0.isPaused && paused[$0.name] == nil }
        return DrillWindow(jobs, length: settings.drillLimits.timeout, at: clock.now())
    }

    /// Until a moment after a fire time, when its backup has its turn.
    private func wait(until time: Instant) async throws(BackupError) {
        guard (try? await clock.sleep(until: time + .seconds(1))) != nil else {
            throw BackupError(.cancelled, "cancelled while waiting for room for a drill")
        }
    }

    /// Keeps backups and retention waiting meanwhile.
    private func alone(
        _ what: String, _ body: @Sendable @escaping () async throws(BackupError) -> Bool
    ) async throws(BackupError) -> Bool {
        try await operations.queue.run(what) { () async -> Result<Bool, BackupError> in
            do throws(BackupError) { return .success(try await body()) } catch { return .failure(error) }
        }
        .get()
    }

    private func verifyNewest(of job: JobSettings, dueAt due: Instant) async throws(BackupError) -> Bool {
        let now = repository.engineClock.now()
        let newest = try await repository.look().backups.first {
            $0.state == .completed && $0.isFor(job.name) && !$0.isAhead(of: now)
        }
        guard let newest else {
            throw BackupError(.notFound, "the job \(job.name) has no good backup that could be verified")
        }
        try await verify(
            VerificationRequest(job.verify.kind, of: newest.id, job: job.name, due: due), by: .schedule)
        return true
    }

    // MARK: - By hand

    /// Accepts what somebody has asked for.
    ///
    /// - Throws: `.repositoryBusy` while another is being done that somebody has asked for.
    func accept(_ request: VerificationRequest) throws(BackupError) {
        guard !isAsked else { throw BackupError(.repositoryBusy, "another backup is being verified") }
        isAsked = true
        operations.submit { await self.verifyAsked(request) }
    }

    private func verifyAsked(_ request: VerificationRequest) async {
        defer { isAsked = false }
        do throws(BackupError) {
            guard request.kind == .drill, !place.isElsewhere else { return try await verify(request, by: .api) }
            _ = try await alone("a restore drill of \(request.id)") { () throws(BackupError) -> Bool in
                try await self.verify(request, by: .api)
                return true
            }
        } catch {
            guard error.code != .cancelled else { return }
            operations.emit(.verificationSkipped(job: nil, request.kind, due: nil, error), by: .api)
        }
    }

    /// One after the other: what is being done is nobody's remains.
    private func inTurn<Value: Sendable>(
        _ body: @Sendable @escaping () async throws(BackupError) -> Value
    ) async throws(BackupError) -> Value {
        try await turns.run { () async -> Result<Value, BackupError> in
            do throws(BackupError) { return .success(try await body()) } catch { return .failure(error) }
        }
        .get()
    }

    private func verify(_ request: VerificationRequest, by requester: Requester) async throws(BackupError) {
        let (operations, place, settings) = (operations, place, runSettings)
        let report = try await inTurn { () throws(BackupError) in
            operations.emit(.verifying(request), by: requester)
            defer { operations.emit(.verifying(nil), by: requester) }
            return try await VerificationRun(request, in: operations.repository, at: place, settings: settings) {
                operations.tell($0)
            }
            .run()
        }
        guard let report else { return }
        operations.emit(.verified(report), by: requester)
        if !report.left.isEmpty {
            operations.emit(.drillsLeft(report.left))
            operations.submit { await self.sweep() }
        }
        await lookout.look(readsAll: false)
    }
}

extension Operations {
    fileprivate func tell(_ event: VerificationEvent) {
        switch event {
        case .swept(let names): emit(.drillsSwept(names))
        case .interrupted(let report): emit(.verified(report))
        case .restoring: break
        }
    }
}

extension JobSettings {
    /// When its backups are next verified by themselves.
    fileprivate func nextVerification(after time: Instant) -> Instant? {
        verify.schedule?.next(after: time, in: zone, clockChange: clockChange)?.time
    }

    /// The newest time at which that was due.
    fileprivate func lastVerification(after time: Instant, upTo now: Instant) -> Instant? {
        var (last, count): (Instant?, Int) = (nil, 0)
        while count < 10_000, let next = nextVerification(after: last ?? time), next <= now {
            (last, count) = (next, count + 1)
        }
        return last
    }
}

extension JobSettings.Verify {
    var kind: VerificationNote.Kind { isDrill ? .drill : .check }
}
