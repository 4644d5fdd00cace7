internal import Backups
internal import ElasticsearchClient
internal import Text
internal import Time

extension Backup {
    /// One line of `list`: id, state, time, duration, version, jobs, and whether somebody holds it.
    static func table(_ backups: [Backup]) -> String {
        guard !backups.isEmpty else { return "no backups\n" }
        let rows = [["BACKUP", "STATE", "STARTED", "TOOK", "VERSION", "JOBS", "HELD"]] + backups.map(\.row)
        guard backups.contains(where: { $0.cluster != nil }) else { return columns(rows) }
        return columns(zip(rows, ["CLUSTER"] + backups.map { $0.cluster ?? "" }).map { $0 + [$1] })
    }

    private var row: [String] {
        return [
            id.description, state.rawValue, startTime?.rfc3339 ?? "-", duration?.text ?? "-", version,
            jobs.isEmpty ? "-" : jobs.joined(separator: ","), hold.map { $0.reason.isEmpty ? "yes" : $0.reason } ?? "",
        ]
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
        if let startTime { lines.append("started    \(startTime.rfc3339)") }
        if let endTime { lines.append("ended      \(endTime.rfc3339)") }
        if let duration { lines.append("took       \(duration.text)") }
        if let progress { lines.append("progress   \(Int(progress * 100)) %") }
        if let size {
            lines.append("size       \(bytes(size.total)), of which \(bytes(size.incremental)) were new")
        }
        if let hold {
            let until = hold.expiry.map { " until \($0.rfc3339)" } ?? ""
            let reason = hold.reason.isEmpty ? "" : ": \(hold.reason)"
            lines.append("held       by \(hold.by)\(until)\(reason)")
        }
        if let cluster { lines.append("cluster    \(cluster), which is another than the engine's") }
        if let metadata { lines.append("made by    \(metadata.createdBy) on \(metadata.instance)") }
        for part in parts { lines += part.lines }
        return lines.map { $0.onOneLine + "\n" }.joined()
    }
}

extension Part {
    fileprivate var lines: [String] {
        let times = [snapshot.startTime, snapshot.endTime].map { $0?.rfc3339 ?? "-" }.joined(separator: " to ")
        return ["", "part \(name.part) of \(name.partCount): \(snapshot.name)", "  \(snapshot.state.name), \(times)"]
            + snapshot.failures.map { "  failure: \($0)" } + snapshot.indices.sorted().map { "  \($0)" }
    }
}

extension Duration {
    /// Such as `850 ms`, `12.3 s`, `4 min 5 s` or `2 h 3 min`.
    var text: String {
        let milliseconds = microseconds / 1_000
        return switch milliseconds {
        case ..<1_000: "\(milliseconds) ms"
        case ..<60_000: "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
        case ..<3_600_000: "\(milliseconds / 60_000) min \(milliseconds % 60_000 / 1_000) s"
        default: "\(milliseconds / 3_600_000) h \(milliseconds % 3_600_000 / 60_000) min"
        }
    }
}

/// A number of bytes with a binary unit.
func bytes(_ count: Int64) -> String {
    var (value, unit) = (Double(count), "B")
    for next in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 {
        (value, unit) = (value / 1024, next)
    }
    return unit == "B" ? "\(count) B" : "\((value * 10).rounded() / 10) \(unit)"
}

/// Rows as columns, two spaces apart; each row is one line, whatever stands in it.
func columns(_ rows: [[String]]) -> String {
    let rows = rows.map { $0.map(\.onOneLine) }
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        zip(row, widths).dropLast()
            .map { $0 + String(repeating: " ", count: $1 - $0.count) }
            .joined(separator: "  ") + "  " + (row.last ?? "") + "\n"
    }
    .joined()
}
