internal import Backups
internal import CommandLine
internal import Configuration
internal import Restores
internal import Text
internal import Time
internal import Verification

/// `verify ID`: looks whether a backup can be relied on, and in a drill brings it back to prove it.
struct VerifyCommand {
    static let declaration = CommandDeclaration(
        "verify", operands: "ID", count: 1...1, summary: "Look whether a backup can be relied on.",
        details:
            "Reads afresh what stands in the repository. With --drill all of it is brought back under other names beside what lives, "
            + "compared, and removed again; a drill without room for that ends with \(ExitStatus.conflict.rawValue), and has begun nothing. "
            + "Damage ends with \(ExitStatus.failure.rawValue).",
        options: [Option("drill", help: "bring it back beside what lives, compare it, and remove it again")])

    let repository: BackupRepository
    let place: DrillPlace
    let settings: Settings
    let output: Output

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        let id = try BackupID(invocation.operands[0])
        let backup = try await repository.backups.find(id, in: .ours)
        guard backup.state != .inProgress else {
            throw BackupError(.repositoryBusy, "the backup \(id) is in progress: verify it once it has ended")
        }
        let run = VerificationRun(
            VerificationRequest(invocation.has("drill") ? .drill : .check, of: id), in: repository, at: place,
            settings: runSettings, observe: observe)
        let report = try await report(run, invocation)
        output.clearProgress()
        return output.result(report, text: report.text(output.terminal), after: status(report))
    }

    private func report(_ run: VerificationRun, _ invocation: Invocation) async throws -> VerificationReport {
        do throws(BackupError) {
            // Nobody else does what a person has asked for.
            if let report = try await run.run() { return report }
            throw BackupError(.repositoryBusy, "another verifies it")
        } catch {
            if error.code == .cancelled, invocation.has("drill") {
                output.note("what has come back so far is removed by the next drill, or the next start of the daemon")
            }
            throw error
        }
    }

    private func observe(_ event: VerificationEvent) {
        switch event {
        case .restoring(let event): RestoreProgressLine(output: output).observe(event)
        case .swept(let names):
            output.note("removed what a drill had left of which nobody was left: \(names.joined(separator: ", "))")
        case .interrupted: break
        }
    }

    private func status(_ report: VerificationReport) -> ExitStatus {
        if !report.findings.isEmpty { return .failure }
        if report.outcome == .success { return .success }
        return report.failure.map { ExitStatus($0) } ?? .conflict
    }

    private var runSettings: VerificationRun.Settings {
        let host = repository.settings.instance
        let identity = ProcessIdentity(host: host)
        return .init(
            by: userAndHost(host), process: identity.text, isGone: identity.knowsToBeGone,
            limits: DrillLimits(maximumSize: settings.verify.maximumSize, timeout: settings.verify.timeout))
    }
}

extension VerificationReport {
    /// What a person reads of it.
    func text(_ terminal: Terminal) -> String {
        let what = request.kind == .drill ? "drill      " : "verified   "
        let words =
            switch outcome {
            case .success: "\(request.id) can be relied on"
            case .failed: "\(request.id) can't be relied on"
            case .skipped: "\(request.id): no verdict"
            }
        var lines = [outcome == .failed ? terminal.red(what + words) : what + words]
        var size = ["\(indices.of("index", "indices"))"]
        if let shards { size.append(shards.of("shard")) }
        if let bytes { size.append(bytes.inBytes) }
        lines.append("backup     \(size.joined(separator: ", "))")
        if let documents {
            lines.append(
                "came back  \(documents) documents; \((compared ?? 0).of("index", "indices")) compared with what lives")
        }
        lines.append("took       \(duration.text)")
        for finding in findings {
            lines += block(terminal.red("found      \(finding.message.onOneLine)"), finding.names)
        }
        for obstacle in obstacles {
            lines += block(terminal.red("in the way \(obstacle.message.onOneLine)"), obstacle.names)
        }
        if let failure { lines.append(terminal.red("failed     \("\(failure)".onOneLine)")) }
        lines += remarks.map { "remark     \($0.onOneLine)" }
        for name in left {
            lines.append("left       \(name.onOneLine), which the next drill or start of the daemon removes")
        }
        return lines.map { "\($0)\n" }.joined()
    }

    private func block(_ line: String, _ names: [String]) -> [String] {
        [line] + names.map { "           \($0.onOneLine)" }
    }
}
