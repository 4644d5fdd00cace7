internal import Backups
internal import ElasticsearchClient
internal import Time

/// The steps of a restore, in their order: holds, a backup of what stands, deletes, part 1, part 2, and a look at what came back.
struct RestoreSteps {
    let run: RestoreRun
    let plan: RestorePlan
    /// Nil where no marker stands.
    let claim: RestoreClaim?

    private var home: BackupRepository { run.home }

    func report(since start: Duration) async throws(BackupError) -> RestoreReport {
        var safetyBackup = plan.safetyBackup
        let begun = plan.renaming == nil ? await claim?.begun ?? home.engineClock.now() : nil
        try await hold(plan.held)
        if plan.takesSafetyBackup {
            let backup = try await takeSafetyBackup()
            try await hold([backup])
            safetyBackup = backup
        }
        try await clear(safetyBackup)
        try await claim?.advance {
            $0.phase = .restoring
            $0.safetyBackup = safetyBackup
        }
        let total = RestoreProgress(
            totalShards: plan.parts.reduce(0) { $0 + ($1.shards ?? 0) },
            totalBytes: plan.parts.reduce(0) { $0 + ($1.bytes ?? 0) })
        // Twice, since part 1 may have gone again while part 2 came.
        for part in plan.parts + plan.parts {
            try await RestorePartRun(run: run, plan: plan, part: part, total: total, begun: begun)
                .bringBack()
        }
        return try await look(safetyBackup, since: start)
    }

    /// Keeps backups from being pruned for thirty days: somebody may want another of them after this.
    private func hold(_ ids: [BackupID]) async throws(BackupError) {
        guard claim != nil, !ids.isEmpty else { return }
        let reason = "restore of \(plan.id)"
        let until = home.engineClock.now() + .seconds(30 * 86_400)
        let standing = try await home.markers.current()
        var held: [BackupID] = []
        for id in ids {
            if let hold = standing.hold(of: id), hold.reason == reason,
                hold.expiry.map({ $0 > until - .seconds(86_400) }) ?? true
            {
                continue
            }
            do throws(BackupError) {
                _ = try await home.markers.hold(
                    id, in: id == plan.id ? run.request.reach : .ours, reason: reason, until: until,
                    by: run.settings.by, within: .seconds(10))
                held.append(id)
            } catch {
                // One that was deleted meanwhile, or stands in another repository, is not ours to hold.
                guard error.code == .notFound else { throw error }
            }
        }
        if !held.isEmpty { run.observe(.held(held)) }
    }

    private func takeSafetyBackup() async throws(BackupError) -> BackupID {
        if let id = plan.openSafetyBackup, let backup = try await goOnWithBackup(id) { return backup }
        var order = BackupOrder(.firstFree(from: home.engineClock.now()))
        order.restoring = plan.id
        let observe = run.observe
        do throws(BackupError) {
            return try await home.create(order) { observe(.backingUp($0)) }.id
        } catch {
            throw BackupError(
                error.code == .restoring ? .restoreRefused : error.code,
                "what stands can't be backed up, so that nothing was deleted: \(error.message); --no-safety-backup goes on without",
                setting: error.setting, cause: error.cause)
        }
    }

    /// Goes on with the safety backup that an interrupted run had begun; nil if nothing good can come of it.
    private func goOnWithBackup(_ id: BackupID) async throws(BackupError) -> BackupID? {
        let observe = run.observe
        do throws(BackupError) {
            let backup = try await home.backups.find(id)
            return try await home.takeUp(backup, restoring: plan.id) { observe(.backingUp($0)) }.id
        } catch {
            if [.cancelled, .engineUnreachable].contains(error.code) { throw error }
            return nil
        }
    }

    /// Deletes what the plan says, after another look: nothing may have come in the way, and only what still is there goes.
    private func clear(_ safetyBackup: BackupID?) async throws(BackupError) {
        guard !plan.deleted.isEmpty || plan.phase != .restoring else { return }
        for _ in 0..<5 {
            let now = RestorePlan(run.request, try await RestoreSurvey(run: run).findings())
            if let obstacle = now.obstacles.first {
                throw BackupError(.restoreRefused, "something has come in the way since it was planned: \(obstacle)")
            }
            let unplanned = now.deleted.filter { !plan.deleted.contains($0) }
            guard unplanned.isEmpty else {
                throw BackupError(
                    .restoreRefused,
                    "indices have come since it was planned, and were not deleted: \(unplanned.joined(separator: ", ")); is Optimize stopped?"
                )
            }
            guard !now.deleted.isEmpty else { return }
            let changed = plan.writeState.changed(until: now.writeState)
            guard changed.isEmpty else {
                throw BackupError(
                    .restoreRefused,
                    "something was written since it was planned, and nothing of it was deleted: \(changed.joined(separator: ", ")); "
                        + "is Optimize stopped?")
            }
            guard plan.writeState.silent(in: now.writeState).isEmpty else {
                try await home.pause(.seconds(1), while: "waiting for the indices that are to be deleted")
                continue
            }
            // From here on a later run has to go on.
            if let claim, await claim.phase == .preparing {
                try await claim.advance {
                    $0.phase = .clearing
                    $0.safetyBackup = safetyBackup
                }
            }
            do {
                try await home.client.deleteIndices(now.deleted)
                run.observe(.deleted(now.deleted))
                return
            } catch {
                guard error.code == .indexMissing || error.isTransient else {
                    throw BackupError("deleting indices that are in the way", error)
                }
                // Uncertain means ask.
                try await home.pause(.seconds(1), while: "deleting indices")
            }
        }
        throw BackupError(
            .engineFailed, "indices that are in the way could not be deleted, or looked at before, in five attempts")
    }

    /// What came back, as it is now.
    private func look(_ safetyBackup: BackupID?, since start: Duration) async throws(BackupError) -> RestoreReport {
        let targets = plan.targets
        let pattern = "\(plan.renaming?.newPrefix ?? home.settings.indexPrefix)-*"
        let statistics = try await home.attempt("counting what came back") { () throws(EngineError) in
            try await home.client.statistics(ofIndices: pattern)
        }
        let aliases = try await home.attempt("looking up aliases") { () throws(EngineError) in
            try await home.client.aliases(matching: pattern)
        }
        return RestoreReport(
            plan: plan, duration: home.clock.uptime() - start,
            shards: targets.reduce(0) { $0 + (statistics[$1]?.sequenceNumbers.count ?? 0) },
            documents: targets.reduce(0) { $0 + (statistics[$1]?.documents ?? 0) },
            withoutAlias: plan.renaming == nil ? targets.filter { aliases[$0]?.isEmpty ?? true } : [],
            safetyBackup: safetyBackup)
    }
}
