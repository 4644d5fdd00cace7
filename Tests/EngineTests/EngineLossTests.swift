import Glibc
import JSON
import TestSupport
import Testing

/// An engine that goes away and comes back; beside the other tests, since it is one of its own.
@Suite(.timeLimit(.minutes(10)))
struct EngineLossTests {
    @Test(
        .enabled(
            if: PrivateEngine.launcher != nil, "needs OPTIMIZE_BACKUP_TEST_LAUNCHER, the script that starts an engine"))
    func anEngineThatHangsOrDies() throws {
        try withTemporaryFolder { folder throws in
            let port = freePort()
            let engine = Engine(url: "http://127.0.0.1:\(port)")
            var node = try PrivateEngine.start(port: port, folder: folder)
            try engine.addRepository("slow", settings: #","max_snapshot_bytes_per_sec":"200kb""#)
            let scene = Scene(engine: engine, name: "slow")
            for index in scene.firstPart + scene.secondPart { try engine.addIndex(index) }
            try addText(engine, scene.firstPart[0], pieces: 5)

            // Hung before anything was made: nothing is made.
            node.signalAll(SIGSTOP)
            let hung = try scene.run("create", "1", changing: ["OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT": "1s"])
            node.signalAll(SIGCONT)
            #expect(hung.status == 69)
            #expect(hung.errors.contains("engine.requestTimeout"), "\(hung.errors)")
            #expect(try engine.snapshots("slow").isEmpty)

            // Hung during part 1 for longer than one request: the backup survives it.
            let survivor = try scene.start(
                ["create", "2"], changing: ["OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT": "2s"], in: folder)
            try survivor.wait { _ in inProgress(scene) }
            node.signalAll(SIGSTOP)
            usleep(500_000)
            let (threads, before) = activity(of: survivor)
            usleep(1_000_000)
            let after = activity(of: survivor).switches
            #expect(threads == 1)
            #expect(after - before <= 1, "a client that waits does not wake up")
            usleep(2_000_000)
            node.signalAll(SIGCONT)
            #expect(survivor.wait().status == 0, "\(survivor.errors)")

            // Killed, and nobody there: what begins now says so at once.
            node.kill()
            let early = try scene.run("create", "3")
            #expect(early.status == 69)
            #expect(early.errors.contains("engine.urls"), "\(early.errors)")

            // Killed and back: the snapshot is gone, which is told, and the next backup succeeds.
            node = try PrivateEngine.start(port: port, folder: folder)
            // (Were it killed before it has answered the order, the order would be given again.)
            let lost = try scene.startOnTerminal(["create", "4"], in: folder)
            try lost.wait { $0.output.contains("part 1: 2 indices") }
            node.kill()
            usleep(2_000_000)
            #expect(lost.isRunning, "what was accepted is polled until backup.timeout")
            node = try PrivateEngine.start(port: port, folder: folder)
            let lostEnding = lost.wait()
            #expect(lostEnding.status == 1)
            #expect(lostEnding.output.contains("is gone"), "\(lostEnding.output)")
            #expect(try engine.snapshots("slow").keys.allSatisfy { $0.contains("_2_8.6.0_") })
            #expect(try scene.run("create", "5").status == 0)
            node.kill()
        }
    }
}

/// The threads of a process, and how often it has gone to sleep by itself.
private func activity(of process: ChildProcess) -> (threads: Int, switches: Int) {
    func value(_ name: String) -> Int {
        let lines = contents(of: "/proc/\(process.pid)/status").split(separator: "\n")
        return lines.first { $0.hasPrefix(name) }.flatMap { Int($0.split(separator: "\t").last ?? "") } ?? -1
    }
    return (value("Threads:"), value("voluntary_ctxt_switches:"))
}
