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

    /// Every command that prints a result; the backup 1 is there.
    private static let results = [
        ["list"], ["show", "1"], ["check"], ["prune", "--dry-run"], ["schedule"], ["markers"], ["verify", "1"],
        ["hold", "1"],
        ["release", "1"], ["create", "2"], ["delete", "2", "--yes"], ["prune", "--yes"], ["help"].map { "--\($0)" },
        ["list", "--help"], ["--version"],
    ]
    private static let job = #"jobs: {nightly: {schedule: "0 2 * * *"}}"#

    @Test(arguments: [">/dev/full", ">&-"], ["text", "json"])
    func aLostResultIsToldByEveryCommand(redirection: String, format: String) throws {
        let endings = try withScene(Self.job) { scene in
            _ = try scene.run("create", "1")
            return try Self.results.map { try scene.run(["-o", format] + $0, shell: "exec \"$@\" \(redirection)") }
        }
        for (command, ending) in zip(Self.results, endings) {
            #expect(ending.status == 74, "\(command): \(ending)")
            #expect(
                ending.errors.contains("optimize-backup: the output could not be written: "), "\(command): \(ending)")
        }
    }

    @Test func aReaderThatGoesAwayEndsEveryCommandQuietly() throws {
        let endings = try withScene(Self.job) { scene in
            _ = try scene.run("create", "1")
            return try Self.results.map { try scene.run($0, shell: #"{ "$@"; echo $? >&2; } | true"#) }
        }
        for (command, ending) in zip(Self.results, endings) {
            #expect(ending.errors == "0\n", "\(command): \(ending)")
        }
    }

    @Test(arguments: [">/dev/full", ">&-"])
    func aDemoThatCantSayWhatToTryEnds(redirection: String) throws {
        let ending = try run(["demo", "--port", "0"], shell: "exec \"$@\" \(redirection)")
        #expect(ending.status == 74 && ending.errors.contains("the output could not be written"), "\(ending)")
    }
}
