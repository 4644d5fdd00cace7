internal import BackupDaemon
internal import Backups
internal import CommandLine
internal import Configuration
internal import ElasticsearchClient
internal import Engines
internal import EventLoop
internal import Glibc
internal import HTTP
internal import HTTPClient
internal import HTTPServer
internal import JSON
internal import Retention
internal import Scheduling
internal import SimulatedEngine
internal import Time

/// `demo`: the whole daemon on an engine in memory, or on a real one with indices of its own that it removes.
struct DemoCommand {
    static let declaration = CommandDeclaration(
        "demo", summary: "Show the whole daemon at work, on a simulated engine or a real one.",
        details: "Needs no configuration. On a real engine it has indices of its own, optimize-demo-…, which it "
            + "removes in the end.",
        options: [
            Option("port", value: "PORT", help: "where to answer (default \(ServerSettings().port))"),
            Option("engine", value: "URL", help: "a real engine; needs --repository"),
            Option("simulate", value: "ENGINE", help: "which engine to simulate (default elasticsearch-8)"),
            Option("repository", value: "NAME", help: "a snapshot repository that is registered with it"),
        ])

    let loop: Loop
    let environment: [String: String]
    private let prefix = "optimize-demo"

    func run(_ invocation: Invocation, _ signals: AsyncStream<Int32>) async throws -> ExitStatus {
        guard let port = invocation["port"].map({ Int($0) }) ?? ServerSettings().port, (0...65_535).contains(port)
        else {
            throw UsageError("--port takes a number up to 65535")
        }
        let isReal = invocation["engine"] != nil
        let (transport, repository) = try chooseEngine(invocation)
        let journal = SharedJournal(
            repository: repository, sink: makeLogSink(LogSettings(), environment: environment) { loop.now() })
        let engine = EngineMetrics(loop, journal)
        let client = EngineClient(transport: transport, clock: loop, random: systemRandom, observe: engine.take)
        let backups = BackupRepository(
            client: client,
            settings: .init(
                repositoryName: repository, indexPrefix: prefix, createdBy: "optimize-backup/\(version)",
                instance: "demo"))
        var job = JobSettings(name: "demo", schedule: try Schedule("@every 10s"))
        job.retention = RetentionPolicy(keepLast: 3)
        let serving = Serving(
            loop: loop, repository: backups, settings: DaemonSettings(jobs: [job]), journal: journal, engine: engine,
            server: ServerSettings())
        func serve(_ url: String) async throws {
            let socket = try ListeningSocket(host: "127.0.0.1", port: port)
            try Output.print(welcome(socket.port ?? port, engine: url, repository, isReal: isReal))
            try await serving.run([socket], signals)
        }
        do {
            try await makeIndices(transport)
            if let url = invocation["engine"] {
                try await serve(url)
            } else {
                try await withServedEngine(transport, serve)
            }
        } catch {
            try? await cleanUp(transport, backups, isReal: isReal)
            throw error
        }
        try await cleanUp(transport, backups, isReal: isReal)
        return .success
    }

    /// Lets the engine in memory answer others, too, on a port of its own, while a body runs.
    private func withServedEngine(
        _ transport: any HTTPTransport, _ body: (_ url: String) async throws -> Void
    ) async throws {
        let socket = try ListeningSocket(host: "127.0.0.1", port: 0)
        let server = try Server(loop, [socket]) { request in
            do {
                return try await transport.send(request, timeout: .seconds(60))
            } catch {
                return HTTPResponse(status: 503)
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            try await body("http://127.0.0.1:\(server.port)")
            group.cancelAll()
        }
    }

    /// The way to the engine, and the name of its repository.
    private func chooseEngine(_ invocation: Invocation) throws(UsageError) -> (any HTTPTransport, String) {
        if let url = invocation["engine"] {
            guard invocation["simulate"] == nil else {
                throw UsageError("--engine is a real engine, and --simulate another")
            }
            guard let name = invocation["repository"] else { throw UsageError("--engine needs --repository") }
            do {
                return (CurlTransport(loop, .init(baseURL: try checkedURL(url))), name)
            } catch {
                throw UsageError("--engine \(error.isSecret ? "" : "\(url) ")\(error.reason ?? "is no URL")")
            }
        }
        let name = invocation["simulate"] ?? EngineKind.elasticsearch8.name
        guard let kind = EngineKind(name: name) else {
            let names = EngineKind.allCases.map(\.name).joined(separator: ", ")
            throw UsageError("--simulate takes one of \(names)")
        }
        var state = EngineState(kind)
        state.nextSnapshot.duration = .milliseconds(1_500)
        state.repositories["backups"] = EngineState.Repository()
        return (EngineTransport(SimulatedEngine(state), clock: loop), "backups")
    }

    private var indices: [String] {
        [
            "timestamp-based-import-index_v5", "position-based-import-index_v3", "metadata_v3",
            "process-instance-invoice_v8",
        ].map { "\(prefix)-\($0)" }
    }

    private func makeIndices(_ transport: any HTTPTransport) async throws {
        for index in indices {
            let alias = index.prefix { $0 != "_" }
            try await put(
                transport, "/\(index)",
                ["aliases": .object([String(alias): [:]]), "settings": ["number_of_replicas": 0]], mayExist: true)
        }
        try await put(
            transport, "/\(prefix)-metadata_v3/_doc/1?refresh=true", ["schemaVersion": "8.6.0"], mayExist: false)
    }

    private func put(_ transport: any HTTPTransport, _ target: String, _ body: JSONValue, mayExist: Bool) async throws {
        let request = HTTPRequest(.put, target, fields: ["Content-Type": "application/json"], body: body.bytes)
        let response = try await transport.send(request, timeout: .seconds(30))
        guard response.status < 300 || mayExist && response.status == 400 else {
            throw UsageError("the engine refused \(target): \(String(decoding: response.body, as: UTF8.self))")
        }
    }

    /// A real engine is left as it was found.
    ///
    /// - Throws: what could not be removed, and why; the rest is.
    private func cleanUp(_ transport: any HTTPTransport, _ repository: BackupRepository, isReal: Bool) async throws {
        guard isReal else { return }
        var failures: [any Error] = []
        func attempt(_ removal: () async throws -> Void) async {
            do { try await removal() } catch { failures.append(error) }
        }
        await attempt {
            for backup in try await repository.backups.list() where backup.metadata?.instance == "demo" {
                await attempt {
                    if backup.state == .inProgress {
                        try await repository.removal.cancel(backup.id, by: "demo") { _ in }
                    } else {
                        try await repository.removal.delete(backup.id, isByHand: true) { _ in }
                    }
                }
            }
            for marker in try await repository.markers.current().all {
                try await repository.markers.remove(marker.name.description)
            }
        }
        for index in indices {
            await attempt { _ = try await transport.send(HTTPRequest(.delete, "/\(index)"), timeout: .seconds(30)) }
        }
        if let first = failures.first { throw first }
    }
}

private func welcome(_ port: Int, engine: String, _ repository: String, isReal: Bool) -> String {
    """
    A backup is taken every ten seconds on \(isReal ? "your engine" : "an engine in memory"), and the newest three are kept. Try:

      curl http://127.0.0.1:\(port)/actuator/backups
      curl -X POST -H 'Content-Type: application/json' -d '{"backupId":1}' http://127.0.0.1:\(port)/actuator/backups
      curl http://127.0.0.1:\(port)/actuator/health
      curl http://127.0.0.1:\(port)/metrics
      curl '\(engine)/_snapshot/\(repository)/_all?verbose=false'      # what the engine itself says

    Ctrl-C ends it.

    """
}
