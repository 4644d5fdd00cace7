import Glibc
import TestSupport
import Testing

/// How signals end the program.
@Suite(.timeLimit(.minutes(10)))
struct SignalTests {
    @Test(arguments: [SIGINT, SIGTERM])
    func theSecondEndsAtOnce(signal: Int32) throws {
        let engine = try SilentEngine()
        try withTemporaryFolder { folder in
            let process = try BuiltProgram.start(
                ["demo", "--port", "0", "--engine", engine.url, "--repository", "backups"], in: folder)
            try process.wait { _ in engine.isAsked }
            #expect(isBlocked(signal, in: process))
            process.signal(signal)
            try process.wait { !isBlocked(signal, in: $0) }
            process.signal(signal)
            #expect(process.wait().status == 128 + signal)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func oneEndsACommandThatWaitsForItsEngine(signal: Int32) throws {
        let engine = try SilentEngine()
        try withConfiguration(engine: engine.url) { folder, file in
            let process = try BuiltProgram.start(["--config", file, "list"], in: folder)
            try process.wait { _ in engine.isAsked }
            process.signal(signal)
            #expect(process.wait().status == 130)
        }
    }

    /// The engine goes on with the backup, and whoever ordered it hears how to follow it.
    @Test func anInterruptedCreateSaysHowToFollow() throws {
        let (ending, shown) = try withScene { scene in
            scene.letSnapshotsRunOn()
            let process = try scene.start(["create", "7"])
            try process.wait { _ in scene.hasSnapshots }
            process.signal(SIGINT)
            return (process.wait(), try scene.run("-o", "json", "show", "7").output)
        }
        #expect(ending.status == 130)
        #expect(ending.errors.contains("'optimize-backup show 7'"), "\(ending.errors)")
        #expect(ending.errors.contains("'optimize-backup cancel 7'"), "\(ending.errors)")
        #expect(shown.contains("IN_PROGRESS"), "\(shown)")
    }

    @Test func anIgnoredHangUpStaysIgnored() throws {
        let engine = try SilentEngine()
        try withConfiguration(engine: engine.url) { folder, file in
            let process = try BuiltProgram.start(
                ["--config", file, "list"], shell: #"trap "" HUP; exec "$@""#, in: folder)
            try process.wait { _ in engine.isAsked }
            #expect(isBlocked(SIGTERM, in: process) && !isBlocked(SIGHUP, in: process))
            process.signal(SIGHUP)
            process.signal(SIGTERM)
            #expect(process.wait().status == 130)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aDemoEnds(signal: Int32) throws {
        try withTemporaryFolder { folder in
            let process = try BuiltProgram.start(["demo", "--port", "0"], in: folder)
            try process.wait { $0.output.contains("Ctrl-C ends it") }
            process.signal(signal)
            let ending = process.wait()
            #expect(ending.status == 0 && ending.errors.contains("stopping"), "\(ending.errors)")
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func readingAConfigurationThatNeverComesIsInterrupted(signal: Int32) throws {
        try withTemporaryFolder { folder in
            let pipe = "\(folder)/config.yaml"
            mkfifo(pipe, 0o600)
            let process = try BuiltProgram.start(["--config", pipe, "serve"], in: folder)
            var writing: Int32 = -1
            try process.wait { _ in
                writing = open(pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
                return writing >= 0
            }
            defer { close(writing) }
            process.signal(signal)
            #expect(process.wait().status == 128 + signal)
        }
    }

    @Test func aQuestionIsInterrupted() throws {
        try withTemporaryFolder { folder in
            let demo = try BuiltProgram.start(["demo", "--port", "0"], in: folder)
            defer { demo.stop() }
            try demo.wait { $0.errors.contains("COMPLETED in") }
            let id = demo.errors.split(separator: " ").first { $0.count == 14 && $0.allSatisfy(\.isNumber) } ?? ""
            let engine = demo.output.split(separator: "'").first { $0.contains("/_snapshot/") } ?? ""
            let configured = [
                "OPTIMIZE_BACKUP_ENGINE_URLS": String(engine.split(separator: "/_snapshot/").first ?? ""),
                "OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME": "backups",
                "OPTIMIZE_BACKUP_BACKUP_INDEX_PREFIX": "optimize-demo", "PATH": "/usr/bin:/bin",
            ]
            let ending = try TestSupport.run(
                ["python3", BuiltProgram.script("interrupt_question.py"), BuiltProgram.path, "delete", String(id)],
                environment: configured)
            #expect(ending.status == 128 + SIGINT, "\(ending.output) \(ending.errors)")
        }
    }

    @Test func closedDescriptorsAreOpenedOnNothing() throws {
        let engine = try SilentEngine()
        try withConfiguration(engine: engine.url) { folder, file in
            let process = try BuiltProgram.start(
                ["--config", file, "serve"], shell: #"exec "$@" <&- >&- 2>&-"#, in: folder)
            try process.wait { _ in engine.isAsked }
            for descriptor in 0...2 {
                #expect(target(of: "/proc/\(process.pid)/fd/\(descriptor)") == "/dev/null")
            }
            process.signal(SIGTERM)
            #expect(process.wait().status == 0)
        }
    }

    /// Whether a process takes a signal otherwise than by its default effect.
    private func isBlocked(_ signal: Int32, in process: ChildProcess) -> Bool {
        let lines = contents(of: "/proc/\(process.pid)/status").split(separator: "\n")
        let mask = lines.first { $0.hasPrefix("SigBlk:") }?.split(separator: "\t").last ?? ""
        return (UInt64(mask, radix: 16) ?? 0) & (1 << UInt64(signal - 1)) != 0
    }

    private func target(of link: String) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = buffer.withUnsafeMutableBytes {
            readlink(link, $0.assumingMemoryBound(to: CChar.self).baseAddress!, $0.count)
        }
        return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
    }
}
