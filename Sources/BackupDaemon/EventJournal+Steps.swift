internal import Backups
internal import ElasticsearchClient
internal import Text
internal import Time

extension BackupEvent {
    /// What the log says of a step; nil for what is of no interest there.
    ///
    /// - Parameters:
    ///   - jobs: for which the backup is taken; none if by hand.
    ///   - outlook: of a fire time that has failed.
    func logEntry(jobs: [String], repository: String, _ outlook: DaemonEvent.Outlook? = nil) -> LogEntry? {
        let common =
            [LogEntry.Field("BACKUP_ID", id.description), .init("REPOSITORY", repository)]
            + jobs.map { .init("BACKUP_JOB", $0) }
        let who = jobs.isEmpty ? "backup \(id)" : "backup \(id) for \(jobs.joined(separator: ", "))"
        func entry(
            _ id: MessageID, _ priority: LogEntry.Priority, _ words: String, _ fields: [LogEntry.Field] = []
        ) -> LogEntry {
            LogEntry(id, priority, "\(who): \(words)", common + fields)
        }
        switch step {
        case .partStarted(let part, let snapshot, let indices):
            let fields = [
                LogEntry.Field("BACKUP_PART", "\(part)"), .init("SNAPSHOT", snapshot),
                .init("BACKUP_STATE", "IN_PROGRESS"),
            ]
            // A night that went well is told in its first line and its last.
            return entry(
                part == 1 ? .backupStarted : .backupProgress, part == 1 ? .info : .debug,
                "part \(part) started with \(indices.of("index", "indices"))",
                fields)
        case .partCompleted(let part, let snapshot):
            return entry(
                .backupProgress, .debug, "part \(part) completed",
                [.init("BACKUP_PART", "\(part)"), .init("SNAPSHOT", snapshot.name)])
        case .takenUp(let instance): return entry(.backupProgress, .notice, "begun on \(instance), going on with it")
        case .versionChanged(let configured, let version):
            return entry(
                .backupProgress, .warning,
                "Optimize is of version \(version), not \(configured) as configured; the backup is named after what it is",
                [.init("SETTING", "backup.optimizeVersion")])
        case .waitingForOthers(let names):
            return entry(
                .backupProgress, .notice, "waiting for \(names.joined(separator: ", "))",
                [.init("SETTING", "backup.waitForOthers")])
        case .startingBesideOthers(let names, let hasWaited):
            return entry(
                .backupProgress, .warning, "starting beside \(names.joined(separator: ", "))",
                hasWaited ? [.init("SETTING", "backup.waitForOthers")] : [])
        case .indicesChanged(let part, let error):
            return entry(
                .engineTrouble, .notice, "part \(part): an index went away, looking again: \(error)", error.fields)
        case .retrying(let part, let error, let delay):
            return entry(
                .engineTrouble, .warning, "part \(part): trying again in \(delay.text): \(error)", error.fields)
        case .unknown(let part, let error):
            return entry(
                .engineTrouble, .warning, "part \(part): nobody can tell how it is, asking on: \(error)", error.fields)
        case .completed(let backup):
            let duration = backup.duration ?? .zero
            return entry(
                .backupCompleted, .notice,
                "COMPLETED in \(duration.text)" + (backup.size.map { ", \($0.incremental.inBytes) new" } ?? ""),
                backup.completedFields)
        case .foundCompleted(let backup):
            return entry(
                .backupCompleted, .notice, "COMPLETED on \(backup.metadata?.instance ?? "another host")",
                backup.completedFields)
        case .failed(let error) where error.code == .cancelled:
            return entry(.backupProgress, .notice, "\(error)", [.init("BACKUP_STATE", "IN_PROGRESS")])
        case .failed(let error):
            return LogEntry(
                .backupFailed, .error, "\(who) failed\(outlook.words(on: error))",
                common + [.init("BACKUP_STATE", "FAILED"), .init("ERROR", error.code.rawValue)] + error.fields)
        case .deleted(let snapshots):
            return entry(.backupDeleted, .notice, "deleted", snapshots.map { .init("SNAPSHOT", $0) })
        case .uncovered(let names) where !names.isEmpty:
            return entry(
                .backupProgress, .warning,
                "in no backup, since not named as Optimize names its indices: \(names.joined(separator: ", "))",
                [.init("SETTING", "backup.indexPrefix")])
        case .leftOut(let names):
            return entry(
                .backupProgress, .info,
                "came while it was taken, as far as can be told, and are in the next backup: "
                    + names.joined(separator: ", "))
        case .partProgress, .uncovered: return nil
        }
    }
}

extension Backup {
    fileprivate var completedFields: [LogEntry.Field] {
        let duration = LogEntry.Field("DURATION_USEC", "\((duration ?? .zero).microseconds)")
        return [.init("BACKUP_STATE", "COMPLETED"), duration] + dueFields
    }

    var dueFields: [LogEntry.Field] {
        guard let due = metadata?.due else { return [] }
        return [.init("DUE_TIME", due.time.rfc3339), .init("ATTEMPT", "\(due.attempt)")]
    }
}

extension DaemonEvent.Outlook? {
    /// What follows "failed": which attempt it was, why, and what comes next.
    func words(on error: BackupError) -> String {
        guard let outlook = self else { return ": \(error)" }
        let next = outlook.next.map { "; next run \($0)" } ?? ""
        return ", attempt \(outlook.attempt) of \(outlook.attempts): \(error)\(next)"
    }
}

extension BackupError {
    /// What machines may want to know of it.
    var fields: [LogEntry.Field] {
        (setting.map { [.init("SETTING", $0)] } ?? []) + (cause?.fields ?? [])
    }
}

extension EngineError {
    var fields: [LogEntry.Field] {
        [("ENGINE_ERROR_TYPE", type), ("ENGINE_STATUS", status.map { "\($0)" })].compactMap { name, value in
            value.map { LogEntry.Field(name, $0) }
        }
    }
}
