import Backups
import ElasticsearchClient
import Engines
import HTTP
import SimulatedEngine
import Simulation
import Synchronization
import TestSupport
import Testing
import Time

/// Orders that the engine's master did not get to in time, or did after all; and what is too much for the engine.
@Suite(.timeLimit(.minutes(10)))
struct TimeOutTests {
    /// An answer that an order gets, and whether it was carried out.
    struct Trouble: Sendable, CustomTestStringConvertible {
        let kind: EngineKind
        let type: String
        var isDone = false

        var isUnclear: Bool { type.contains("timeout") }
        var testDescription: String { "\(kind.name) \(type), \(isDone ? "done" : "not done")" }
    }

    static let troubles = EngineKind.allCases.flatMap { kind in
        [
            Trouble(kind: kind, type: "process_cluster_event_timeout_exception"),
            Trouble(kind: kind, type: "process_cluster_event_timeout_exception", isDone: true),
            Trouble(kind: kind, type: "timeout_exception", isDone: true),
            Trouble(kind: kind, type: "circuit_breaking_exception"),
        ]
    }

    @Test(arguments: troubles)
    func eachPartIsOrderedOnce(trouble: Trouble) {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let (repository, wire) = makeRepository(world, trouble)
            let backup = try? await repository.create(BackupOrder(.exactly(BackupID("1")))) { _ in }
            if backup?.state != .completed { world.fail("\(String(describing: backup?.state))") }
            wire.check(orders: trouble.isDone ? 2 : 4, of: "camunda_optimize_1_", world)
        }
    }

    @Test(arguments: troubles)
    func oneMarkerStands(trouble: Trouble) {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let (repository, wire) = makeRepository(world, trouble)
            do throws(BackupError) {
                _ = try await repository.markers.pauseJob("job", reason: "r", until: nil, by: "b", within: .seconds(10))
            } catch {
                world.fail("\(error)")
            }
            let markers = world.engine.withState { $0.repositories["backups"]?.snapshots.map(\.name) ?? [] }
            if markers.count != 1 { world.fail("\(markers)") }
            wire.check(orders: trouble.isDone ? 1 : 2, of: "optimize-backup_pause_job", world)
        }
    }

    /// What is gone by then is done; what is not is told, and left to whoever asked for it.
    @Test(arguments: troubles)
    func aDeleteIsSentOnce(trouble: Trouble) {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            let (repository, wire) = makeRepository(world, trouble)
            _ = try? await repository.create(BackupOrder(.exactly(BackupID("1")))) { _ in }
            wire.troubles.withLock { $0["DELETE"] = trouble }
            do throws(BackupError) {
                try await repository.removal.delete(try BackupID("1"), isByHand: true) { _ in }
                if !trouble.isDone { world.fail("a delete that was not carried out is called done") }
            } catch {
                if trouble.isDone || error.code != .engineUnreachable { world.fail("\(error)") }
            }
            let deletes = wire.requests.withLock { $0.filter { $0.hasPrefix("DELETE") } }
            if deletes.count != 1 { world.fail("\(deletes)") }
        }
    }

    /// A circuit breaker that lets three be read at a time, and no progress be told.
    @Test(arguments: EngineKind.allCases)
    func whatIsTooMuchIsReadByLessAtATime(kind: EngineKind) {
        inQuietWorld(snapshotsTake: .seconds(1)) { world in
            world.engine.withState { state in
                state.upgrade(to: kind)
                (state.mostSnapshotsRead, state.mostShardsOfProgress) = (3, 0)
            }
            let repository = makeRepository(world, world.makeInstance())
            do throws(BackupError) {
                for id in 1...8 { _ = try await repository.create(BackupOrder(.exactly(BackupID("\(id)")))) { _ in } }
                let other = makeRepository(world, world.makeInstance())
                for _ in 0..<3 {
                    let states = try await other.look().backups.map(\.state)
                    if states != Array(repeating: .completed, count: 8) { world.fail("\(states)") }
                }
                let size = try await other.backups.inspect(BackupID("1")).size
                if (size == nil) != kind.has(.progressIsCapped) { world.fail("\(String(describing: size))") }
            } catch {
                world.fail("\(error)")
            }
        }
    }

    /// A rolling upgrade keeps the cluster, and what runs.
    @Test func aRunGoesOnThroughAnUpgrade() {
        inQuietWorld(snapshotsTake: .seconds(60)) { world in
            world.engine.withState { $0.upgrade(to: .elasticsearch8) }
            let (instance, nature) = (world.makeInstance(), world.makeInstance())
            let repository = makeRepository(world, instance)
            async let backup = try? repository.create(BackupOrder(.exactly(BackupID("1")))) { _ in }
            try? await nature.sleep(for: .seconds(30))
            world.engine.withState { $0.upgrade(to: .elasticsearch9) }
            if await backup?.state != .completed { world.fail("\(String(describing: await backup?.state))") }
            // Of what each engine has taken each tells another version, none of which means anything here.
            for kind in [EngineKind.elasticsearch9, .elasticsearch8, .elasticsearch7] {
                world.engine.withState { $0.upgrade(to: kind) }
                let look = try? await makeRepository(world, world.makeInstance()).look()
                if look?.backups.map(\.state) != [.completed] || look?.engine.kind != kind {
                    world.fail("\(kind.name)")
                }
            }
        }
    }
}

/// The repository, whose first order of each name meets that trouble.
private func makeRepository(
    _ world: World, _ trouble: TimeOutTests.Trouble
) -> (repository: BackupRepository, wire: Wire) {
    world.engine.withState { $0.upgrade(to: trouble.kind) }
    let instance = world.makeInstance()
    let wire = Wire(instance, trouble)
    let settings = makeRepository(world, instance).settings
    let client = EngineClient(transport: wire, clock: instance, random: { world.random() })
    return (BackupRepository(client: client, settings: settings), wire)
}

/// The way to the engine, on which orders meet trouble.
private final class Wire: HTTPTransport {
    private let instance: Instance
    /// By what is to be ordered, or the method.
    let troubles: Mutex<[String: TimeOutTests.Trouble]>
    private let trouble: TimeOutTests.Trouble
    let requests = Mutex([String]())

    init(_ instance: Instance, _ trouble: TimeOutTests.Trouble) {
        (self.instance, self.trouble) = (instance, trouble)
        troubles = Mutex([:])
    }

    func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        let path = String(request.target.prefix { $0 != "?" })
        let isFirst = requests.withLock { requests in
            defer { requests.append("\(request.method.rawValue) \(path)") }
            return !requests.contains("\(request.method.rawValue) \(path)")
        }
        let met: TimeOutTests.Trouble? =
            switch request.method {
            case .put: isFirst ? trouble : nil
            case .delete: troubles.withLock { $0.removeValue(forKey: "DELETE") }
            default: nil
            }
        guard let met else {
            return try await instance.send(request, timeout: timeout, maximumBodySize: maximumBodySize)
        }
        if met.isDone {
            _ = try await instance.send(request, timeout: timeout, maximumBodySize: maximumBodySize)
        }
        let status = !met.isUnclear || met.kind.has(.masterTimeOutsAreTooManyRequests) ? 429 : 503
        return HTTPResponse(status: status, body: Array(#"{"error":{"type":"\#(met.type)","reason":"r"}}"#.utf8))
    }

    /// So many orders were sent, and between two of one name somebody asked for it where the first may have been carried out.
    func check(orders count: Int, of name: String, _ world: World) {
        let requests = requests.withLock { $0 }
        let orders = requests.indices.filter { requests[$0].hasPrefix("PUT ") && requests[$0].contains(name) }
        if orders.count != count { world.fail("\(orders.map { requests[$0] })") }
        for (first, second) in zip(orders, orders.dropFirst()) where requests[first] == requests[second] {
            let question = requests[first].replacing("PUT ", with: "GET ")
            if requests[first..<second].contains(question) != trouble.isUnclear { world.fail("\(requests)") }
        }
    }
}
