import BackupDaemon
import Backups
import Configuration
import ElasticsearchClient
import HTTP
import JSON
import ManagementAPI
import Scheduling
import SimulatedEngine
import Simulation
import Synchronization
import Testing
import Time

/// What an engine does with reads.
struct Reads {
    /// How long each takes; longer than the time-out and there is no answer.
    var duration = Duration.zero
    /// Whether they end in the words of a cluster without a master.
    var lackMaster = false
    var count = 0
}

/// A network on which deletes are slow to be answered, and reads as told.
struct SlowNetwork: HTTPTransport {
    let instance: Instance
    let delay: Duration
    /// Whether the engine gets them at once.
    let areCarriedOut: Bool
    let reads: Shared<Reads>

    func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        if request.method == .delete {
            if areCarriedOut { _ = try await instance.send(request, timeout: timeout) }
            try? await instance.sleep(for: delay)
            if areCarriedOut { throw HTTPTransportError(.timedOut, "nobody answers") }
        } else if request.method == .get {
            let reads = reads.change { reads in
                reads.count += 1
                return reads
            }
            try? await instance.sleep(for: min(reads.duration, timeout))
            if reads.duration > timeout { throw HTTPTransportError(.timedOut, "nobody answers") }
            if reads.lackMaster {
                let body = #"{"error":{"type":"master_not_discovered_exception","reason":"no master"},"status":503}"#
                return HTTPResponse(status: 503, body: Array(body.utf8))
            }
        }
        return try await instance.send(request, timeout: timeout)
    }
}

/// An API of a daemon whose one job has taken a backup.
func withABackup(
    log: @escaping LogSink = { _ in }, deletesTake delay: Duration = .seconds(10), areCarriedOut: Bool = false,
    reads: Shared<Reads> = Shared(Reads()), _ body: @escaping @Sendable (World, ManagementAPI, Instance) async -> Void
) {
    let report = simulate(seed: 1) { world in
        await withAPI(world, log: log, deletesTake: delay, areCarriedOut: areCarriedOut, reads: reads) {
            api, instance in
            _ = await api.respond(to: HTTPRequest(.post, "/actuator/jobs/job/run"))
            try? await instance.sleep(for: .seconds(60))
            await body(world, api, instance)
        }
    }
    #expect(report.broken.isEmpty, "\(report.broken)")
}

/// An API of a daemon, of one job if no others are given; a second one in the same world finds what the first has left.
func withAPI(
    _ world: World, jobs: [JobSettings]? = nil, log: @escaping LogSink = { _ in },
    deletesTake delay: Duration = .seconds(10), areCarriedOut: Bool = false, reads: Shared<Reads> = Shared(Reads()),
    _ body: (ManagementAPI, Instance) async -> Void
) async {
    world.engine.withState { state in
        guard state.repositories["backups"] == nil else { return }
        state.repositories["backups"] = EngineState.Repository()
        for name in ["timestamp-based-import-index_v5", "alert_v4"] {
            state.indices["optimize-\(name)"] = EngineState.Index()
        }
    }
    let instance = world.makeInstance()
    let client = EngineClient(
        transport: SlowNetwork(instance: instance, delay: delay, areCarriedOut: areCarriedOut, reads: reads),
        clock: instance,
        random: { world.random() })
    let repository = BackupRepository(
        client: client,
        settings: .init(
            repositoryName: "backups", optimizeVersion: "8.6.0", createdBy: "optimize-backup/test", instance: "test"))
    guard let schedule = try? Schedule("@every 60d") else { return world.fail("no schedule") }
    let journal = SharedJournal(repository: "backups", sink: log)
    let daemon = Daemon(
        repository: repository, settings: DaemonSettings(jobs: jobs ?? [JobSettings(name: "job", schedule: schedule)]),
        observe: journal.take)
    await withTaskGroup(of: Void.self) { group in
        group.addTask { await daemon.run() }
        await body(
            ManagementAPI(
                daemon: daemon, version: "1.0",
                allowedHosts: AllowedHosts(nil, ownName: "host", isBeyondLoopback: false)),
            instance)
        instance.cut()
        group.cancelAll()
    }
}

/// A value that the test and the network share.
final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: sending Value) { self.value = Mutex(value) }

    @discardableResult
    func change<Result: Sendable>(_ body: (inout Value) -> sending Result) -> Result {
        self.value.withLock { body(&$0) }
    }
}
