import Glibc
import TestSupport
import Testing

/// What the service manager and the log are told when others' words are long, or made to deceive.
@Suite(.timeLimit(.minutes(10)))
struct NotificationTests {
    private static let forged =
        "bad\r\nSTOPPING=1\r\nMAINPID=1\r\n\u{1B}[2J\u{202E}\u{9B}\u{200B}" + String(repeating: "ä", count: 2_500)

    /// Runs `serve` under a service manager until the body has ended.
    private func serve(
        engine: String, _ more: String = "",
        _ body: (_ process: ChildProcess, _ socket: NotifySocket, _ file: String) throws -> Void
    ) throws {
        try withConfiguration(engine: engine, more) { folder, file in
            let socket = try NotifySocket(in: folder)
            let process = try BuiltProgram.start(
                ["--config", file, "serve"], ["NOTIFY_SOCKET": socket.path], in: folder)
            try body(process, socket, file)
            process.signal(SIGTERM)
            #expect(process.wait().status == 0)
            #expect(socket.messages.filter { $0 == "STOPPING=1" }.count == 1)
            for message in socket.messages {
                #expect(message.utf8.count <= 507, "\(message)")
                let isOfSeveralLines = message.unicodeScalars.contains { $0 == "\n" || $0 == "\r" }
                #expect(!isOfSeveralLines || message.hasPrefix("RELOADING=1\nMONOTONIC_USEC="), "\(message)")
            }
        }
    }

    @Test func aLongReasonLeavesReadyAlone() throws {
        try withRefusingEngine(Self.forged) { url in
            try serve(engine: url, "log: {format: text}") { process, socket, _ in
                try process.wait { _ in socket.messages.contains("READY=1") }
                #expect(socket.messages.contains { $0.hasPrefix("STATUS=trouble: ") && $0.hasSuffix("…") })
                #expect(!socket.messages.contains("STOPPING=1"))
                let lines = process.errors.unicodeScalars.split { $0 == "\n" || $0 == "\r" }.map(String.init)
                #expect(
                    lines.contains { $0.contains(#"bad STOPPING=1 MAINPID=1 \u{1B}[2J\u{202E}\u{9B}\u{200B}"#) },
                    "\(lines)")
                #expect(lines.allSatisfy { $0.contains(" optimize-backup: ") }, "\(lines)")
            }
        }
    }

    @Test func aReasonIsPrintedOnOneLine() throws {
        try withRefusingEngine(Self.forged) { url in
            try withConfiguration(engine: url) { _, file in
                let ending = try BuiltProgram.run(["--config", file, "check"])
                let lines = ending.output.unicodeScalars.split { $0 == "\n" || $0 == "\r" }.map(String.init)
                #expect(lines.count == 1 && lines[0].hasPrefix("wrong    "), "\(ending.output)")
                let list = try BuiltProgram.run(["--config", file, "list"])
                #expect(list.errors.unicodeScalars.split { $0 == "\n" || $0 == "\r" }.count == 1, "\(list.errors)")
            }
        }
    }

    @Test(arguments: ["many mistakes", "another name of a job", "a pipe", "a pipe as secret"])
    func aRefusedReloadEnds(kind: String) throws {
        try serve(engine: "http://127.0.0.1:1") { process, socket, file in
            try process.wait { _ in socket.messages.contains("READY=1") }
            let reason: String
            switch kind {
            case "many mistakes":
                let mistakes = (1...200).map { "mistake\($0): 1\n" }.joined()
                try write(contents(of: file) + mistakes, toFile: file)
                reason = "mistake1: unknown key"
            case "another name of a job":
                try write(
                    "backup: {repositoryName: backups}\njobs: {new: {schedule: 0 2 * * *, formerNames: [old]}}\n",
                    toFile: file)
                reason = "formerNames changed, which takes a restart"
            case "a pipe":
                unlink(file)
                mkfifo(file, 0o600)
                reason = "is no regular file"
            default:
                mkfifo("\(file).secret", 0o600)
                let engine = #"engine: {username: me, passwordFile: "\#(file).secret"}"#
                try write(engine + "\nbackup: {repositoryName: backups}\n", toFile: file)
                reason = "\(file).secret:1:1: is no regular file"
            }
            process.signal(SIGHUP)
            try process.wait { _ in socket.messages.filter { $0 == "READY=1" }.count == 2 }
            let order = socket.messages.filter { !$0.hasPrefix("STATUS=") && !$0.hasPrefix("WATCHDOG=") }
            #expect(order.count == 3 && order[1].hasPrefix("RELOADING=1\nMONOTONIC_USEC="), "\(order)")
            #expect(order[0] == "READY=1" && order[2] == "READY=1")
            try process.wait { _ in
                let status = socket.messages.last { $0.hasPrefix("STATUS=") } ?? ""
                return status.contains("the old one stays in force") && status.contains(reason)
            }
        }
    }

    /// However fast it changes.
    @Test func aStatusIsToldOnceASecondAtMost() throws {
        try serve(engine: "http://127.0.0.1:1") { process, socket, file in
            try process.wait { _ in socket.messages.contains("READY=1") }
            let before = socket.messages.count
            let good = contents(of: file)
            for number in 1...60 {
                try write("\(good)mistake\(number): 1\n", toFile: file)
                process.signal(SIGHUP)
                usleep(50_000)
                // Whoever does not listen holds up whoever tells.
                _ = socket.messages
            }
            try process.wait { _ in socket.messages.last { $0.hasPrefix("STATUS=") }?.contains("mistake60") ?? false }
            let told = socket.messages.dropFirst(before).filter { $0.hasPrefix("STATUS=") }
            #expect((2...6).contains(told.count), "\(told)")
        }
    }

    @Test func aStopDuringTheFirstLookWaitsForNothing() throws {
        let engine = try SilentEngine()
        try serve(engine: engine.url) { process, socket, _ in
            try process.wait { _ in engine.isAsked }
            process.signal(SIGTERM)
            process.wait()
            #expect(!socket.messages.contains("READY=1"))
            #expect(!process.errors.contains("answers on port"))
        }
    }
}
