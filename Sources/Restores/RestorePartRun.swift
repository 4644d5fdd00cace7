internal import Backups
internal import ElasticsearchClient
internal import Time

/// Why one is broken that is closed.
private let closedWords = "closed, as before a restore that was not taken"

/// Brings one part back: orders what is not there, and waits until all of it is.
///
/// It never orders again without a look, since an order that got no answer may have been taken.
struct RestorePartRun {
    let run: RestoreRun
    let plan: RestorePlan
    let part: RestorePlan.Part
    let total: RestoreProgress
    /// What was made since did not come out of the backup; nil where nobody says.
    let begun: Instant?

    private var home: BackupRepository { run.home }
    private var client: EngineClient { home.client }

    /// How often what is broken, or was refused, is ordered again without anything having come back since.
    private static let rounds = 5

    func bringBack() async throws(BackupError) {
        var (round, best, failures) = (0, -1, 0)
        while true {
            var look = try await look()
            if look.isComplete {
                look.broken = try await closedIndices()
                if look.broken.isEmpty { return try await requireRestored() }
                look.words = closedWords
            }
            if look.isMoving {
                try await watch()
                continue
            }
            // Right after a restart of the engine a shard is not where it will be.
            if !look.broken.isEmpty, look.words != closedWords {
                try await home.pause(.seconds(5), while: "looking again at what is broken")
                guard try await self.look() == look else { continue }
                // A second time, since a disk or a storage that refused for a moment says nothing of the backup.
                failures += 1
                if plan.isDrill, failures > 1 || !look.hasFailed { throw broken(look) }
            }
            round = look.active > best ? 0 : round + 1
            best = max(best, look.active)
            guard round < Self.rounds else {
                // What was only refused says nothing of the backup.
                throw BackupError(
                    plan.isDrill ? .engineFailed : .restoreFailed,
                    "\(part.snapshot) does not come back: \(look.broken.joined(separator: ", ")): \(look.words ?? "the engine gives no reason"); "
                        + "'optimize-backup restore \(plan.id)' goes on where it stopped, another backup is restored with --replace-existing"
                )
            }
            try await order(look)
        }
    }

    /// How the part's indices are.
    private struct Look: Equatable {
        /// As they stand in the snapshot.
        var missing: [String] = []
        /// Those that stand, and have primary shards without a node.
        var broken: [String] = []
        /// Primary shards that have started.
        var active = 0
        var isMoving = false
        /// Why one is broken, in the engine's words.
        var words: String?
        /// Whether the engine has tried to bring one back, and failed.
        var hasFailed = false

        var isComplete: Bool { missing.isEmpty && broken.isEmpty && !isMoving }
    }

    /// What a drill has found; a node that was lost says nothing of the backup.
    private func broken(_ look: Look) -> BackupError {
        BackupError(
            look.hasFailed ? .restoreFailed : .engineFailed,
            "\(part.snapshot) does not come back: \(look.broken.joined(separator: ", ")): \(look.words ?? "the engine gives no reason")"
        )
    }

    private func look() async throws(BackupError) -> Look {
        let targets = plan.targets(of: part)
        let primaries = try await home.attempt("looking at what comes back") { () throws(EngineError) in
            try await client.primaries(of: targets)
        }
        var look = Look()
        for (index, target) in zip(part.indices, targets) {
            guard let shards = primaries[target], !shards.isEmpty else {
                look.missing.append(index)
                continue
            }
            look.active += shards.count(where: \.isActive)
            if shards.contains(where: { $0.isBeingRestored || $0.state == .initializing }) {
                look.isMoving = true
            } else if let shard = shards.first(where: { !$0.isActive }) {
                look.broken.append(index)
                let failed = shards.first(where: \.hasFailed)
                look.words = look.words ?? (failed ?? shard).cause
                look.hasFailed = look.hasFailed || failed != nil
            }
        }
        return look
    }

    /// Those that stand and are closed, as one is whose restore was refused once it had been closed for that.
    private func closedIndices() async throws(BackupError) -> [String] {
        let pattern = "\(plan.renaming?.newPrefix ?? home.settings.indexPrefix)-*"
        let closed = try await home.attempt("looking for closed indices") { () throws(EngineError) in
            try await client.closedIndices(matching: pattern)
        }
        return zip(part.indices, plan.targets(of: part)).filter { closed.contains($1) }.map { $0.0 }
    }

    /// Throws `.restoreFailed` for indices that somebody has made meanwhile: a restore brings their date of creation back.
    private func requireRestored() async throws(BackupError) {
        guard let begun else { return }
        let pattern = "\(home.settings.indexPrefix)-*"
        let dates = try await home.attempt("asking how old indices are") { () throws(EngineError) in
            try await client.creationDates(ofIndices: pattern)
        }
        let made = plan.targets(of: part).filter { index in
            (dates[index] ?? nil).map { $0 >= begun } ?? false
        }
        guard made.isEmpty else {
            throw BackupError(
                .restoreFailed,
                "something has made \(made.joined(separator: ", ")) before they were restored: stop Optimize, and begin anew after "
                    + "'optimize-backup markers' shows what to remove")
        }
    }

    /// Waits while something comes back; an engine that is away for a while fails nothing.
    private func watch() async throws(BackupError) {
        let start = home.clock.uptime()
        var (lastMove, last): (Duration, RestoreProgress?) = (start, nil)
        var told: String?
        while true {
            do throws(BackupError) {
                let look = try await look()
                guard look.isMoving else { return }
                var progress = await progress()
                progress.shards = max(progress.shards, look.active)
                if progress != last { lastMove = home.clock.uptime() }
                last = progress
                run.observe(.progress(progress))
            } catch {
                guard error.code == .engineUnreachable else { throw error }
                if told != error.message { run.observe(.unknown(error)) }
                told = error.message
            }
            let now = home.clock.uptime()
            guard now - lastMove < run.settings.stallLimit else {
                throw BackupError(
                    plan.isDrill ? .engineFailed : .restoreFailed,
                    "nothing of \(part.snapshot) has come back for \(run.settings.stallLimit): see GET /_cluster/allocation/explain; "
                        + "'optimize-backup restore \(plan.id)' goes on where it stopped")
            }
            try await home.pause(PollInterval.after(now - start), while: "\(part.snapshot) came back")
        }
    }

    /// Of all parts together; what is only shown decides nothing.
    private func progress() async -> RestoreProgress {
        var progress = total
        let pattern = "\(plan.renaming?.newPrefix ?? home.settings.indexPrefix)-*"
        let targets = plan.targets
        guard let recoveries = try? await client.attended.recoveries(ofIndices: pattern) else { return progress }
        for shard in targets.flatMap({ recoveries[$0] ?? [] }) where shard.isFromSnapshot {
            progress.bytes += shard.recoveredBytes
            progress.shards += shard.isUnderWay ? 0 : 1
        }
        return progress
    }

    private func order(_ look: Look) async throws(BackupError) {
        let renaming = plan.renaming
        if !look.broken.isEmpty {
            run.observe(.repeating(snapshot: part.snapshot, why: look.words ?? "indices are broken", isUnclear: false))
            try await home.attempt("closing what did not come back") { () throws(EngineError) in
                try await client.closeIndices(look.broken.map { renaming?.newName(of: $0) ?? $0 })
            }
        }
        let indices = (look.missing + look.broken).sorted()
        do {
            try await client.restore(
                RestoreOrder(
                    snapshot: part.snapshot, indices: indices, renaming: renaming, isForDrill: plan.isDrill),
                from: run.source.name)
            run.observe(.ordered(snapshot: part.snapshot, indices: indices.count))
        } catch {
            let isInTheWay = error.type == "snapshot_restore_exception" && error.reason.contains("open index")
            guard error.isTransient || error.code == .busy || isInTheWay else {
                throw BackupError("restoring \(part.snapshot)", error)
            }
            run.observe(.repeating(snapshot: part.snapshot, why: "\(error)", isUnclear: true))
            try await home.pause(.seconds(2), while: "restoring \(part.snapshot)")
        }
    }
}
