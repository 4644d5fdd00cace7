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

    func stop() -> Int32 {
        process.signal(SIGTERM)
        return process.wait().status
    }
}

/// Runs `serve` for as long as the body runs.
func withDaemon(
    _ scene: Scene, jobs: String = "", changing changes: [String: String] = [:], _ body: (RunningDaemon) throws -> Void
) throws {
    try withTemporaryFolder { folder throws in
        try write("server: {port: 0}\n\(jobs)\n", toFile: "\(folder)/config.yaml")
        let configured = ["OPTIMIZE_BACKUP_CONFIG": "\(folder)/config.yaml"].merging(changes) { $1 }
        let process = try scene.start(["serve"], changing: configured, in: folder)
        defer { process.stop() }
        try process.wait { $0.errors.contains("answers on port") }
        let digits = process.errors.split(separator: "answers on port ").last?.prefix { $0.isNumber }
        let port = digits.flatMap { Int($0) } ?? 0
        try body(RunningDaemon(process: process, port: port))
    }
}
