internal import Backups
internal import ElasticsearchClient
internal import Time

/// The marker of a restore: as long as one of its markers stands, no backup of this Optimize begins.
///
/// It is renewed for as long as the restore lives, and says how far that has come.
actor RestoreClaim {
    private let run: RestoreRun
    private let plan: RestorePlan
    private var note: RestoreNote
    /// What stands of ours, the newest last.
    private var markers: [MarkerName] = []
    private var isBusy = false

    private var repository: BackupRepository { run.home }

    init(run: RestoreRun, plan: RestorePlan) {
        self.run = run
        self.plan = plan
        note = RestoreNote(
            parts: plan.parts.map(\.uuid), phase: plan.phase, writeState: plan.writeState.summary,
            safetyBackup: plan.safetyBackup, process: run.settings.process, begun: plan.begun)
        markers = plan.interrupted
    }

    var phase: RestoreNote.Phase { note.phase }

    /// When the restore was begun, by whichever run came first.
    var begun: Instant? { note.begun }

    /// Writes the first marker, and makes sure that no other restore was first; then does something, and keeps it renewed meanwhile.
    nonisolated func whileItStands<Value: Sendable>(
        _ body: @Sendable @escaping () async throws(BackupError) -> Value
    ) async throws(BackupError) -> Value {
        try await begin()
        let result = await withTaskGroup(of: Result<Value, BackupError>?.self) { group in
            group.addTask {
                do throws(BackupError) {
                    return .success(try await body())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                await self.keepRenewed()
                return nil
            }
            defer { group.cancelAll() }
            while let next = await group.next() {
                if let next { return next }
            }
            return .failure(BackupError(.cancelled, "cancelled while restoring"))
        }
        return try result.get()
    }

    private func begin() async throws(BackupError) {
        note.begun = note.begun ?? repository.engineClock.now()
        let interrupted = markers
        try await advance { _ in }
        let standing = try await repository.markers.current().restores
        let own = standing.first { markers.last == $0.name }
        let rivals = standing.filter { !markers.contains($0.name) && !interrupted.contains($0.name) }
        guard let own, !rivals.contains(where: { goes($0, before: own) }) else {
            let new = markers.filter { !interrupted.contains($0) }
            await remove(new)
            // What can't be removed now, since a snapshot runs, is undone by a report.
            if new.contains(where: markers.contains) {
                note.phase = .preparing
                await report(.failed, .zero, nil)
            }
            throw BackupError(
                .restoring, "another restore began at the same moment: 'optimize-backup markers' shows it")
        }
        note.isClaimed = true
    }

    /// Of two that meet the first goes on, by the engine's clock: whoever has looked before the other was there has not seen it.
    private func goes(_ rival: Marker, before own: Marker) -> Bool {
        guard let note = rival.note, !note.isClaimed, let its = rival.time, let ours = own.time else { return true }
        if note.process == self.note.process { return false }
        return (its, rival.uuid.description) < (ours, own.uuid.description)
    }

    private func keepRenewed() async {
        // Early enough for another try, and another.
        while (try? await repository.clock.sleep(for: life(in: phase) / 4)) != nil {
            try? await advance { _ in }
        }
    }

    /// Writes down how far it has come; the marker before goes once the new one stands.
    func advance(_ change: (inout RestoreNote) -> Void) async throws(BackupError) {
        // One at a time, or the newest marker may tell of an earlier step.
        while isBusy { try await repository.pause(.milliseconds(100), while: "writing a marker") }
        isBusy = true
        defer { isBusy = false }
        var next = note
        change(&next)
        _ = await repository.engineClock.trustedTime()
        let until = repository.engineClock.now() + life(in: next.phase)
        let old = markers
        let marker = try await repository.markers.mark(
            .restore, plan.id.description, reason: "restore of \(plan.id)", until: until, by: run.settings.by,
            more: next.members)
        markers.append(marker)
        guard try await repository.markers.confirm(marker, within: .seconds(60)) else {
            throw BackupError(
                .repositoryBusy,
                "the marker \(marker) waits for other snapshots of the repository: restore once they have ended")
        }
        note = next
        run.observe(.marked(marker))
        await remove(old)
    }

    /// How long its marker stands that nobody renews.
    private func life(in phase: RestoreNote.Phase) -> Duration {
        // Half of what was restored is no backup's content, however long nobody goes on.
        phase == .preparing ? run.settings.markerLife : max(run.settings.markerLife, .seconds(30 * 86_400))
    }

    /// What can't be removed now goes when it has expired.
    private func remove(_ names: [MarkerName]) async {
        for name in names {
            do throws(BackupError) {
                try await repository.markers.remove(name.description)
            } catch {
                guard error.code == .notFound else { return }
            }
            markers.removeAll { $0 == name }
        }
    }

    /// Tells of the marker that is left where nobody can, or wants to, wait for more.
    func tellWhatStands() {
        if let left = markers.last { run.observe(.left(left)) }
    }

    /// Writes how it ended.
    ///
    /// A restore that failed before anything was deleted or brought back leaves no marker; after that one stands until
    /// somebody has gone on with it, or lifts it.
    nonisolated func end(_ outcome: RestoreNote.Outcome, after duration: Duration, _ error: BackupError? = nil) async {
        await conclude(outcome, duration, error)
    }

    private func conclude(_ outcome: RestoreNote.Outcome, _ duration: Duration, _ error: BackupError?) async {
        guard !markers.isEmpty else { return }
        let isReported = await report(outcome, duration, error)
        guard outcome == .success || note.phase == .preparing else { return tellWhatStands() }
        await remove(markers)
        // The report undoes what could not be removed.
        if !isReported, let left = markers.last { run.observe(.left(left)) }
    }

    /// Writes a report; one that can't be written is told all the same.
    @discardableResult
    private func report(
        _ outcome: RestoreNote.Outcome, _ duration: Duration, _ error: BackupError?
    ) async -> Bool {
        var report = note
        (report.outcome, report.duration) = (outcome, duration)
        let marker = try? await repository.markers.mark(
            .restored, plan.id.description, until: repository.engineClock.now() + .seconds(366 * 86_400),
            by: run.settings.by, failure: error, more: report.members)
        return marker != nil
    }
}
