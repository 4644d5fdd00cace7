import Glibc
import HTTP
import JSON
import TestSupport

/// A daemon of a scene, and how to talk to it.
struct RunningDaemon {
    let process: ChildProcess
    let port: Int

    struct Answer {
        let status: Int
        let text: String

        var json: JSONValue { JSONValue(Array(text.utf8)) ?? .null }
    }

    func send(_ method: HTTPRequest.Method, _ target: String, _ body: String = "") throws -> Answer {
        let ending = try run(
            "curl", "-s", "-m", "60", "-o", "-", "-w", "\n%{http_code}", "-X", method.rawValue, "-H",
            "Content-Type: application/json",
            body.isEmpty ? "-g" : "-d\(body)", "http://127.0.0.1:\(port)\(target)")
        let lines = ending.output.split(separator: "\n", omittingEmptySubsequences: false)
        return Answer(status: Int(lines.last ?? "") ?? 0, text: lines.dropLast().joined(separator: "\n"))
    }

    /// Asks until a backup is in a state.
    func wait(for target: String, state: String) throws {
        try process.wait { _ in (try? send(.get, target).json["state"]?.string) == state }
    }

    /// How often each outcome was counted for a job's fire times.
    func outcomes(of job: String) throws -> [String: Int] {
        try counts("optimize_backup_runs_total", of: job)
    }

    /// How often a job's attempts failed, by the reason.
    func retries(of job: String) throws -> [String: Int] {
        try counts("optimize_backup_retries_total", of: job)
    }

    private func counts(_ metric: String, of job: String) throws -> [String: Int] {
        let start = "\(metric){backup_job=\"\(job)\","
        let series = try send(.get, "/metrics").text.split(separator: "\n").filter { $0.hasPrefix(start) }
        let counts = series.compactMap { line -> (String, Int)? in
            guard let count = line.split(separator: " ").last.flatMap({ Int($0) }), count > 0 else { return nil }
            return (String(line.split(separator: "\"")[3]), count)
        }
        return Dictionary(uniqueKeysWithValues: counts)
    }

    func stop() -> Int32 {
        process.signal(SIGTERM)
        return process.wait().status
    }
}

/// Runs `serve` for as long as the body runs.
///
/// - Parameter host: what the host is to be called there, which only root may say.
func withDaemon(
    _ scene: Scene, jobs: String = "", changing changes: [String: String] = [:], host: String? = nil,
    _ body: (RunningDaemon) throws -> Void
) throws {
    try withTemporaryFolder { folder throws in
        try write("server: {port: 0}\n\(jobs)\n", toFile: "\(folder)/config.yaml")
        let configured = ["OPTIMIZE_BACKUP_CONFIG": "\(folder)/config.yaml"].merging(changes) { $1 }
        let process = try scene.start(["serve"], changing: configured, host: host, in: folder)
        defer { process.stop() }
        try process.wait { $0.errors.contains("answers on port") }
        let digits = process.errors.split(separator: "answers on port ").last?.prefix { $0.isNumber }
        let port = digits.flatMap { Int($0) } ?? 0
        try body(RunningDaemon(process: process, port: port))
    }
}
