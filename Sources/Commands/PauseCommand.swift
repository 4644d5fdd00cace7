internal import Backups
internal import CommandLine
internal import Configuration
internal import ElasticsearchClient
internal import JSON
internal import Time

/// `pause JOB`: lets a job take no backups, on any host, until it is resumed.
struct PauseCommand {
    static let declaration = CommandDeclaration(
        "pause", operands: "JOB", count: 1...1, summary: "Let a job take no backups, on any host, until it is resumed.",
        options: [
            Option("reason", value: "TEXT", help: "why"),
            Option("until", value: "TIME", help: "in RFC 3339; until it is resumed if left out"),
        ])

    let repository: BackupRepository
    let settings: Settings
    let output: Output

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        let job = try settings.job(invocation.operands[0])
        let pending = try await repository.markers.pauseJob(
            job, reason: invocation["reason"] ?? "", until: try invocation.end(),
            by: userAndHost(repository.settings.instance), within: .seconds(2))
        try await repository.markers.untilStands(pending, "the pause", output)
        return output.result(["job": job.json, "paused": true] as JSONValue, line: "\(job) is paused")
    }
}

/// `resume JOB`: takes all pauses of a job back.
struct ResumeCommand {
    static let declaration = CommandDeclaration(
        "resume", operands: "JOB", count: 1...1, summary: "Let a job take backups again that was paused.")

    let repository: BackupRepository
    let settings: Settings
    let output: Output

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        let job = try settings.job(invocation.operands[0])
        guard !settings.jobs.contains(where: { $0.name == job && $0.isPaused }) else {
            throw BackupError(
                .repositoryBusy, "the job \(job) is paused by the configuration", setting: "jobs.\(job).paused")
        }
        let pending = try await repository.markers.resumeJob(job, by: userAndHost(repository.settings.instance))
        try await repository.markers.untilStands(pending, "the resumption", output)
        return output.result(["job": job.json, "paused": false] as JSONValue, line: "\(job) is no longer paused")
    }
}
