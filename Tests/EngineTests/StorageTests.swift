import Glibc
import HTTP
import JSON
import TestSupport
import Testing

/// A storage that refuses, behind a real engine: its words arrive, nothing is deleted, and all heals by itself.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct StorageTests {
    /// What the storage does, what is told of it, and whether it can still be read.
    private static let faults: [(mode: String, words: String, isReadable: Bool)] = [
        ("denied", "Access Denied", false), ("nobucket", "The specified bucket does not exist", false),
        ("expired", "The provided token has expired", false), ("denyread", "Access Denied", false),
        ("full", "pruning can't free it", true), ("denywrite", "Access Denied", true),
    ]

    @Test(
        .enabled(
            if: PrivateEngine.launcher != nil && PrivateEngine.name == "opensearch-2",
            "needs OPTIMIZE_BACKUP_TEST_LAUNCHER, and runs once, beside the tests of opensearch-2"))
    func aStorageThatRefusesIsToldInItsOwnWords() throws {
        try withStorage { scene, storage throws in
            for id in ["1", "2"] { #expect(try scene.run("create", id).status == 0) }
            let jobs = "jobs: {nightly: {schedule: 0 2 * * *}}\nretention: {keepLast: 1}"
            try withDaemon(scene, jobs: jobs) { daemon throws in
                for (number, (mode, words, isReadable)) in Self.faults.enumerated() {
                    try storage.set(mode)
                    let check = try scene.run("check")
                    #expect(check.status == 1 && check.output.contains(words), "\(mode): \(check.output)")
                    #expect(check.output.split(separator: "wrong  ").count == 2, "told once: \(check.output)")
                    let list = try scene.run("list")
                    #expect(list.status == (isReadable ? 0 : 1), "\(mode): \(list.errors)")
                    #expect(isReadable || list.errors.contains(words), "\(mode): \(list.errors)")
                    let create = try scene.run("create", "9")
                    #expect(create.status == 1 && create.errors.contains(words), "\(mode): \(create.errors)")
                    #expect(create.errors.contains("was accepted and is gone"), "\(mode): \(create.errors)")
                    if !isReadable {
                        #expect(try daemon.send(.get, "/actuator/backups").text.contains(words))
                        #expect(try daemon.send(.get, "/metrics").text.contains("optimize_backup_repository_up 0"))
                        #expect(try scene.run("prune", "--yes").status == 1)
                    }
                    // An order that the storage swallows is explained, too, and health has the words.
                    #expect(try daemon.send(.post, "/actuator/backups", #"{"backupId":8\#(number)}"#).status == 202)
                    try daemon.process.wait {
                        $0.errors.contains("_8\(number)_8.6.0_part_1_of_2 was accepted and is gone")
                    }
                    try daemon.process.wait { _ in
                        (try? daemon.send(.get, "/actuator/health"))?.text.contains(words) == true
                    }
                    try storage.set("pass")
                    let healed = try daemon.send(.get, "/actuator/backups?state=completed")
                    #expect(healed.json.array?.count == 2, "\(mode): \(healed.text)")
                    let health = try daemon.send(.get, "/actuator/health")
                    #expect(health.status == 200, "\(mode): \(health.text)")
                }
            }
            #expect(try scene.run("create", "3").status == 0)
        }
    }

    /// How a storage is told what to do.
    private struct Storage {
        let url: String

        func set(_ mode: String) throws {
            let ending = try run("curl", "-sf", "-X", "PUT", "-d", mode, "\(url)/-/mode")
            try #require(ending.status == 0, "\(ending.errors)")
        }
    }

    private func withStorage(_ body: (Scene, Storage) throws -> Void) throws {
        try withTemporaryFolder { folder throws in
            let port = Int.random(in: 20_000..<29_000)
            let launcher = PrivateEngine.launcher ?? ""
            let tools = launcher.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/tools"
            let storage = try ChildProcess(["\(tools)/s3-storage", "--port", "\(port)"], folder: folder)
            defer { storage.stop() }
            try storage.wait { $0.output.contains("listening") }
            let url = "http://127.0.0.1:\(port)"
            let node = try PrivateEngine.start(
                port: port + 1, folder: folder, name: "opensearch-3", arguments: ["--s3", url])
            defer { node.kill() }
            let engine = Engine(url: "http://127.0.0.1:\(port + 1)")
            let scene = Scene(engine: engine, name: "stored")
            try engine.send(
                .put, "/_snapshot/\(scene.name)", #"{"type":"s3","settings":{"bucket":"backups","base_path":"b"}}"#)
            for index in scene.firstPart + scene.secondPart { try engine.addIndex(index) }
            try body(scene, Storage(url: url))
        }
    }
}
