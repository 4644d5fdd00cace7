import Backups
import ElasticsearchClient
import EventLoop
import Glibc
import HTTP
import HTTPClient
import JSON
import Synchronization
import TestSupport
import Testing
import Time

/// What goes wrong while a backup is being taken.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct FaultTests {
    @Test(arguments: Engine.all, [1, 2])
    func anIndexMayVanishBetweenTheLookAndTheSnapshot(engine: Engine, part: Int) throws {
        try withScene(engine) { scene throws in
            let victim = "\(scene.name)-\(part == 1 ? "position-based-import-index_v3" : "process-instance-a_v8")"
            let events = EventLog()
            let backup = try withEventLoop { loop in
                let transport = DeletingTransport(
                    CurlTransport(loop, .init(baseURL: engine.url)), victim: victim, part: part)
                return try await repository(scene, transport, loop).create(
                    BackupOrder(.exactly(BackupID("7"))), observe: events.add)
            }
            #expect(backup.state == .completed)
            #expect(!backup.parts.flatMap(\.indices).contains(victim))
            #expect(events.all.contains { if case .indicesChanged(part, _) = $0 { true } else { false } })
        }
    }

    @Test(arguments: Engine.all)
    func anUnfinishedSnapshotIsDeletedAfterTheTimeout(engine: Engine) throws {
        try withSlowScene(engine) { scene throws in
            let error = #expect(throws: BackupError.self) {
                try withEventLoop { loop in
                    let transport = CurlTransport(loop, .init(baseURL: engine.url))
                    return try await repository(scene, transport, loop, timeout: .seconds(1)).create(
                        BackupOrder(.exactly(BackupID("7"))), observe: { _ in })
                }
            }
            #expect(error?.code == .tooLate)
            #expect(error?.setting == "backup.timeout")
            #expect(try engine.snapshots(scene.name).isEmpty)
        }
    }

    /// Camunda's own procedure orders its applications' backups at the same time, into one repository.
    @Test(arguments: Engine.all)
    func anOrderStartsBesideOthersSnapshotsAtOnce(engine: Engine) throws {
        try withSlowScene(engine) { scene throws in
            let slow = "\(scene.name)-process-instance-a_v8"
            try addText(engine, slow, pieces: 4)
            func othersRun() throws -> Bool {
                try engine.snapshots(scene.name)["operate"]?["state"] == .string("IN_PROGRESS")
            }
            try withDaemon(scene) { daemon throws in
                try engine.send(.put, "/_snapshot/\(scene.name)/operate", #"{"indices":"\#(slow)"}"#)
                let ordered = try daemon.send(.post, "/actuator/backups", #"{"backupId":7}"#)
                #expect(ordered.status == 202, "\(ordered.text)")
                #expect(try othersRun(), "it was not answered at once")
                try daemon.process.wait { $0.errors.contains("starting beside operate") }
                try daemon.wait(for: "/actuator/backups/7", state: "COMPLETED")
            }
        }
    }

    @Test(arguments: Engine.all)
    func oneBackupOfAnOptimizeAtATime(engine: Engine) throws {
        try withSlowScene(engine) { scene throws in
            try withTemporaryFolder { folder throws in
                let create = try scene.start(["create", "7"], in: folder)
                try create.wait { _ in inProgress(scene) }
                let second = try scene.run("create", "8")
                #expect(second.status == 5)
                #expect(second.errors.contains("in progress"), "\(second.errors)")
                let delete = try scene.run("delete", "7", "--yes")
                #expect(delete.status == 5)
                #expect(delete.errors.contains("is in progress"), "\(delete.errors)")
                #expect(
                    try JSONValue(text: scene.run("show", "7", "-o", "json").output)["state"] == .string("IN_PROGRESS"))
                #expect(create.wait().status == 0, "\(create.errors)")
            }
        }
    }

    /// A person who ends `create` is told that the engine goes on.
    @Test(arguments: Engine.all)
    func interruptedCreateSaysWhatGoesOn(engine: Engine) throws {
        try withSlowScene(engine) { scene throws in
            try withTemporaryFolder { folder throws in
                let create = try scene.start(["create", "7"], in: folder)
                try create.wait { _ in inProgress(scene) }
                create.signal(SIGINT)
                let ending = create.wait()
                #expect(ending.status == 130)
                #expect(
                    ending.errors.contains("the engine goes on with a snapshot that it has accepted"),
                    "\(ending.errors)")
            }
        }
    }
}

/// Whether a snapshot of the scene's repository is running.
func inProgress(_ scene: Scene) -> Bool {
    let snapshots = (try? scene.engine.snapshots(scene.name)) ?? [:]
    return snapshots.values.contains { $0["state"] == .string("IN_PROGRESS") }
}

/// A scene whose part 1 and part 2 each take some seconds.
func withSlowScene(_ engine: Engine, _ body: (Scene) throws -> Void) throws {
    try withScene(engine, repositorySettings: #","max_snapshot_bytes_per_sec":"200kb""#) { scene throws in
        for index in [scene.firstPart[0], "\(scene.name)-process-instance-a_v8"] {
            try addText(engine, index, pieces: 2)
        }
        try body(scene)
    }
}

/// Adds random text in pieces of 250 kB, which can't be packed by much.
func addText(_ engine: Engine, _ index: String, pieces: Int) throws {
    for _ in 0..<pieces {
        let text = String(decoding: (0..<250_000).map { _ in UInt8.random(in: 0x61...0x7A) }, as: UTF8.self)
        try engine.send(.post, "/\(index)/_doc", #"{"text":"\#(text)"}"#, expecting: 201)
    }
    try engine.send(.post, "/\(index)/_flush")
}

private func repository(
    _ scene: Scene, _ transport: any HTTPTransport, _ loop: Loop, timeout: Duration = .seconds(600)
) -> BackupRepository {
    BackupRepository(
        client: EngineClient(transport: transport, clock: loop, random: { 7 }),
        settings: .init(
            repositoryName: scene.name, indexPrefix: scene.name, timeout: timeout, createdBy: "optimize-backup/test",
            instance: "test"))
}

/// Deletes an index right before the first order of a part.
private final class DeletingTransport: HTTPTransport {
    private let transport: any HTTPTransport
    private let victim: String
    private let part: Int
    private let isDone = Mutex(false)

    init(_ transport: any HTTPTransport, victim: String, part: Int) {
        self.transport = transport
        self.victim = victim
        self.part = part
    }

    func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        if request.method == .put, request.target.contains("part_\(part)_of_2") {
            let isFirst = isDone.withLock { done in
                defer { done = true }
                return !done
            }
            if isFirst { _ = try await transport.send(HTTPRequest(.delete, "/\(victim)"), timeout: timeout) }
        }
        return try await transport.send(request, timeout: timeout)
    }
}

private final class EventLog: Sendable {
    private let steps = Mutex<[BackupEvent.Step]>([])

    var all: [BackupEvent.Step] { steps.withLock { $0 } }

    @Sendable func add(_ event: BackupEvent) { steps.withLock { $0.append(event.step) } }
}
