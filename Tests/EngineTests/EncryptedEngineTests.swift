import Glibc
import HTTP
import TestSupport
import Testing

/// TLS towards a real engine: handshakes that break, a node that restarts, certificates of our own.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct EncryptedEngineTests {
    private let asNobody = ["OPTIMIZE_BACKUP_ENGINE_USERNAME": "", "OPTIMIZE_BACKUP_ENGINE_PASSWORD_FILE": ""]

    @Test(.besideOpenSearch2)
    func aRestartBehindTLSCostsNoBackup() throws {
        try withSecuredEngine { engine throws in
            try engine.grant(indices: ["optimize-*"], isConfirming: true)
            try expectCertificates(engine)
            try expectBrokenHandshakes(engine)
            try expectARestart(engine)
        }
    }

    private func expectCertificates(_ engine: SecuredEngine) throws {
        let certificates = "\(engine.home)/config/certs"
        let locked = "\(engine.home)/locked.key"
        let encrypting = try run(
            "openssl", "pkcs8", "-topk8", "-in", "\(certificates)/backup.key", "-out", locked, "-passout", "pass:secret"
        )
        try #require(encrypting.status == 0, "\(encrypting.errors)")
        func list(key: String) throws -> ChildProcess.Ending {
            try engine.program(
                ["list"],
                changing: asNobody.merging([
                    "OPTIMIZE_BACKUP_ENGINE_CLIENT_CERTIFICATE_FILE": "\(certificates)/backup.pem",
                    "OPTIMIZE_BACKUP_ENGINE_CLIENT_KEY_FILE": key,
                ]) { $1 })
        }
        let known = try list(key: "\(certificates)/backup.key")
        #expect(known.status == 0, "\(known.errors)")
        let refused = try list(key: locked)
        #expect(refused.status == 78 && refused.errors.contains("the key is encrypted"), "\(refused)")
        let unlike = try list(key: "\(certificates)/admin.key")
        #expect(unlike.status == 78 && unlike.errors.contains("engine.clientCertificateFile"), "\(unlike)")
        let untrusted = try engine.program(["list"], changing: ["OPTIMIZE_BACKUP_ENGINE_CA_FILE": ""])
        #expect(untrusted.status == 69 && untrusted.errors.contains("engine.caFile"), "\(untrusted)")
    }

    /// Handshakes break off at one URL, and at the only one; none is taken for a certificate's fault.
    private func expectBrokenHandshakes(_ engine: SecuredEngine) throws {
        try withBrokenHandshakes("reset,close,internal", before: engine) { url throws in
            let both = try engine.program(
                ["create", "1"], changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": "\(url),\(engine.url)"])
            #expect(both.status == 0, "\(both.errors)")
            let alone = try engine.program(
                ["list"],
                changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": url, "OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT": "2s"])
            #expect(alone.status == 69 && alone.errors.contains("engine.urls"), "\(alone)")
            #expect(!alone.errors.contains("caFile"), "\(alone)")
        }
        // Each write has a connection of its own, and so has what is asked while it is under way.
        let faults = (0..<12).map { $0 % 4 == 0 ? "pass" : ["reset", "close", "internal"][$0 % 3] } + ["pass"]
        try withBrokenHandshakes(faults.joined(separator: ","), before: engine) { url throws in
            try withDaemon(
                engine.scene, jobs: jobs, changing: engine.access.merging(["OPTIMIZE_BACKUP_ENGINE_URLS": url]) { $1 }
            ) {
                daemon throws in
                try daemon.process.wait { _ in succeeded(daemon) >= 1 }
                #expect(!daemon.process.errors.contains("caFile"), "\(daemon.process.errors)")
            }
        }
    }

    /// A node is killed and comes back: backups go on, and no certificate is blamed.
    private func expectARestart(_ engine: SecuredEngine) throws {
        try withDaemon(engine.scene, jobs: jobs, changing: engine.access) { daemon throws in
            try daemon.process.wait { _ in succeeded(daemon) >= 1 }
            let before = succeeded(daemon)
            try engine.restart {
                try daemon.process.wait { _ in daemon.process.errors.contains("asked again in") }
            }
            try daemon.process.wait { _ in succeeded(daemon) > before }
            #expect(!daemon.process.errors.contains("caFile"), "\(daemon.process.errors)")
        }
    }

    private let jobs = #"jobs: {steady: {schedule: "@every 5s", retry: {initialDelay: 1s, maximumDelay: 2s}}}"#

    private func succeeded(_ daemon: RunningDaemon) -> Int {
        let series = #"optimize_backup_runs_total{backup_job="steady",outcome="success"} "#
        let line = (try? daemon.send(.get, "/metrics").text)?.split(separator: "\n").first { $0.hasPrefix(series) }
        return line.flatMap { Int($0.dropFirst(series.count)) } ?? 0
    }
}

/// Puts a way to the engine before it on which handshakes break, for as long as the body runs.
private func withBrokenHandshakes(
    _ faults: String, before engine: SecuredEngine, _ body: (_ url: String) throws -> Void
) throws {
    try withTemporaryFolder { folder in
        let tests = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let way = try ChildProcess(
            ["python3", "\(tests)/HTTPClientTests/Servers/break_handshakes.py", faults, "\(engine.port)"],
            folder: folder)
        defer { way.stop() }
        try way.wait { $0.output.hasSuffix("\n") }
        try body("https://127.0.0.1:\(way.output.dropLast())")
    }
}
