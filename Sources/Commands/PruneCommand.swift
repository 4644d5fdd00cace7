internal import BackupDaemon
internal import Backups
internal import CommandLine
internal import Configuration
internal import Retention
internal import Time

/// `prune`: applies retention, or shows what it would do.
struct PruneCommand {
    static let declaration = CommandDeclaration(
        "prune", summary: "Apply retention; with --dry-run show what would stay and what would go, with reasons.",
        options: [
            Option("dry-run", help: "delete nothing"),
            Option("yes", short: "y", help: "delete; needed to do so"),
        ])

    let repository: BackupRepository
    let settings: Settings
    let output: Output

    private struct Report: Encodable {
        struct Kept: Encodable {
            let backupId: String
            let time: String
            let state: String
            let jobs: [String]
            let reasons: [String]
        }

        struct Removed: Encodable {
            let backupId: String
            let time: String
            let state: String
            let jobs: [String]
            let reason: String
        }

        var keep: [Kept] = []
        var remove: [Removed] = []

        init(_ plan: [RetentionDecision], states: [String: String]) {
            for decision in plan {
                let candidate = decision.candidate
                let (time, state) = (candidate.time.rfc3339, states[candidate.id] ?? "")
                if decision.keeps {
                    keep.append(
                        .init(
                            backupId: candidate.id, time: time, state: state, jobs: candidate.jobs,
                            reasons: decision.reasons))
                } else {
                    remove.append(
                        .init(
                            backupId: candidate.id, time: time, state: state, jobs: candidate.jobs,
                            reason: decision.reasons.joined(separator: ", ")))
                }
            }
        }

        var text: String {
            let rows =
                keep.map { ["keep", $0.backupId, $0.time, $0.state, $0.reasons.joined(separator: "; ")] }
                + remove.map { ["remove", $0.backupId, $0.time, $0.state, $0.reason] }
            return columns([["WHAT", "BACKUP", "TIME", "STATE", "WHY"]] + rows.sorted { $0[2] > $1[2] })
        }
    }

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        guard invocation.has("dry-run") || invocation.has("yes") else {
            throw UsageError("prune deletes backups: give --dry-run to see which, or --yes to do it")
        }
        let pruning = Pruning(repository: repository, settings: DaemonSettings(settings))
        let states = Dictionary(try await repository.list().map { ($0.id.description, $0.state.rawValue) }) { $1 }
        if invocation.has("dry-run") {
            let report = Report(try await pruning.plan(), states: states)
            try output.result(report, text: report.text)
            return .success
        }
        let (removed, failures) = await pruning.run { _ in }
        let report = Report(removed, states: states)
        try output.result(report, text: report.text)
        for failure in failures { output.note("\(failure)") }
        guard let worst = failures.map(ExitStatus.init).max() else { return .success }
        return removed.isEmpty ? worst : max(worst, .doneInPart)
    }
}
