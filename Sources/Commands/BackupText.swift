internal import Backups
internal import ElasticsearchClient
internal import Engines
internal import Text
internal import Time

extension Backup {
    /// One line of `list` for each; what matters most comes first, since narrow terminals cut the rest.
    static func table(_ backups: [Backup], _ terminal: Terminal) -> String {
        guard !backups.isEmpty else { return "no backups\n" }
        let headings = [
            "BACKUP", "STATE", "RESTORE", "STARTED", "TOOK", "DONE", "SIZE", "JOBS", "HELD UNTIL", "VERSION",
            "HELD FOR",
        ]
        var rows = [headings] + backups.map(\.row)
        if backups.contains(where: { $0.cluster != nil }) {
            rows = zip(rows, ["CLUSTER"] + backups.map { $0.cluster ?? "" }).map { $0 + [$1] }
        }
        return Table(rows).text(terminal, alarming: [BackupState.failed.rawValue, "refused", "damaged"])
    }

    private var row: [String] {
        [
            id.description, state.rawValue, restoreColumn, startTime?.toTheSecond ?? "-",
            duration?.inWholeSeconds ?? "-",
            progress?.inPercent ?? "-", size?.total.inBytes ?? "-", jobs.isEmpty ? "-" : jobs.joined(separator: ","),
            hold.map { $0.expiry?.toTheSecond ?? "for ever" } ?? "-", version, hold?.reason ?? "",
        ]
    }

    /// What is known of whether it can be restored: a verdict on it before what versions tell.
    private var restoreColumn: String {
        guard let marker = verification, let note = marker.verification else { return restorability.inAWord }
        if note.outcome == .failed { return "damaged" }
        let word = restorability.inAWord
        return note.kind == .drill && word != "refused" ? "proven \(marker.date.rfc3339.prefix(10))" : word
    }

    /// What `show` prints.
    var text: String {
        var lines = ["backup     \(id)", "state      \(state.rawValue)"]
        if let failureReason { lines.append("reason     \(failureReason)") }
        lines.append("version    \(version)")
        let jobs = jobs.joined(separator: ", ")
        if let due = metadata?.due {
            lines.append("due        \(due.time.rfc3339) for \(jobs), attempt \(due.attempt)")
        } else if !jobs.isEmpty {
            lines.append("taken      by hand for \(jobs)")
        }
        if let startTime { lines.append("started    \(startTime.toTheSecond)") }
        if let endTime { lines.append("ended      \(endTime.toTheSecond)") }
        if let duration { lines.append("took       \(duration.text)") }
        if let progress { lines.append("progress   \(progress.inPercent)") }
        if let size {
            lines.append("size       \(size.total.inBytes), of which \(size.incremental.inBytes) were new")
        }
        switch restorability {
        case .refused?: lines.append("restore    refused by the engine: \(restorability?.reason ?? "")")
        case .unknown?:
            lines.append("restore    nobody knows which engine made its indices, and whether this one takes them")
        case .restorable?, nil: break
        }
        if let verification, let note = verification.verification {
            let what = note.kind == .drill ? "by a restore drill" : "by a look at what stands in the repository"
            lines.append(
                "verified   \(verification.date.toTheSecond) \(what): "
                    + (note.outcome == .failed ? "can't be relied on\(verification.byAndReason)" : "good"))
        }
        if let hold {
            let until = hold.expiry.map { " until \($0.rfc3339)" } ?? ""
            let (by, reason) = (hold.by.isEmpty ? "" : "by \(hold.by)", hold.reason.isEmpty ? "" : ": \(hold.reason)")
            lines.append("held       \(by)\(until)\(reason)")
        }
        if let cluster { lines.append("cluster    \(cluster), which is another than the engine's") }
        if let metadata { lines.append("made by    \(metadata.createdBy) on \(metadata.instance)") }
        for part in parts { lines += part.lines }
        lines += NextSteps(self).lines
        return lines.map { $0.onOneLine + "\n" }.joined()
    }
}

extension Restorability? {
    /// What `list` says: nothing of those that can be restored.
    fileprivate var inAWord: String {
        switch self {
        case .refused?: "refused"
        case .unknown?: "unknown"
        case .restorable?, nil: "-"
        }
    }
}

extension Part {
    fileprivate var lines: [String] {
        let times = [snapshot.startTime, snapshot.endTime].map { $0?.toTheSecond ?? "-" }.joined(separator: " to ")
        return ["", "part \(name.part) of \(name.partCount): \(snapshot.name)", "  \(snapshot.state.name), \(times)"]
            + snapshot.failures.map { "  failure: \($0)" } + snapshot.indices.sorted().map { "  \($0)" }
    }
}

extension Double {
    /// Of a whole, such as `42 %`.
    var inPercent: String { "\(Int(self * 100)) %" }
}
