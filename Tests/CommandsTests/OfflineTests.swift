import JSON
import TestSupport
import Testing

/// Commands that need no engine, as their users type them.
@Suite(.timeLimit(.minutes(10)))
struct OfflineTests {
    @Test func aScheduleIsShownInAdvance() throws {
        let ending = try BuiltProgram.run([
            "-o", "json", "schedule", "--cron", "30 2 * * *", "--time-zone", "Europe/Helsinki", "--after",
            "2027-03-27T12:00:00Z", "--count", "1",
        ])
        #expect(ending.status == 0, "\(ending.errors)")
        let runs = JSONValue(Array(ending.output.utf8))?["runs"]?.array ?? []
        #expect(runs.count == 1)
        #expect(runs.first?["time"] == "2027-03-28T02:30:00+02:00")
        #expect(runs.first?["utc"] == "2027-03-28T00:30:00Z")
        #expect(runs.first?["backupId"] == 20_270_328_003_000)
        #expect(runs.first?["note"] == .null && runs.first?["jobs"] == [])
    }

    @Test(arguments: [
        (["schedule", "--cron", "60 * * * *"], "'60' is no minute (column 1)"),
        (["schedule", "--cron", "0 0 30 2 *"], "never comes"),
        (["schedule", "--cron", "0 2 * * *", "--time-zone", "Mars/Olympus"], "tzdata"),
        (["schedule", "--cron", "0 2 * * *", "--count", "0"], "--count takes a number"),
        (["schedule", "--cron", "0 2 * * *", "--after", "tomorrow"], "tomorrow"),
        (["demo", "--engine", "http://me:secret@127.0.0.1:9200", "--repository", "r"], "names a user"),
        (["demo", "--engine", "127.0.0.1:9200", "--repository", "r"], "does not begin with http://"),
        (["demo", "--engine", "http://127.0.0.1:9200"], "needs --repository"),
        (["demo", "--engine", "http://127.0.0.1:9200", "--simulate", "opensearch-3"], "--engine is a real engine"),
        (
            ["demo", "--simulate", "opensearch-9"],
            "one of elasticsearch-7, elasticsearch-8, elasticsearch-9, opensearch-2,"
        ),
        (["prune", "--policy", "{keepLast: 1}", "--dry-run"], "go together"),
        (["prune", "--policy", "{keepLast: 1}", "--backups", "-"], "--dry-run"),
        (["prune", "--policy", "{keepLast: 1}", "--backups", "/nope", "--dry-run"], "/nope can't be read"),
        (["prune", "--policy", "{keepLast: 1}", "--backups", "-", "--dry-run", "--now", "x"], "x"),
    ])
    func whatCantBeReadIsAUsageError(arguments: [String], reason: String) throws {
        let ending = try BuiltProgram.run(arguments, input: "[]")
        #expect(ending.status == 64 && ending.errors.contains(reason), "\(ending.errors)")
        #expect(!ending.errors.contains("secret"), "\(ending.errors)")
        #expect(ending.output.isEmpty)
    }

    @Test(arguments: [
        ("{keepLast: 1, maxCount: 3}", "mixes rules"), ("{keepLast: 0}", "'0' is not allowed"),
        ("{keepLats: 1}", "did you mean keepLast?"), ("{minCount: 3}", "give expireAfter too"),
        ("{expireAfter: 30d, minCount: 5, maxCount: 3}", "more than maxCount"), ("{keepWithin: 0d}", "no time at all"),
        ("[1]", "a mapping of keys is wanted"), ("{", "did not find"),
    ])
    func aPolicyThatIsNoneIsAConfigurationError(policy: String, reason: String) throws {
        let ending = try BuiltProgram.run(["prune", "--policy", policy, "--backups", "-", "--dry-run"], input: "[]")
        #expect(ending.status == 78 && ending.errors.contains(reason), "\(ending.status) \(ending.errors)")
    }

    @Test func helpAndVersionAreWordsAsWell() throws {
        #expect(try BuiltProgram.run(["help"]).output == BuiltProgram.run(["--help"]).output)
        #expect(try BuiltProgram.run(["help", "list"]).output == BuiltProgram.run(["list", "--help"]).output)
        #expect(try BuiltProgram.run(["version"]).output == BuiltProgram.run(["--version"]).output)
        let unknown = try BuiltProgram.run(["help", "lst"])
        #expect(unknown.status == 64 && unknown.errors.contains("did you mean list?"), "\(unknown.errors)")
    }

    @Test func aMissingConfigurationIsCalledMissing() throws {
        let ending = try BuiltProgram.run(["--config", "/nope/config.yaml", "list"])
        #expect(ending.status == 78 && ending.errors.contains("there is no such file"), "\(ending.errors)")
    }

    @Test func aPolicyIsTriedOnAList() throws {
        let backups = """
            [{"backupId": 1, "time": "2027-01-10T02:00:00Z", "state": "COMPLETED"},
             {"backupId": "two", "time": "2027-01-11T02:00:00Z", "state": "FAILED"},
             {"backupId": 3, "time": "2027-01-12T02:00:00Z", "state": "COMPLETED"}]
            """
        let ending = try BuiltProgram.run(
            [
                "-o", "json", "prune", "--policy", "{keepLast: 1}", "--backups", "-", "--dry-run", "--now",
                "2027-01-15T00:00:00Z",
            ], input: backups)
        #expect(ending.status == 0, "\(ending.errors)")
        let plan = JSONValue(Array(ending.output.utf8)) ?? .null
        #expect(plan["keep"]?.array?.map { $0["backupId"] } == [3, "two"])
        #expect(plan["keep"]?.array?[0]["reasons"] == ["newest completed backup", "last 1 of 1"])
        #expect(plan["keep"]?.array?[1]["reasons"] == ["failed not long ago"])
        #expect(plan["remove"]?.array?.map { $0["backupId"] } == [1])
        #expect(plan["remove"]?.array?[0]["reason"] == "no rule keeps it")
    }

    @Test(arguments: [
        "{}", "[1]", #"[{"backupId": 1}]"#, #"[{"backupId": 1, "time": "2027-01-10T02:00:00Z", "state": "GOOD"}]"#,
    ])
    func aListThatIsNoneIsAUsageError(list: String) throws {
        let ending = try BuiltProgram.run(["prune", "--policy", "{}", "--backups", "-", "--dry-run"], input: list)
        #expect(ending.status == 64, "\(ending.errors)")
    }

    @Test func whatOthersWroteStaysOnItsLine() throws {
        let list = #"[{"backupId": "a\r\nkeep  b\u001b[2J", "time": "2027-01-10T02:00:00Z", "state": "COMPLETED"}]"#
        let ending = try BuiltProgram.run(
            ["prune", "--policy", "{keepLast: 1}", "--backups", "-", "--dry-run"], input: list)
        #expect(ending.status == 0, "\(ending.errors)")
        let lines = ending.output.unicodeScalars.split(separator: "\n").map(String.init)
        #expect(lines.count == 2 && lines[1].contains(#"a keep  b\u{1B}[2J"#), "\(ending.output)")
        #expect(!ending.output.unicodeScalars.contains { $0 == "\r" || $0 == "\u{1B}" })
    }

    @Test func eachProblemOfAConfigurationIsOneLine() throws {
        try withConfiguration(engine: "http://a\\r\\nSTOPPING=1") { _, file in
            try write(contents(of: file) + #"log: {level: "x\r\ny\e[2J"}"#, toFile: file)
            let ending = try BuiltProgram.run(["--config", file, "serve"])
            #expect(ending.status == 78)
            let lines = ending.errors.unicodeScalars.split(separator: "\n").map(String.init)
            #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("\(file):") }, "\(ending.errors)")
            #expect(!ending.errors.unicodeScalars.contains { $0 == "\r" || $0 == "\u{1B}" })
        }
    }
}
