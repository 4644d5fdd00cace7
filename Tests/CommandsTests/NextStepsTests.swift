import TestSupport
import Testing

@testable import Commands

/// What `show` says may be done with a backup.
@Suite(.timeLimit(.minutes(10)))
struct NextStepsTests {
    @Test func showSaysWhatToType() throws {
        let (done, held, running) = try withScene { scene in
            let done = try scene.run("create", "1").output
            _ = try scene.run("hold", "1")
            scene.letSnapshotsRunOn()
            let process = try scene.start(["create", "it's"])
            try process.wait { _ in scene.hasRunning }
            return (done, try scene.run("show", "1").output, try scene.run("show", "it's").output)
        }
        #expect(done.contains("\noptimize-backup hold 1 ") && !done.contains("optimize-backup cancel"), "\(done)")
        #expect(held.contains("\noptimize-backup release 1 "), "\(held)")
        #expect(running.contains(#"optimize-backup cancel 'it'\''s' "#), "\(running)")
        #expect(running.contains(#"'it'\''s'  # follow it"#) || running.contains("follow it"), "\(running)")
    }

    @Test(arguments: [
        ("20270131020000", "20270131020000"), ("a-b_c.d", "a-b_c.d"), ("$(x)", "'$(x)'"), ("a;b", "'a;b'"),
        ("ü", "'ü'"),
        ("-x", "-- -x"),
    ])
    func idsAreQuotedForShells(id: String, word: String) {
        #expect(NextSteps.quoted(id) == word)
    }
}
