import TestSupport
import Testing

/// Where results go when nobody takes them as they come.
@Suite(.timeLimit(.minutes(10)))
struct OutputTests {
    private static let schedule = ["schedule", "--cron", "* * * * *", "--count", "500"]

    private func run(_ arguments: [String], shell: String) throws -> ChildProcess.Ending {
        try withTemporaryFolder { try BuiltProgram.start(arguments, shell: shell, in: $0).wait() }
    }

    @Test func aPipeThatDoesNotBlockIsWaitedFor() throws {
        let whole = try BuiltProgram.run(Self.schedule)
        #expect(whole.output.utf8.count > 4_096)
        let ending = try TestSupport.run(
            ["python3", BuiltProgram.script("slow_reader.py"), BuiltProgram.path] + Self.schedule)
        #expect(ending.status == 0, "\(ending.errors)")
        // The first time is the next minute, which may have changed.
        #expect(ending.output.split(separator: "\n").count == whole.output.split(separator: "\n").count)
    }

    @Test(arguments: [schedule, ["-o", "json"] + schedule, ["--help"], ["--version"]])
    func whatCantBeWrittenIsAnError(arguments: [String]) throws {
        let ending = try run(arguments, shell: #"exec "$@" >/dev/full"#)
        #expect(ending.status == 74)
        #expect(ending.errors == "optimize-backup: the output could not be written: No space left on device\n")
    }

    @Test(arguments: [schedule, ["--help"]])
    func aClosedPipeIsNone(arguments: [String]) throws {
        let ending = try run(arguments, shell: #"{ "$@"; echo $? >&2; } | true"#)
        #expect(ending.errors == "0\n")
    }
}
