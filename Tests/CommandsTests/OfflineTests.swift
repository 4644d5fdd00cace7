import Glibc
import JSON
import TestSupport
import Testing

/// Commands that need no engine, as their users type them.
@Suite(.timeLimit(.minutes(10)))
struct OfflineTests {
    private static let program =
        ownEnvironment()["OPTIMIZE_BACKUP_TEST_PROGRAM"]
        ?? #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/.build/debug/optimize-backup"

    private func start(_ arguments: [String], input: String = "") throws -> ChildProcess.Ending {
        try withTemporaryFolder { folder in
            try ChildProcess(
                [Self.program] + arguments, environment: ["PATH": "/usr/bin:/bin"], input: input, folder: folder
            ).wait()
        }
    }

    @Test func aScheduleIsShownInAdvance() throws {
        let ending = try start([
            "-o", "json", "schedule", "--cron", "30 2 * * *", "--time-zone", "Europe/Helsinki", "--after",
            "2027-03-27T12:00:00Z", "--count", "1",
        ])
        #expect(ending.status == 0, "\(ending.errors)")
        let runs = JSONValue(Array(ending.output.utf8))?["runs"]?.array ?? []
        #expect(runs.count == 1)
        #expect(runs.first?["time"] == "2027-03-28T02:30:00+02:00")
        #expect(runs.first?["utc"] == "2027-03-28T00:30:00Z")
        #expect(runs.first?["backupId"] == "20270328003000")
        #expect(runs.first?["note"] == .null && runs.first?["jobs"] == [])
    }

    @Test(arguments: [
        (["schedule", "--cron", "60 * * * *"], "'60' is no minute (column 1)"),
        (["schedule", "--cron", "0 0 30 2 *"], "never comes"),
        (["schedule", "--cron", "0 2 * * *", "--time-zone", "Mars/Olympus"], "tzdata"),
        (["schedule", "--cron", "0 2 * * *", "--count", "0"], "--count takes a number"),
        (["schedule", "--cron", "0 2 * * *", "--after", "tomorrow"], "tomorrow"),
        (["prune", "--policy", "{keepLast: 1}", "--dry-run"], "go together"),
        (["prune", "--policy", "{keepLast: 1}", "--backups", "-"], "--dry-run"),
        (["prune", "--policy", "{keepLast: 1}", "--backups", "/nope", "--dry-run"], "/nope can't be read"),
        (["prune", "--policy", "{keepLast: 1}", "--backups", "-", "--dry-run", "--now", "x"], "x"),
    ])
    func whatCantBeReadIsAUsageError(arguments: [String], reason: String) throws {
        let ending = try start(arguments, input: "[]")
        #expect(ending.status == 64 && ending.errors.contains(reason), "\(ending.errors)")
        #expect(ending.output.isEmpty)
    }

    @Test(arguments: [
        ("{keepLast: 1, maxCount: 3}", "mixes rules"), ("{keepLast: 0}", "'0' is not allowed"),
        ("{keepLats: 1}", "did you mean keepLast?"), ("{minCount: 3}", "give expireAfter too"),
        ("{expireAfter: 30d, minCount: 5, maxCount: 3}", "more than maxCount"), ("{keepWithin: 0d}", "no time at all"),
        ("[1]", "a mapping of keys is wanted"), ("{", "did not find"),
    ])
    func aPolicyThatIsNoneIsAConfigurationError(policy: String, reason: String) throws {
        let ending = try start(["prune", "--policy", policy, "--backups", "-", "--dry-run"], input: "[]")
        #expect(ending.status == 78 && ending.errors.contains(reason), "\(ending.status) \(ending.errors)")
    }

    @Test func aPolicyIsTriedOnAList() throws {
        let backups = """
            [{"backupId": 1, "time": "2027-01-10T02:00:00Z", "state": "COMPLETED"},
             {"backupId": "two", "time": "2027-01-11T02:00:00Z", "state": "FAILED"},
             {"backupId": 3, "time": "2027-01-12T02:00:00Z", "state": "COMPLETED"}]
            """
        let ending = try start(
            [
                "-o", "json", "prune", "--policy", "{keepLast: 1}", "--backups", "-", "--dry-run", "--now",
                "2027-01-15T00:00:00Z",
            ], input: backups)
        #expect(ending.status == 0, "\(ending.errors)")
        let plan = JSONValue(Array(ending.output.utf8)) ?? .null
        #expect(plan["keep"]?.array?.map { $0["backupId"]?.string } == ["3", "two"])
        #expect(plan["keep"]?.array?[0]["reasons"] == ["newest completed backup", "last 1 of 1"])
        #expect(plan["keep"]?.array?[1]["reasons"] == ["failed not long ago"])
        #expect(plan["remove"]?.array?.map { $0["backupId"]?.string } == ["1"])
        #expect(plan["remove"]?.array?[0]["reason"] == "no rule keeps it")
    }

    @Test(arguments: [
        "{}", "[1]", #"[{"backupId": 1}]"#, #"[{"backupId": 1, "time": "2027-01-10T02:00:00Z", "state": "GOOD"}]"#,
    ])
    func aListThatIsNoneIsAUsageError(list: String) throws {
        let ending = try start(["prune", "--policy", "{}", "--backups", "-", "--dry-run"], input: list)
        #expect(ending.status == 64, "\(ending.errors)")
    }
}
