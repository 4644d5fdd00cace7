import CommandLine
import Testing

/// getopt_long keeps its place in global variables, so these run one after the other.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ParseTests {
    private let program = ProgramDeclaration(
        name: "program", summary: "Does things.",
        options: [
            Option("config", value: "FILE", help: "the configuration"),
            Option("output", short: "o", value: "FORMAT", help: "json"),
            Option("help", short: "h", help: "this"),
        ],
        commands: [
            CommandDeclaration(
                "list", summary: "Lists.", options: [Option("state", value: "STATE", help: "only these")]),
            CommandDeclaration(
                "delete", operands: "ID…", count: 1...2, summary: "Deletes.",
                options: [Option("yes", short: "y", help: "go")]),
        ])

    @Test func optionsStandBeforeAndBehindTheCommand() throws {
        let before = try program.parse(["--config", "a", "-o", "json", "list", "--state=FAILED"])
        let behind = try program.parse(["list", "--state", "FAILED", "-ojson", "--config=a"])
        #expect(before == behind)
        #expect(before.command == "list")
        #expect(before["config"] == "a")
        #expect(before["output"] == "json")
        #expect(before["state"] == "FAILED")
    }

    @Test func operandsAndSwitchesMix() throws {
        let invocation = try program.parse(["delete", "one", "-y", "two"])
        #expect(invocation.operands == ["one", "two"])
        #expect(invocation.has("yes"))
        #expect(!invocation.has("help"))
    }

    @Test func whatFollowsTwoDashesIsAnOperand() throws {
        #expect(try program.parse(["delete", "--", "--yes"]).operands == ["--yes"])
    }

    @Test func theLastValueCounts() throws {
        #expect(try program.parse(["--config", "a", "list", "--config", "b"])["config"] == "b")
    }

    @Test func nothingIsAskedFor() throws {
        #expect(try program.parse([]).command == nil)
        #expect(try program.parse(["--help"]).has("help"))
        #expect(try program.parse(["delete", "--help"]).has("help"))
    }

    @Test(arguments: [
        (["nope"], "unknown command 'nope'; 'program --help' lists them"),
        (["lst"], "unknown command 'lst'; did you mean list?"),
        (["list", "--stat=x", "--sate"], "unknown or ambiguous option '--sate'; did you mean --state?"),
        (["--nope", "list"], "unknown or ambiguous option '--nope'"),
        (["list", "--yes"], "unknown or ambiguous option '--yes'"),
        (["list", "-x"], "unknown or ambiguous option '-x'"),
        (["list", "--state"], "option '--state' needs a value"),
        (["list", "extra"], "too many operands: extra"),
        (["delete"], "delete needs ID…"),
        (["delete", "a", "b", "c"], "too many operands: c"),
    ])
    func errorsSayWhatIsWrong(arguments: [String], message: String) {
        #expect(throws: UsageError(message)) { try program.parse(arguments) }
    }

    @Test func helpNamesEverything() throws {
        for word in ["list", "delete ID…", "--config FILE", "-o, --output FORMAT", "Does things."] {
            #expect(program.help.contains(word))
        }
        let delete = try #require(program.help(of: "delete"))
        #expect(delete.contains("-y, --yes"))
        #expect(delete.contains("--config FILE"))
        #expect(program.help(of: "nope") == nil)
    }
}
