import TestSupport
import Testing

/// How results look on a terminal, and where nobody looks.
@Suite(.timeLimit(.minutes(10)))
struct TerminalTests {
    private static let job = #"jobs: {nightly: {schedule: "0 2 * * *"}}"#
    private static let reason = String(repeating: "a long reason ", count: 20)

    @Test func tablesFitTheTerminal() throws {
        let screens = try withScene(Self.job) { scene in
            _ = try scene.run("create", "1")
            _ = try scene.run("hold", "1", "--reason", Self.reason)
            let commands = [["list"], ["markers"], ["prune", "--dry-run"], ["schedule"]]
            return try [40, 80, 200].flatMap { columns in
                try commands.map { (columns, try scene.runOnTerminal($0, columns: columns, ["NO_COLOR": "1"]).output) }
            }
        }
        for (columns, screen) in screens {
            let lines = screen.split(separator: "\n", omittingEmptySubsequences: false)
            let table = lines.drop { !$0.contains("  ") }
            #expect(table.allSatisfy { $0.count <= columns && $0.last != " " }, "\(columns): \(screen)")
            #expect(screen.contains("…") || !screen.contains("a long"), "\(columns): \(screen)")
        }
    }

    @Test func whatHasFailedStandsOut() throws {
        let (colour, plain, piped) = try withScene(Self.job) { scene in
            scene.letSnapshotsFail()
            _ = try scene.run("create", "1")
            return (
                try scene.runOnTerminal(["list"], columns: 200).output,
                try scene.runOnTerminal(["list"], columns: 200, ["NO_COLOR": "1"]).output, try scene.run("list").output
            )
        }
        #expect(colour.contains("\u{1B}[31mFAILED\u{1B}[0m"), "\(colour)")
        #expect(plain.contains("FAILED") && !plain.contains("\u{1B}"), "\(plain)")
        // Whoever reads columns finds each of them always.
        #expect(piped.contains("FAILED") && !piped.contains("\u{1B}") && piped.contains("DONE"), "\(piped)")
        #expect(!plain.contains("DONE"), "\(plain)")
    }

    @Test func aListSaysHowFarAndHowLong() throws {
        let (running, held) = try withScene { scene in
            _ = try scene.run("create", "1")
            _ = try scene.run("hold", "1", "--until", "2099-01-01T00:00:00Z", "--reason", "audit")
            scene.letSnapshotsRunOn()
            let process = try scene.start(["create", "7"])
            try process.wait { _ in scene.hasRunning }
            return (try scene.run("list", "--state", "in_progress").output, try scene.run("list").output)
        }
        #expect(running.contains(" %"), "\(running)")
        #expect(held.contains("2099-01-01T00:00:00Z") && held.contains("audit\n"), "\(held)")
        #expect(held.contains(#/Z  \d+ s  /#), "\(held)")
    }
}
