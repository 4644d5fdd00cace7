import Glibc
import TestSupport
import Testing

/// What a reload brings of the files that the configuration names, which itself is as it was.
@Suite(.timeLimit(.minutes(10)))
struct ReloadTests {
    /// Runs `serve` with a password in a file, until the body has ended.
    private func serve(
        _ password: (_ folder: String) -> String, _ variables: (_ folder: String) -> [String: String],
        _ body: (_ process: ChildProcess, _ engine: ChildProcess, _ file: String) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            try write(
                #"{"error":{"type":"security_exception","reason":"no"},"status":401}"#, toFile: "\(folder)/answer")
            let engine = try ChildProcess(
                ["python3", BuiltProgram.script("engine.py"), "401", "\(folder)/answer", "tell"], folder: folder)
            defer { engine.stop() }
            try engine.wait { $0.output.hasSuffix("\n") }
            let (file, socket) = ("\(folder)/config.yaml", try NotifySocket(in: folder))
            let password = password(folder)
            try write("one\n", toFile: "\(folder)/password")
            try write(
                "engine: {urls: [\"http://127.0.0.1:\(engine.output.dropLast())\"], username: me, passwordFile: \"\(password)\"}\n"
                    + "backup: {repositoryName: backups}\nserver: {port: 0}\nlog: {format: text}\n", toFile: file)
            var environment = variables(folder)
            environment["NOTIFY_SOCKET"] = socket.path
            let process = try BuiltProgram.start(["--config", file, "serve"], environment, in: folder)
            try process.wait { _ in socket.messages.contains("READY=1") }
            #expect(engine.errors.contains("Basic bWU6b25l"))
            try body(process, engine, "\(folder)/password")
            process.signal(SIGTERM)
            #expect(process.wait().status == 0)
        }
    }

    @Test func aPasswordIsReadAgain() throws {
        try serve({ _ in "password" }, { _ in [:] }) { process, engine, file in
            try write("two\n", toFile: file)
            process.signal(SIGHUP)
            try engine.wait { $0.errors.contains("Basic bWU6dHdv") }
            try process.wait { $0.errors.contains("read again, and changed: engine.passwordFile") }
            #expect(!process.errors.contains("takes a restart"))
            // One that is wrong leaves the old one in force.
            try write("", toFile: file)
            process.signal(SIGHUP)
            try process.wait { $0.errors.contains("\(file) is empty") }
        }
    }

    @Test(arguments: [true, false])
    func aCredentialOfSystemdTakesARestart(isAbsolute: Bool) throws {
        try serve({ isAbsolute ? "\($0)/password" : "password" }, { ["CREDENTIALS_DIRECTORY": $0] }) { process, _, _ in
            process.signal(SIGHUP)
            try process.wait {
                $0.errors.contains("engine.passwordFile: systemd puts a changed credential in place at a start only")
            }
            #expect(!process.errors.contains("read again"))
        }
    }
}
