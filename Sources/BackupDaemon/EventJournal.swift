internal import Backups
internal import ElasticsearchClient
internal import Retention
internal import Synchronization
internal import Text
internal import Time

/// What the log says of events: its words, its fields, and what it has said already, so that nothing is said twice.
package struct EventJournal: Sendable {
    /// The name of the repository.
    private let repository: String
    /// Snapshots that can't be read.
    private var unreadable: Set<String> = []
    /// Why the repository can't be trusted.
    private var trouble: String?
    /// Why nothing goes by age.
    private var clockProblem: String?
    /// Of other clusters with backups of our prefix.
    private var clusters = ClusterJournal()
    private var pauses = PauseJournal()
    private var restores = RestoreJournal()
    private var engine = EngineJournal()
    /// Base names of indices that are gone.
    private var vanished: Set<String> = []
    /// The ids of what retention would delete.
    private var reported: Set<String> = []
    /// What was last waited for, which is told once.
    private var lastWait: String?
    /// How often an operation of the engine has been asked again since it last succeeded.
    private var repetitions: [EngineOperation: Int] = [:]
    /// What kept retention from its work when it was last applied.
    private var retentionFailures: Set<String> = []

    package init(repository: String) {
        self.repository = repository
    }

    /// The entries for an event, none for most that only count.
    package mutating func entries(for event: DaemonEvent) -> [LogEntry] {
        let requester = event.requester == .daemon ? [] : [LogEntry.Field("REQUESTED_BY", "\(event.requester)")]
        return say(event.kind).map { $0.adding(requester, from: event.place) }
    }

    private mutating func say(_ event: DaemonEvent.Kind) -> [LogEntry] {
        switch event {
        case .started, .stopping, .reloaded, .reloadRefused, .filesReread, .inheritedServed, .hung: service(event)
        case .engine(let event): engine(event)
        case .clustersSeen(let others, let rivals): clusters.entries(others, rivals, repository: repository)
        case .indicesCompared(let lost): changes(in: lost)
        case .looked, .lookFailed, .firstLookFailed, .clocksCompared, .storageVerified, .jobStands: looks(event)
        case .missed, .shownAgain, .clockChanged, .skipped, .passed, .unpaused: fireTimes(event)
        case .step(let step, let jobs): step.logEntry(jobs: jobs, repository: repository).map { [$0] } ?? []
        case .retrying, .waiting, .failed, .deleteFailed: failures(event)
        case .markerStands, .markerLost, .removedCancelled, .removedOverdue: upkeep(event)
        case .pruned(let report, _): retention(report)
        case .verified, .verificationSkipped, .drillsSwept, .drillsLeft, .sweepFailed:
            event.verificationEntry.map { [$0] } ?? []
        case .reading, .verifying, .sizeRead, .coverageRead, .versionTold, .attemptEnded, .succeeded: []
        }
    }

    /// An engine that is away for hours is told of ever more rarely, and once when it is back.
    private mutating func engine(_ event: EngineEvent) -> [LogEntry] {
        switch event {
        case .retrying(let operation, let error, let delay):
            let count = (repetitions[operation] ?? 0) + 1
            repetitions[operation] = count
            guard count & (count - 1) == 0 else { return [] }
            let times = count == 1 ? "failed" : "has failed \(count) times"
            let wait = (delay.seconds * 1_000).rounded() / 1_000
            return [
                LogEntry(
                    .engineTrouble, .warning,
                    "\(operation.rawValue) \(times) and is asked again in \(wait) s: \(error)",
                    error.fields)
            ]
        case .ended(let operation, nil, _):
            guard let count = repetitions.removeValue(forKey: operation) else { return [] }
            let times = count == 1 ? "once" : "\(count) times"
            return [
                LogEntry(
                    .engineRecovered, .notice, "the engine answers again; \(operation.rawValue) had failed \(times)")
            ]
        case .ended: return []
        case .keyNotRenewed:
            return [LogEntry(.engineTrouble, .warning, event.warning ?? "", [.init("SETTING", "engine.aws")])]
        case .exchanged(let exchange): return [LogEntry(.engineExchange, .debug, exchange.words)]
        }
    }

    private mutating func looks(_ event: DaemonEvent.Kind) -> [LogEntry] {
        switch event {
        case .looked(let repository):
            return engine.entries(repository.engine) + changes(in: repository) + pauses.entries(repository.markers)
                + restores.entries(repository.markers)
        case .clocksCompared(let problem):
            defer { clockProblem = problem }
            return problem.map { clockProblem == nil ? [LogEntry(.clockChange, .warning, $0)] : [] } ?? []
        case .storageVerified(let problem): return change(of: problem)
        case .lookFailed(let error) where [.namesVanished, .storageFailed].contains(error.code):
            return change(of: error)
        case .firstLookFailed(let error):
            let words = "what is unfinished, and what was missed, can't be told yet: \(error)"
            return [LogEntry(.engineTrouble, .warning, words, error.fields)]
        case .jobStands(let job, let newest): return [standing(of: job, newest)]
        default: return []
        }
    }

    private mutating func changes(in seen: SeenRepository) -> [LogEntry] {
        let now = Set(seen.unreadable)
        var entries = now.subtracting(unreadable).sorted().map { name in
            LogEntry(
                .snapshotUnreadable, .error,
                "\(name) is listed, but can't be read: bring its blob back into the repository, or delete it",
                [.init("SNAPSHOT", name), .init("REPOSITORY", repository)])
        }
        entries += unreadable.subtracting(now).sorted().map { name in
            LogEntry(.snapshotUnreadable, .notice, "\(name) can be read again, or is gone", [.init("SNAPSHOT", name)])
        }
        unreadable = now
        return entries
    }

    private mutating func changes(in lost: [Lost]) -> [LogEntry] {
        defer { vanished = Set(lost.map(\.name)) }
        return lost.filter { !vanished.contains($0.name) }.map { index in
            let words = "gone from Optimize: the index \(index.words)"
            return LogEntry(
                .indexVanished, index.isSuspicious ? .error : .notice,
                words + (index.isWithVersion ? "; Optimize's version changed with it" : ""),
                [.init("BACKUP_ID", index.holder), .init("SETTING", "retentionDefaults.keepVanishedFor")])
        }
    }

    private mutating func change(of error: BackupError?) -> [LogEntry] {
        guard error?.message != trouble else { return [] }
        trouble = error?.message
        let fields = [LogEntry.Field("REPOSITORY", repository)] + (error?.fields ?? [])
        guard let error else {
            let words = "the repository can be read and written again"
            return [LogEntry(.repositoryTrouble, .notice, words, fields)]
        }
        return [LogEntry(.repositoryTrouble, .error, "\(error)", fields)]
    }

    /// How the newest backup of a job stands: what ended while nobody was there is in no other entry.
    private func standing(of job: String, _ newest: Backup?) -> LogEntry {
        guard let newest else {
            return LogEntry(.jobStanding, .info, "\(job): there is no backup yet", [.init("BACKUP_JOB", job)])
        }
        var words = "\(job): the newest backup is \(newest.id), \(newest.state.rawValue)"
        var fields = [
            LogEntry.Field("BACKUP_JOB", job), .init("BACKUP_ID", newest.id.description),
            .init("BACKUP_STATE", newest.state.rawValue),
        ]
        if let endTime = newest.endTime { words += ", ended at \(endTime.toTheSecond)" }
        if let duration = newest.duration {
            words += " after \(duration.text)"
            fields.append(.init("DURATION_USEC", "\(duration.microseconds)"))
        }
        if let reason = newest.failureReason { words += ": \(reason)" }
        return LogEntry(.jobStanding, .info, words, fields + newest.dueFields)
    }

    private func fireTimes(_ event: DaemonEvent.Kind) -> [LogEntry] {
        func fields(_ job: String, _ due: Instant) -> [LogEntry.Field] {
            [.init("BACKUP_JOB", job), .init("DUE_TIME", due.rfc3339)]
        }
        switch event {
        case .missed(let job, let times):
            let words = "\(job): nobody was there at \(times.description)"
            return [LogEntry(.backupMissed, .warning, words, fields(job, times.last))]
        case .shownAgain(let job, let times):
            let words =
                "\(job): a backup was begun for \(times.description) before the clock was set back; none is taken again"
            return [LogEntry(.clockChange, .notice, words, fields(job, times.last))]
        case .clockChanged(let job, let note):
            return [LogEntry(.clockChange, .notice, "\(job): \(note)", [.init("BACKUP_JOB", job)])]
        case .passed(let job, let times, let reason, isFirst: true):
            let words = "\(job): no backup for \(times.description): \(reason)"
            return [LogEntry(.backupSkipped, .warning, words, fields(job, times.last))]
        case .unpaused(let job, let times):
            let words = "\(job): the pause is over, which skipped \(times.description)"
            return [LogEntry(.jobStanding, .notice, words, [.init("BACKUP_JOB", job)])]
        case .skipped(let jobs, let due, let reason, _):
            return jobs.map { job in
                LogEntry(
                    .backupSkipped, .warning, "\(job): no backup for \(due.rfc3339): \(reason)", fields(job, due))
            }
        default: return []
        }
    }

    private mutating func failures(_ event: DaemonEvent.Kind) -> [LogEntry] {
        func who(_ jobs: [String]) -> String {
            jobs.isEmpty ? "a backup" : "a backup for \(jobs.joined(separator: ", "))"
        }
        func fields(_ jobs: [String], _ error: BackupError) -> [LogEntry.Field] {
            jobs.map { .init("BACKUP_JOB", $0) } + [.init("ERROR", error.code.rawValue)] + error.fields
        }
        func wait(_ delay: Duration) -> String { "\(Int(delay.seconds.rounded())) s" }
        switch event {
        case .failed(let error, let id?, let jobs, _, _, let outlook):
            let step = BackupEvent(id: id, .failed(error))
            return step.logEntry(jobs: jobs, repository: repository, outlook).map { [$0] } ?? []
        case .failed(let error, nil, let jobs, _, _, let outlook) where error.code != .cancelled:
            let words = "\(who(jobs)) failed\(outlook.words(on: error))"
            return [LogEntry(.backupFailed, .error, words, fields(jobs, error))]
        case .retrying(let error, let jobs, let due, let attempt, let attempts, let delay):
            let words =
                "\(who(jobs)) failed, attempt \(attempt) of \(attempts): \(error); next attempt in \(wait(delay))"
            let own = [LogEntry.Field("DUE_TIME", due.rfc3339), .init("ATTEMPT", "\(attempt)")]
            return [LogEntry(.engineTrouble, .warning, words, own + fields(jobs, error))]
        case .waiting(let error, let jobs, let due, let delay):
            let words = "\(who(jobs)): waiting, and asking again in \(wait(delay)): \(error)"
            let own = [LogEntry.Field("DUE_TIME", due.rfc3339)]
            let what = "\(due.rfc3339) \(error.message)"
            defer { lastWait = what }
            if lastWait == what { return [] }
            return [LogEntry(.backupProgress, .notice, words, own + fields(jobs, error))]
        case .deleteFailed(let id, let error):
            return [
                LogEntry(
                    .deleteFailed, .error, "backup \(id) is not deleted: \(error)",
                    [.init("BACKUP_ID", id.description)] + fields([], error))
            ]
        default: return []
        }
    }

    private func upkeep(_ event: DaemonEvent.Kind) -> [LogEntry] {
        switch event {
        case .markerStands(let marker, let words):
            [LogEntry(.markerSettled, .notice, words, [.init("SNAPSHOT", marker.description)])]
        case .markerLost(let marker, let words):
            [LogEntry(.markerSettled, .error, words, [.init("SNAPSHOT", marker.description)])]
        case .removedCancelled(let id):
            [
                LogEntry(
                    .backupDeleted, .notice, "backup \(id): deleted what still ran of it, since it was cancelled",
                    [.init("BACKUP_ID", id.description)])
            ]
        case .removedOverdue(let snapshot):
            [
                LogEntry(
                    .backupDeleted, .error, "\(snapshot) ran for longer than backup.timeout, and has been deleted",
                    [.init("SNAPSHOT", snapshot), .init("SETTING", "backup.timeout")])
            ]
        default: []
        }
    }

    /// A prune that fails is tried again and again; what keeps it from its work is told once, and so is that nothing does any more.
    private mutating func retention(_ report: Pruning.Report) -> [LogEntry] {
        // Who is in the way may change from one try to the next.
        func key(_ error: BackupError) -> String { error.code == .repositoryBusy ? error.code.rawValue : "\(error)" }
        let new = report.failures.filter { !retentionFailures.contains(key($0)) }
        var entries = new.map { LogEntry(.retentionFailed, .error, "retention: \($0)", $0.fields) }
        if report.failures.isEmpty, report.putOff == nil, !retentionFailures.isEmpty {
            entries.append(LogEntry(.retentionFailed, .notice, "retention: nothing keeps it from its work any more"))
        }
        // Nobody knows of what was not come to.
        let before = report.putOff == nil ? [] : retentionFailures
        retentionFailures = before.union(report.failures.map(key))
        if let decisions = report.reported { entries += say(of: decisions) }
        if report.leftOver > 0 {
            entries.append(
                LogEntry(
                    .retentionFailed, .notice,
                    "retention: \(report.removed.count.of("backup")) deleted, \(report.leftOver) more \(report.leftOver == 1 ? "is" : "are") left for the next run",
                    [.init("SETTING", "retentionDefaults.maximumDeletesPerRun")]))
        }
        return entries
    }
}

extension EventJournal {
    /// What retention would delete, whenever something comes to it.
    fileprivate mutating func say(of decisions: [RetentionDecision]) -> [LogEntry] {
        let ids = decisions.map(\.candidate.id)
        defer { reported = Set(ids) }
        guard !reported.isSuperset(of: ids) else { return [] }
        let shown = ids.prefix(20) + (ids.count > 20 ? ["…"] : [])
        let words = "retention: \(ids.count) would be deleted, and none is: \(shown.joined(separator: ", "))"
        return [LogEntry(.backupKept, .notice, words, [.init("SETTING", "retentionDefaults.mode")])]
    }
}

/// Writes down what is told, from wherever it comes.
package final class SharedJournal: Sendable {
    private let journal: Mutex<EventJournal>
    private let sink: LogSink

    package init(repository: String, sink: @escaping LogSink) {
        journal = Mutex(EventJournal(repository: repository))
        self.sink = sink
    }

    package func take(_ event: DaemonEvent) {
        for entry in journal.withLock({ $0.entries(for: event) }) { sink(entry) }
    }
}
