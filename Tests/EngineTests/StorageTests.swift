import Glibc
import HTTP
import JSON
import TestSupport
import Testing

/// A storage that refuses, behind a real engine: its words arrive, nothing is deleted, and all heals by itself.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct StorageTests {
    /// What a storage does, and what is told of it.
    private struct Fault {
        let name: String
        let words: String
        /// Whether what stands there can still be read.
        var isReadable = true
        /// Whether an order is carried out all the same.
        var isWritable = false
    }

    /// Those of `s3-storage`, by its names.
    private static let refusals = [
        Fault(name: "denied", words: "Access Denied", isReadable: false),
        Fault(name: "nobucket", words: "The specified bucket does not exist", isReadable: false),
        Fault(name: "expired", words: "The provided token has expired", isReadable: false),
        Fault(name: "internal", words: "We encountered an internal error", isReadable: false),
        Fault(name: "denyread", words: "Access Denied", isReadable: false),
        Fault(name: "archived", words: "not valid for the object", isReadable: false, isWritable: true),
        Fault(name: "denysnap", words: "Access Denied", isReadable: false, isWritable: true),
        Fault(name: "full", words: "pruning can't free it"),
        Fault(name: "denywrite", words: "Access Denied"),
    ]

    @Test(.besideOpenSearch2)
    func aStorageThatRefusesIsToldInItsOwnWords() throws {
        try withS3 { scene, storage throws in
            try expectToBeTold(Self.refusals, in: scene) { try storage.set($0?.name ?? "pass") }
            try expectPatience(in: scene, storage)
        }
    }

    /// One that throttles, or hangs, costs each request the engine's own patience: what a person would ask first tells it.
    private func expectPatience(in scene: Scene, _ storage: S3Storage) throws {
        try storage.set("slow")
        let list = try scene.run("list")
        #expect(list.status == 1 && list.errors.contains("Please reduce your request rate"), "\(list.errors)")
        try storage.set("hang")
        let check = try scene.run("check", changing: ["OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT": "1s"])
        #expect(check.status == 69 && check.output.contains("no answer within 1 s"), "\(check.output)")
        try storage.set("pass")
        #expect(try engine(scene, holds: ["3"]))
    }

    @Test(
        .enabled(
            if: geteuid() == 0 && PrivateEngine.name == "elasticsearch-8",
            "mounts a file system, which needs root, and runs once, with elasticsearch-8"), arguments: Engine.all)
    func aFileSystemThatRefusesIsToldInItsOwnWords(engine: Engine) throws {
        let full = Fault(name: "full", words: "No space left on device")
        let readOnly = Fault(name: "read-only", words: "Read-only file system")
        try withSmallRepository(engine) { scene, folder throws in
            try expectToBeTold([full, readOnly], in: scene) { fault in
                let filler = "\(folder)/filler"
                switch fault?.name {
                case "full": _ = try run("sh", "-c", "cat /dev/zero > '\(filler)'")
                case "read-only": _ = try run("mount", "-o", "remount,ro", folder)
                default: _ = try run("sh", "-c", "mount -o remount,rw '\(folder)' && rm -f '\(filler)'")
                }
            }
        }
    }

    /// Lets each fault come and go while everything is asked for: commands, the API, a scheduled run, retention, metrics.
    private func expectToBeTold(_ faults: [Fault], in scene: Scene, set: (Fault?) throws -> Void) throws {
        for id in ["1", "2"] { #expect(try scene.run("create", id).status == 0) }
        // One attempt a run, so that each ends at once.
        let jobs = "jobs: {nightly: {schedule: 0 2 1 1 *, retry: {attempts: 1}}}\nretention: {keepLast: 1}"
        try withDaemon(scene, jobs: jobs) { daemon throws in
            for (number, fault) in faults.enumerated() {
                try set(fault)
                try expectCommands(fault, in: scene)
                try expectDaemon(fault, daemon, number)
                #expect(try engine(scene, holds: ["1", "2"]), "\(fault.name): nothing is deleted")
                try set(nil)
                let healed = try daemon.send(.get, "/actuator/backups?state=completed")
                let ids = Set((healed.json.array ?? []).compactMap { $0["backupId"]?.integer })
                #expect(ids.isSuperset(of: [1, 2]), "\(fault.name): \(healed.text)")
                let health = try daemon.send(.get, "/actuator/health")
                #expect(health.json["components"]?["repository"]?["status"] == "UP", "\(fault.name): \(health.text)")
            }
        }
        #expect(try scene.run("create", "3").status == 0)
        try withPolicy(scene) { configured throws in
            #expect(try scene.run("prune", "--yes", changing: configured).status == 0)
        }
        #expect(try !engine(scene, holds: ["1"]))
    }

    private func expectCommands(_ fault: Fault, in scene: Scene) throws {
        let (name, words) = (fault.name, fault.words)
        let check = try scene.run("check")
        #expect(check.status == 1 && check.output.contains(words), "\(name): \(check.output)")
        #expect(check.output.split(separator: "wrong  ").count == 2, "told once: \(check.output)")
        let list = try scene.run("list")
        #expect(list.status == (fault.isReadable ? 0 : 1), "\(name): \(list.errors)")
        #expect(fault.isReadable || list.errors.contains(words), "\(name): \(list.errors)")
        if !fault.isWritable {
            let create = try scene.run("create", "9")
            #expect(create.status == 1 && create.errors.contains(words), "\(name): \(create.errors)")
            #expect(create.errors.contains("was accepted and is gone"), "\(name): \(create.errors)")
        }
        try withPolicy(scene) { configured throws in
            let prune = try scene.run("prune", "--yes", changing: configured)
            #expect(prune.status == 1 && prune.errors.contains(words), "\(name): \(prune.errors)")
        }
    }

    private func expectDaemon(_ fault: Fault, _ daemon: RunningDaemon, _ number: Int) throws {
        let (name, words) = (fault.name, fault.words)
        let list = try daemon.send(.get, "/actuator/backups")
        let health = try daemon.send(.get, "/actuator/health")
        let metrics = try daemon.send(.get, "/metrics").text
        #expect(
            metrics.contains("optimize_backup_repository_up \(fault.isReadable ? 1 : 0)\n"), "\(name): \(metrics)")
        if !fault.isReadable {
            #expect(list.status == 500 && list.text.contains(words), "\(name): \(list.text)")
            #expect(health.status == 503 && health.text.contains(words), "\(name): \(health.text)")
        }
        // An order that the storage swallows is explained, and health has the words; so is a scheduled one.
        guard !fault.isWritable else { return }
        let told = "part_1_of_2 was accepted and is gone"
        let failed = try failedRuns(daemon)
        // A run is named after its second, which has one outcome: this one is to be another's than the last fault's.
        _ = try run("sleep", "1")
        func count() -> Int { daemon.process.errors.split(separator: told).count }
        for (target, body) in [
            ("/actuator/backups", #"{"backupId":8\#(number)}"#), ("/actuator/jobs/nightly/run", ""),
        ] {
            let before = count()
            #expect(try daemon.send(.post, target, body).status == 202, "\(name): \(target)")
            try daemon.process.wait { _ in count() > before }
        }
        try daemon.process.wait { _ in
            (try? daemon.send(.get, "/actuator/health"))?.text.contains(words) == true
        }
        try daemon.process.wait { _ in ((try? failedRuns(daemon)) ?? 0) > failed }
    }

    private func failedRuns(_ daemon: RunningDaemon) throws -> Int {
        let series = #"optimize_backup_runs_total{backup_job="nightly",outcome="failed"} "#
        let metrics = try daemon.send(.get, "/metrics").text
        return metrics.split(separator: "\n").first { $0.hasPrefix(series) }.flatMap { Int($0.dropFirst(series.count)) }
            ?? 0
    }

    /// Whether both parts of those are there, in the engine's own words.
    private func engine(_ scene: Scene, holds ids: [String]) throws -> Bool {
        let listed = try scene.engine.send(.get, "/_snapshot/\(scene.name)/_all?verbose=false").json["snapshots"]
        let names = Set(listed?.array?.compactMap { $0["snapshot"]?.string } ?? [])
        return names.isSuperset(
            of: ids.flatMap { id in (1...2).map { "camunda_optimize_\(id)_8.6.0_part_\($0)_of_2" } })
    }
}
