internal import Backups
internal import ElasticsearchClient
internal import Restores
internal import Synchronization
internal import Text
internal import Time
internal import Waiting

/// Brings a backup back under names of its own, looks whether all of it is there, and removes it again.
struct Drill {
    let run: VerificationRun
    let name: DrillName

    private var home: BackupRepository { run.home }
    private var place: BackupRepository { run.place.repository }
    private var limits: DrillLimits { run.settings.limits }

    /// - Throws: what kept it from a verdict.
    func rehearse(_ report: inout VerificationReport) async throws(BackupError) {
        let backup = try await home.backups.find(run.request.id, in: .ours)
        let owner = try await home.identify().owner
        let cluster = backup.cluster ?? owner.cluster
        let hold = try await hold(of: BackupOwner(cluster: cluster, prefix: owner.prefix))
        let orders = UnclearOrders()
        let restore = restore(run.place.isElsewhere ? .cluster(cluster) : .ours, orders)
        do throws(BackupError) {
            try await rehearse(restore, orders, &report)
        } catch {
            if error.code != .cancelled { try? await home.markers.remove(hold.description) }
            throw error
        }
        try? await home.markers.remove(hold.description)
    }

    private func rehearse(
        _ restore: RestoreRun, _ orders: UnclearOrders, _ report: inout VerificationReport
    ) async throws(BackupError) {
        if let other = try await home.markers.current().restore {
            throw BackupError(.restoring, "a restore is under way\(other.byAndReason): no drill begins beside it")
        }
        try await requireAlone()
        if run.place.isElsewhere, let there = try? await place.client.repository(place.name), !there.isReadOnly {
            report.remarks.append(
                "the repository \(place.name) is not registered read-only in the engine for drills: two clusters that write it destroy it"
            )
        }
        let plan = try await restore.plan()
        guard plan.obstacles.isEmpty else {
            let flaws = plan.obstacles.compactMap { VerificationFinding($0) }
            report.findings += flaws.filter { !report.findings.contains($0) }
            report.obstacles = plan.obstacles.filter { VerificationFinding($0) == nil }
            return
        }
        (report.shards, report.bytes) = (
            plan.parts.reduce(0) { $0 + ($1.shards ?? 0) }, plan.parts.reduce(0) { $0 + ($1.bytes ?? 0) }
        )
        let ending = await home.clock.value(within: limits.timeout) {
            () -> Result<DrillComparison, BackupError>? in
            do throws(BackupError) {
                _ = try await restore.run(plan)
                return .success(try await compare(plan))
            } catch {
                return .failure(error)
            }
        }
        if case .failure(let error) = ending, error.code == .cancelled { throw error }
        // Whatever is to come of orders that were answered is there.
        let isOver =
            switch ending {
            case .success?: true
            case .failure(let error)?: error.code == .restoreFailed
            case nil: false
            }
        report.left = await DrillRemoval(
            place: place, watchTime: isOver && orders.areNone ? .zero : run.settings.watchTime
        )
        .remove([name], within: .seconds(600))
        switch ending {
        case .success(let comparison)?:
            report.findings += comparison.findings
            report.remarks += comparison.remarks
            (report.compared, report.documents) = (comparison.compared, comparison.documents)
        case .failure(let error)? where error.code == .restoreFailed:
            report.findings.append(VerificationFinding(.notRestored, error.message))
        case .failure(let error)?: throw error
        case nil:
            throw BackupError(
                Task.isCancelled ? .cancelled : .tooLate,
                "it had not come back after \(limits.timeout.text), which is verify.timeout", setting: "verify.timeout")
        }
    }

    /// Two would not see each other's room: of those that run, the one with the lowest number goes on.
    private func requireAlone() async throws(BackupError) {
        let now = home.engineClock.now()
        let drills = try await home.markers.current().runningVerifications.filter { marker in
            guard let note = marker.verification, note.kind == .drill, !run.settings.isGone(note.process) else {
                return false
            }
            return note.deadline.map { $0 > now } ?? true
        }
        let first = drills.min { ($0.name.number, $0.name.description) < ($1.name.number, $1.name.description) }
        guard let first, DrillName(of: first.name) != name else { return }
        throw BackupError(
            .repositoryBusy,
            "another restore drill is under way\(first.byAndReason) (\(first.name)): drill once it has ended")
    }

    private func restore(_ reach: RepositoryBackups.Reach, _ orders: UnclearOrders) -> RestoreRun {
        var request = RestoreRequest(run.request.id, in: reach)
        request.newPrefix = name.description
        request.drill = limits
        let (settings, observe) = (run.settings, run.observe)
        return RestoreRun(
            request, in: place,
            settings: .init(
                by: settings.by, process: settings.process, isGone: settings.isGone, stallLimit: settings.stallLimit)
        ) { event in
            if case .repeating(_, _, isUnclear: true) = event { orders.note() }
            observe(.restoring(event))
        }
    }

    /// Keeps retention, and everybody else, from deleting what is being brought back.
    private func hold(of owner: BackupOwner) async throws(BackupError) -> MarkerName {
        try await home.markers.mark(
            .hold, run.request.id.description, of: owner, reason: "restore drill",
            until: home.engineClock.now() + run.settings.life, by: run.settings.by)
    }

    /// Asks each index for its documents, and compares them with what lives.
    private func compare(_ plan: RestorePlan) async throws(BackupError) -> DrillComparison {
        var names: [String: String] = [:]
        for part in plan.parts {
            for (index, target) in zip(part.indices, plan.targets(of: part)) { names[index] = target }
        }
        let restored = try await place.attempt("counting what came back") { () throws(EngineError) in
            try await place.client.statistics(ofIndices: "\(name)-*")
        }
        let (client, pattern) = (home.client.attended, "\(home.settings.indexPrefix)-*")
        var live: [String: IndexStatistics]?
        // One that was made anew is another, however many writes it has seen; what can't be asked is not what has changed.
        if let dates = try? await client.creationDates(ofIndices: pattern),
            let before = try? await place.client.creationDates(ofIndices: "\(name)-*")
        {
            live = try? await client.statistics(ofIndices: pattern).filter { index, _ in
                guard let target = names[index], let date = dates[index] ?? nil else { return false }
                return date == before[target] ?? nil
            }
        }
        var comparison = DrillComparison(names, restored: restored, live: live)
        for (index, target) in names.sorted(by: { $0.key < $1.key }) where restored[target] != nil {
            if let failure = try await searchFailure(in: target) {
                comparison.add(VerificationFinding(.searchFailed, "a search fails: \(failure)", names: [index]))
            }
        }
        if !comparison.findings.isEmpty { try await requireStarted(names.values.sorted()) }
        return comparison
    }

    /// Why a search fails twice; nil if it does not.
    private func searchFailure(in target: String) async throws(BackupError) -> EngineError? {
        var failure: EngineError?
        for _ in 0..<2 {
            do {
                _ = try await place.client.attended.searchedDocuments(in: target)
                return nil
            } catch {
                guard error.isOfIndex else { throw BackupError("searching in \(target)", error) }
                failure = error
            }
            try await place.pause(.seconds(1), while: "searching in \(target)")
        }
        return failure
    }

    /// What went with a node while it was looked at says nothing of the backup.
    private func requireStarted(_ targets: [String]) async throws(BackupError) {
        let primaries = try await place.attempt("looking at what came back") { () throws(EngineError) in
            try await place.client.primaries(of: targets)
        }
        let gone = targets.filter { target in
            guard let shards = primaries[target], !shards.isEmpty else { return true }
            return !shards.allSatisfy(\.isActive)
        }
        guard gone.isEmpty else {
            throw BackupError(
                .engineFailed, "what had come back went while it was looked at: \(gone.joined(separator: ", "))")
        }
    }
}

/// Whether an order got no clear answer, so that it may be carried out whenever it likes.
private final class UnclearOrders: Sendable {
    private let count = Mutex(0)

    var areNone: Bool { count.withLock { $0 == 0 } }

    func note() { count.withLock { $0 += 1 } }
}

extension EngineError {
    /// Whether it says something of the index that was searched, and not of the engine at the moment.
    fileprivate var isOfIndex: Bool {
        if type == "search_phase_execution_exception" { return code != .turnedAway }
        return [.failed, .rejected].contains(code)
    }
}
