import TestSupport
import Testing

/// What `-o json` prints, against the shapes of `docs/json.md`.
@Suite(.timeLimit(.minutes(10)))
struct DocumentTests {
    private static let job = #"jobs: {nightly: {schedule: "0 2 * * *"}}"#

    /// In this order: each finds what those before have made.
    private static let commands: [(arguments: [String], shape: String, status: Int32)] = [
        (["create", "1"], "Backup", 0), (["create", "two", "--job", "nightly"], "Backup", 0), (["list"], "List", 0),
        (["hold", "1", "--reason", "audit", "--until", "2099-01-01T00:00:00Z"], "Hold", 0),
        (["show", "1"], "Backup", 0), (["runbook", "1"], "Runbook", 0),
        (["restore", "1", "--dry-run", "--replace-existing"], "RestorePlan", 0),
        (["restore", "1", "--yes"], "RestorePlan", 5), (["verify", "1"], "Verification", 0),
        (["verify", "1", "--drill"], "Verification", 0), (["verify", "nine"], "Error", 4), (["list"], "List", 0),
        (["hold", "two"], "Hold", 0), (["markers"], "Markers", 0), (["delete", "two", "nine", "--yes"], "Delete", 5),
        (["release", "1"], "Hold", 0), (["delete", "1", "--yes"], "Delete", 0), (["show", "1"], "Error", 4),
        (["hold", "1"], "Error", 4), (["release", "1"], "Error", 4), (["cancel", "1"], "Error", 4),
        (["create", "Upper"], "Error", 64), (["prune", "--dry-run"], "Prune", 0), (["prune", "--yes"], "Prune", 0),
        (["schedule"], "Schedule", 0), (["check"], "Check", 0), (["check", "--privileges"], "Privileges", 0),
    ]

    @Test func everyDocumentHasItsShape() throws {
        let endings = try withScene(Self.job) { scene in
            try Self.commands.map { try scene.run(["-o", "json"] + $0.arguments) }
        }
        for (command, ending) in zip(Self.commands, endings) {
            #expect(ending.status == command.status, "\(command.arguments): \(ending)")
            let problems = Shape(command.shape).problems(of: ending.output)
            #expect(problems.isEmpty, "\(command.arguments): \(problems)")
        }
    }

    @Test func aHoldIsShownWithWhoAndUntil() throws {
        let shown = try withScene { scene in
            _ = try scene.run("create", "1")
            _ = try scene.run("hold", "1", "--reason", "audit", "--until", "2099-01-01T00:00:00Z")
            return try scene.run("-o", "json", "list").output
        }
        #expect(shown.contains(#""holdUntil": "2099-01-01T00:00:00Z""#) && shown.contains(#""holdReason": "audit""#))
        #expect(shown.contains(#""heldBy": ""#) && shown.contains(#""backupId": 1,"#), "\(shown)")
    }

    @Test func aRunningBackupIsShownWithItsProgressAndCancelled() throws {
        let (listed, cancelled) = try withScene { scene in
            scene.letSnapshotsRunOn()
            let process = try scene.start(["create", "7"])
            try process.wait { _ in scene.hasSnapshots }
            let listed = try scene.run("-o", "json", "list").output
            return (listed, try scene.run("-o", "json", "cancel", "7").output)
        }
        #expect(Shape("List").problems(of: listed).isEmpty && !listed.contains(#""progress": null"#), "\(listed)")
        #expect(Shape("Cancel").problems(of: cancelled).isEmpty && cancelled.contains("true"), "\(cancelled)")
    }

    @Test(arguments: [("check", "Check"), ("list", "Error"), ("prune", "Error")])
    func aWrongConfigurationIsADocument(command: String, shape: String) throws {
        let ending = try withTemporaryFolder { folder in
            try write("engine: {urls: [nowhere]}\nbackup: {}\nnonsense: 1\n", toFile: "\(folder)/c.yaml")
            return try BuiltProgram.run(["--config", "\(folder)/c.yaml", "-o", "json", command])
        }
        #expect(ending.status == 78)
        let problems = Shape(shape).problems(of: ending.output)
        #expect(problems.isEmpty, "\(problems)")
        #expect(ending.output.contains("nonsense"), "\(ending.output)")
    }
}
