import Engines
import EventLoop
import HTTP
import HTTPServer
import JSON
import SimulatedEngine
import TestSupport

/// An Optimize on an engine in memory that answers over HTTP, and the program configured for it.
struct Scene: Sendable {
    let engine: SimulatedEngine
    let url: String
    let folder: String
    let file: String

    /// Runs a command to its end.
    ///
    /// - Parameter shell: what a shell does at last, with the program as `"$@"`; nil for no shell.
    func run(_ arguments: [String], shell: String? = nil) throws -> ChildProcess.Ending {
        try start(arguments, shell: shell).wait()
    }

    /// Snapshots from now on take longer than any test.
    func letSnapshotsRunOn() { engine.withState { $0.nextSnapshot.duration = .seconds(3_600) } }

    func letSnapshotsFail() { engine.withState { $0.nextSnapshot.outcome = .failed } }

    /// Gives a backup an id that this program would not have given it.
    func rename(_ id: String, to other: String) {
        engine.withState { state in
            guard let snapshots = state.repositories["backups"]?.snapshots else { return }
            state.repositories["backups"]?.snapshots = snapshots.map { snapshot in
                var snapshot = snapshot
                snapshot.name = snapshot.name.replacing("_\(id)_", with: "_\(other)_")
                return snapshot
            }
        }
    }

    /// Makes an index one that another version of an engine has made.
    func date(_ index: String, by version: Int64) { engine.withState { $0.indices[index]?.version = version } }

    /// What stands in each snapshot, by their names.
    var metadata: [JSONValue] {
        engine.withState { state in
            let snapshots = state.repositories["backups"]?.snapshots ?? []
            return snapshots.sorted { $0.name < $1.name }.compactMap(\.metadata)
        }
    }

    var hasSnapshots: Bool { snapshots.contains(#""snapshot":"#) }

    var hasRunning: Bool { snapshots.contains("IN_PROGRESS") }

    /// As the engine answers it: asked again and again from another thread, its lock would give the thread sanitizer false reports.
    private var snapshots: String {
        (try? TestSupport.run("curl", "-s", "\(url)/_snapshot/backups/_all").output) ?? ""
    }

    func run(_ arguments: String...) throws -> ChildProcess.Ending { try run(arguments) }

    /// The same on a terminal: what comes on it, both of results and of the rest, is the output.
    func runOnTerminal(
        _ arguments: [String], columns: Int, _ variables: [String: String] = [:]
    ) throws
        -> ChildProcess.Ending
    {
        let environment = ["PATH": "/usr/bin:/bin"].merging(variables) { $1 }
        return try TestSupport.run(
            ["python3", BuiltProgram.script("terminal.py"), "\(columns)", BuiltProgram.path, "--config", file]
                + arguments,
            environment: environment)
    }

    func start(_ arguments: [String], shell: String? = nil) throws -> ChildProcess {
        try BuiltProgram.start(["--config", file] + arguments, shell: shell, in: folder)
    }
}

/// Lets a body use an engine in memory, which a thread of its own serves.
///
/// What it returns is judged outside: on its thread Swift Testing does not know for which test it runs.
func withScene<Value: Sendable>(
    _ more: String = "", _ body: @escaping @Sendable (Scene) throws -> Value
) throws -> Value {
    try withEventLoop { loop in
        var state = EngineState(.elasticsearch8)
        state.repositories["backups"] = EngineState.Repository()
        for name in [
            "timestamp-based-import-index_v5", "position-based-import-index_v3", "metadata_v3",
            "process-instance-invoice_v8",
        ] {
            state.indices["optimize-\(name)"] = EngineState.Index(
                aliases: ["optimize-\(name.prefix { $0 != "_" })"])
        }
        state.indices["optimize-metadata_v3"]?.documents["1"] = ["schemaVersion": "8.6.0"]
        let engine = SimulatedEngine(state)
        let transport = EngineTransport(engine, clock: loop)
        let server = try Server(loop, [ListeningSocket(host: "127.0.0.1", port: 0)]) { request in
            (try? await transport.send(request, timeout: .seconds(60))) ?? HTTPResponse(status: 503)
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            defer { group.cancelAll() }
            let url = "http://127.0.0.1:\(server.port)"
            return try await loop.offload {
                try withConfiguration(engine: url, more) { folder, file in
                    try body(Scene(engine: engine, url: url, folder: folder, file: file))
                }
            }
        }
    }
}
