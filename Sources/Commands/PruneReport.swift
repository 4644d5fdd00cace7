internal import Backups
internal import JSON
internal import Retention
internal import Text
internal import Time

/// A retention plan as it is shown.
struct PruneReport: JSONWritable {
    struct Kept: JSONWritable {
        let backupId: String
        let time: Instant
        let state: String
        let jobs: [String]
        /// The former cluster's that took it.
        let cluster: String?
        let reasons: [String]

        var json: JSONValue {
            [
                "backupId": BackupID.json(of: backupId), "time": time.rfc3339.json, "state": state.json,
                "jobs": jobs.json,
                "cluster": cluster.json, "reasons": reasons.json,
            ]
        }
    }

    struct Removed: JSONWritable {
        let backupId: String
        let time: Instant
        let state: String
        let jobs: [String]
        /// The former cluster's that took it.
        let cluster: String?
        let reason: String

        var json: JSONValue {
            [
                "backupId": BackupID.json(of: backupId), "time": time.rfc3339.json, "state": state.json,
                "jobs": jobs.json,
                "cluster": cluster.json, "reason": reason.json,
            ]
        }
    }

    private(set) var keep: [Kept] = []
    private(set) var remove: [Removed] = []

    var json: JSONValue { ["keep": keep.json, "remove": remove.json] }

    /// - Parameter job: only its backups are shown; nil for all.
    init(_ plan: [RetentionDecision], job: String?) {
        for decision in plan where job.map({ decision.candidate.isOf([$0]) }) ?? true {
            let candidate = decision.candidate
            let (time, state) = (candidate.time, candidate.stateName)
            if decision.keeps {
                keep.append(
                    .init(
                        backupId: candidate.id, time: time, state: state, jobs: candidate.jobs,
                        cluster: candidate.cluster?.uuid, reasons: decision.reasons.map(\.description)))
            } else {
                remove.append(
                    .init(
                        backupId: candidate.id, time: time, state: state, jobs: candidate.jobs,
                        cluster: candidate.cluster?.uuid,
                        reason: decision.reasons.map(\.description).joined(separator: "; ")))
            }
        }
    }

    /// - Returns: the status that the printing makes of the one given.
    func show(_ output: Output, after status: ExitStatus = .success) throws -> ExitStatus {
        let terminal = output.terminal
        let isEmpty = keep.isEmpty && remove.isEmpty
        return output.result(
            self, text: isEmpty ? "nothing is pruned\n" : terminal.hasColour ? days(terminal) : table(terminal),
            after: status)
    }

    private var rows: [(time: Instant, row: [String])] {
        func whose(_ cluster: String?) -> String { cluster.map { "of the former cluster \($0); " } ?? "" }
        return
            (keep.map { ($0.time, ["keep", $0.backupId, $0.state, $0.reasons.joined(separator: "; ")]) }
            + remove.map { ($0.time, ["remove", $0.backupId, $0.state, whose($0.cluster) + $0.reason]) })
            .sorted { $0.time > $1.time }
    }

    /// One line for each, newest first.
    func table(_ terminal: Terminal) -> String {
        let shown = rows.map { time, row in [row[0], row[1], time.toTheSecond, row[2], row[3]] }
        return Table([["WHAT", "BACKUP", "TIME", "STATE", "WHY"]] + shown).text(terminal)
    }

    /// By day, for a terminal: what goes is struck through.
    private func days(_ terminal: Terminal) -> String {
        var (text, day) = ("", Substring())
        let widths = (1...2).map { column in rows.map { $0.row[column].onOneLine.count }.max() ?? 0 }
        for (time, row) in rows.map({ ($0.time.toTheSecond, $0.row.map(\.onOneLine)) }) {
            if time.prefix(10) != day {
                day = time.prefix(10)
                text += "\n\(terminal.bold(String(day)))\n"
            }
            let goes = row[0] == "remove"
            let head = "  \(time.dropFirst(11).prefix(8))  \(goes ? "goes " : "stays")  "
            let cells = zip(row[1...2], widths).map { $0 + String(repeating: " ", count: $1 - $0.count + 2) }.joined()
            let rest = terminal.fit("\(head)\(cells)\(row[3])").dropFirst(head.count)
            let name = String(rest.prefix(row[1].count))
            text += head + (goes ? terminal.struckThrough(name) : name) + rest.dropFirst(name.count) + "\n"
        }
        return text + "\n\(keep.count) stay, \(remove.count) go\n"
    }
}

extension Candidate {
    /// As the actuator API has it, as far as retention tells states apart.
    fileprivate var stateName: String {
        switch state {
        case .completed: "COMPLETED"
        case .inProgress: "IN_PROGRESS"
        case .useless, .unreadable: kind ?? "FAILED"
        }
    }
}
