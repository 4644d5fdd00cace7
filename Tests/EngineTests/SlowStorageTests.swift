import HTTP
import JSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SlowStorageTests {
    /// A storage that takes 50 ms an answer: reading 300 backups takes half a minute, and nobody waits for it.
    @Test(.besideOpenSearch2)
    func aSlowStorageKeepsNobodyWaiting() throws {
        try withS3 { scene, storage throws in
            #expect(try scene.run("create", "1000").status == 0)
            let script = #filePath.replacing("SlowStorageTests.swift", with: "multiply_backups.py")
            let copying = try run("python3", script, storage.url, "b", "1000", "300")
            try #require(copying.status == 0, "\(copying.errors)")
            try scene.engine.send(.delete, "/_snapshot/\(scene.name)")
            try addS3Repository(scene)
            try storage.set("latency 50")
            // Nothing else reads meanwhile: OpenSearch reads one blob after the other.
            let clock = ContinuousClock()
            let reading = try clock.measure { _ = try scene.engine.snapshots(scene.name) }
            let start = clock.now
            try withDaemon(scene, jobs: "jobs: {nightly: {schedule: 0 2 1 1 *}}") { daemon throws in
                #expect(clock.now - start < .seconds(10), "READY waits five seconds at most")
                #expect(try daemon.send(.post, "/actuator/backups", #"{"backupId":2000}"#).status == 202)
                try daemon.wait(for: "/actuator/backups/2000", state: "COMPLETED")
                let early = try daemon.send(.get, "/metrics").text
                #expect(early.contains("optimize_backup_repository_up 0"), "nothing is counted half read")
                let known = "optimize_backup_backups{state=\"COMPLETED\"} 301\n"
                try daemon.process.wait { _ in (try? daemon.send(.get, "/metrics"))?.text.contains(known) == true }
                #expect(
                    clock.now - start < reading * 1.2 + .seconds(1), "\(clock.now - start), read once in \(reading)")
                // What the start still asks for, and other tests, may be in the way of one look, not of each.
                let looks = try (0..<3).map { _ in
                    try clock.measure { _ = try daemon.send(.get, "/actuator/backups") }
                }
                #expect(looks.contains { $0 < .seconds(1) }, "\(looks)")
            }
        }
    }
}
