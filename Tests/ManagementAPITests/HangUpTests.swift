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
import Waiting

/// Who hangs up ends his waiting, and nothing else.
@Suite(.timeLimit(.minutes(10)))
struct HangUpTests {
    /// What is asked, and what has to be so a while later.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var request: HTTPRequest { HTTPRequest(method, target, body: Array(body.utf8)) }
        let method: HTTPRequest.Method
        let target: String
        var body = ""
        /// Asked before, so that there is something to do.
        var before: HTTPRequest?
        /// The ids of the backups that stand then; several where an order may have been withdrawn before it began.
        let left: [[String]]
        /// The beginnings of the markers' names that stand then.
        var markers: [String] = []
        var isPaused = false
        /// What is told of besides; of nothing else is there anything to tell.
        var tells: Set<MessageID> = []
    }

    private static let both = [["1", "2"]]
    private static let order = HTTPRequest(.post, "/actuator/backups", body: Array(#"{"backupId":3}"#.utf8))

    private static let cases: [Case] = [
        Case(testDescription: "the list", method: .get, target: "/actuator/backups", left: both),
        Case(testDescription: "the old list", method: .get, target: "/actuator/backup", left: both),
        Case(testDescription: "one backup", method: .get, target: "/actuator/backups/1", left: both),
        Case(testDescription: "one backup's state", method: .get, target: "/actuator/backup/1", left: both),
        Case(testDescription: "metrics", method: .get, target: "/metrics", left: both),
        Case(testDescription: "health", method: .get, target: "/actuator/health", left: both),
        Case(testDescription: "the tasks", method: .get, target: "/actuator/scheduledtasks", left: both),
        Case(testDescription: "a delete", method: .delete, target: "/actuator/backups/1", left: [["2"]]),
        Case(testDescription: "an old delete", method: .delete, target: "/actuator/backup/1", left: [["2"]]),
        Case(
            testDescription: "a cancel", method: .post, target: "/actuator/backups/3/cancel", before: order, left: both,
            markers: ["optimize-backup_cancel_3_"], tells: [.backupFailed]),
        Case(
            testDescription: "a hold", method: .post, target: "/actuator/backups/1/hold", left: both,
            markers: ["optimize-backup_hold_1_"]),
        Case(
            testDescription: "a release", method: .post, target: "/actuator/backups/1/release",
            before: HTTPRequest(.post, "/actuator/backups/1/hold"), left: both),
        Case(
            testDescription: "a pause", method: .post, target: "/actuator/jobs/job/pause", left: both,
            markers: ["optimize-backup_pause_job_"], isPaused: true),
        Case(
            testDescription: "a resumption", method: .post, target: "/actuator/jobs/job/resume",
            before: HTTPRequest(.post, "/actuator/jobs/job/pause"), left: both,
            markers: ["optimize-backup_resume_job_"]),
        Case(
            testDescription: "a run", method: .post, target: "/actuator/jobs/job/run", left: both + [["1", "2", "run"]]),
        Case(
            testDescription: "an order", method: .post, target: "/actuator/backups", body: #"{"backupId":3}"#,
            left: both + [["1", "2", "3"]]),
        Case(
            testDescription: "an old order", method: .post, target: "/actuator/backup", body: #"{"backupId":"3"}"#,
            left: both + [["1", "2", "3"]]),
    ]

    /// The client goes away while the first request to the engine is under way, then while the second is, and so on; of the later ones
    /// only some are tried.
    @Test(arguments: cases) func nothingIsCutOff(what: Case) {
        var number = 1
        while hasReached(number, of: what), number < 60 { number += max(1, number / 3) }
        let asksTheEngine = !["/metrics", "/actuator/health", "/actuator/scheduledtasks"].contains(what.target)
        #expect(number > (asksTheEngine ? 3 : 0))
    }

    /// Whether so many requests were sent to the engine before the answer was there.
    private func hasReached(_ number: Int, of what: Case) -> Bool {
        let reached = Mutex(false)
        let said = Mutex([LogEntry]())
        let report = simulate(seed: 1) { world in
            let instance = world.makeInstance()
            let network = StumblingNetwork(instance: instance)
            let log: LogSink = { entry in said.withLock { $0.append(entry) } }
            await withAPI(world, instance, network, log) { api in
                await prepare(world, api, instance, what)
                let isReached = await hangUp(on: what.request, atEngineRequest: number, api, network, world, instance)
                reached.withLock { $0 = isReached }
                world.engine.withState { $0.nextSnapshot.duration = .seconds(1) }
                try? await instance.sleep(for: .seconds(120))
                await check(world, api, what)
            }
        }
        #expect(report.broken.isEmpty, "at request \(number): \(report.broken)")
        let errors = said.withLock { $0 }.filter { entry in
            entry.priority.rawValue <= LogEntry.Priority.warning.rawValue && !what.tells.contains(entry.id)
        }
        #expect(errors.isEmpty, "at request \(number): \(errors.map(\.message))")
        return reached.withLock { $0 }
    }

    /// Two backups, and what the case wants; then so long that nothing is remembered of the clocks.
    private func prepare(_ world: World, _ api: ManagementAPI, _ instance: Instance, _ what: Case) async {
        for id in 1...2 {
            let body = Array("{\"backupId\":\(id)}".utf8)
            _ = await api.respond(to: HTTPRequest(.post, "/actuator/backups", body: body))
            try? await instance.sleep(for: .seconds(5))
        }
        if let before = what.before {
            world.engine.withState { $0.nextSnapshot.duration = .seconds(700) }
            let status = await api.respond(to: before).status
            if !(200..<300).contains(status) { world.fail("beforehand: \(status)") }
        }
        try? await instance.sleep(for: .seconds(400))
    }

    /// Asks, and goes away while the request to the engine of that number is under way; another asker stays.
    private func hangUp(
        on request: HTTPRequest, atEngineRequest number: Int, _ api: ManagementAPI, _ network: StumblingNetwork,
        _ world: World, _ instance: Instance
    ) async -> Bool {
        let (hasAnswer, reached) = (Promise<Bool>(), network.stumble(at: number))
        async let other = api.respond(to: HTTPRequest(.get, "/actuator/backups")).status
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = await api.respond(to: request)
                hasAnswer.give(true)
            }
            await race({ await reached.wait() }) { await hasAnswer.wait() }
            group.cancelAll()
        }
        let isReached = !reached.isOpen
        let status = await other
        if status != 200 { world.fail("another's list: \(status)") }
        return isReached
    }

    private func check(_ world: World, _ api: ManagementAPI, _ what: Case) async {
        let list = await api.respond(to: HTTPRequest(.get, "/actuator/backups"))
        let backups = JSONValue(list.body)?.array ?? []
        for backup in backups where backup["state"] != "COMPLETED" { world.fail("\(backup)") }
        let left = backups.map { backup in
            backup["jobs"] == ["job"] ? "run" : backup["backupId"]?.integer.map { "\($0)" } ?? "?"
        }
        if !what.left.contains(left.sorted()) { world.fail("what is left: \(left)") }
        let names = world.engine.withState { $0.repositories["backups"]?.snapshots.map(\.name) ?? [] }
        let markers = names.filter { $0.hasPrefix("optimize-backup_") }.sorted()
        if markers.count != what.markers.count || !zip(markers, what.markers).allSatisfy({ $0.hasPrefix($1) }) {
            world.fail("markers: \(markers)")
        }
        if names.count != left.count * 2 + markers.count { world.fail("snapshots: \(names)") }
        let health = JSONValue(await api.respond(to: HTTPRequest(.get, "/actuator/health")).body)
        if health?["status"] == "DOWN" || health?["components"]?["repository"]?["details"] != nil {
            world.fail("health: \(String(describing: health))")
        }
        let metrics = String(decoding: await api.respond(to: HTTPRequest(.get, "/metrics")).body, as: UTF8.self)
        for line in [
            "repository_up 1", "engine_up 1", #"runs_total{backup_job="job",outcome="failed"} 0"#,
            #"job_paused{backup_job="job"} \#(what.isPaused ? 1 : 0)"#,
        ] where !metrics.contains("optimize_backup_\(line)\n") {
            world.fail("no \(line) in \(metrics)")
        }
    }

    private func withAPI(
        _ world: World, _ instance: Instance, _ network: StumblingNetwork, _ log: @escaping LogSink,
        _ body: (ManagementAPI) async -> Void
    ) async {
        world.engine.withState { state in
            state.repositories["backups"] = EngineState.Repository()
            for name in ["timestamp-based-import-index_v5", "alert_v4"] {
                state.indices["optimize-\(name)"] = EngineState.Index()
            }
        }
        let repository = BackupRepository(
            client: EngineClient(transport: network, clock: instance, random: { world.random() }),
            settings: .init(
                repositoryName: "backups", optimizeVersion: "8.6.0", createdBy: "optimize-backup/test", instance: "test"
            ))
        guard let schedule = try? Schedule("@every 60d") else { return world.fail("no schedule") }
        let daemon = Daemon(
            repository: repository, settings: DaemonSettings(jobs: [JobSettings(name: "job", schedule: schedule)]),
            observe: SharedJournal(repository: "backups", sink: log).take)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await daemon.run() }
            await daemon.waitForFirstLook()
            await body(
                ManagementAPI(
                    daemon: daemon, version: "1.0",
                    allowedHosts: AllowedHosts(nil, ownName: "host", isBeyondLoopback: false)))
            instance.cut()
            group.cancelAll()
        }
    }
}

/// A network on which one request takes three seconds; whoever does not wait for it has it cut off.
private final class StumblingNetwork: HTTPTransport {
    private let instance: Instance
    private let state = Mutex<(left: Int, reached: Promise<Void>)>((0, Promise()))

    init(instance: Instance) { self.instance = instance }

    /// The request of that number, from now on, takes its time; the promise is given once it does.
    func stumble(at number: Int) -> Promise<Void> {
        state.withLock { state in
            state = (number, Promise())
            return state.reached
        }
    }

    func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        let reached = state.withLock { state in
            state.left -= 1
            return state.left == 0 ? state.reached : nil
        }
        if let reached {
            reached.give(())
            do { try await instance.sleep(for: .seconds(3)) } catch {
                throw HTTPTransportError(.cancelled, "nobody waits for it")
            }
        }
        return try await instance.send(request, timeout: timeout)
    }
}
