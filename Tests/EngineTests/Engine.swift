import EventLoop
import HTTP
import HTTPClient
import JSON
import TestSupport
import Testing
import Time

/// A real engine, as the tests talk to it: raw, past the code that is being tested.
struct Engine: Sendable, CustomTestStringConvertible {
    let url: String

    var testDescription: String { url }

    /// Those named in the environment; `scripts/test` starts them.
    static let all: [Engine] = (ownEnvironment()["OPTIMIZE_BACKUP_TEST_ENGINES"] ?? "")
        .split(separator: ",").map { Engine(url: String($0)) }

    struct Answer {
        let status: Int
        let json: JSONValue
    }

    /// Sends a request; the answer of a status that is not expected fails the test.
    @discardableResult
    func send(
        _ method: HTTPRequest.Method, _ target: String, _ body: String = "", expecting status: Int? = 200
    ) throws -> Answer {
        let fields: HTTPFields = body.isEmpty ? [:] : ["Content-Type": "application/json"]
        let request = HTTPRequest(method, target, fields: fields, body: Array(body.utf8))
        let url = url
        let response = try withEventLoop { loop in
            try await CurlTransport(loop, .init(baseURL: url)).send(request, timeout: .seconds(60))
        }
        let text = String(decoding: response.body, as: UTF8.self)
        if let status { try #require(response.status == status, "\(method.rawValue) \(target): \(text)") }
        return Answer(status: response.status, json: JSONValue(response.body) ?? .null)
    }

    /// Registers a file system repository of that name.
    func addRepository(_ name: String, settings: String = "") throws {
        try send(.put, "/_snapshot/\(name)", #"{"type":"fs","settings":{"location":"\#(name)"\#(settings)}}"#)
    }

    /// Makes an index with an alias of its name without version, and one document.
    func addIndex(_ name: String, document: String = #"{"schemaVersion":"8.6.0"}"#, settings: String = "") throws {
        let base = name.split(separator: "_v").dropLast().joined(separator: "_v")
        let alias = base.isEmpty ? "" : #""aliases":{"\#(base)":{}},"#
        try send(
            .put, "/\(name)?wait_for_active_shards=0",
            #"{\#(alias)"settings":{"number_of_shards":1,"number_of_replicas":0\#(settings)}}"#)
        if settings.isEmpty { try send(.put, "/\(name)/_doc/1?refresh=true", document, expecting: 201) }
    }

    /// Every snapshot of a repository, in the engine's own words, by name.
    func snapshots(_ repository: String) throws -> [String: JSONValue] {
        let list = try send(.get, "/_snapshot/\(repository)/_all").json["snapshots"]?.array ?? []
        return Dictionary(
            uniqueKeysWithValues: list.compactMap { snapshot in snapshot["snapshot"]?.string.map { ($0, snapshot) } })
    }
}

/// An Optimize on an engine: indices of a prefix of its own, and a repository; both are removed in the end.
struct Scene: Sendable {
    let engine: Engine
    /// Of the indices, and the repository's name.
    let name: String

    /// The indices that the scene begins with, by part.
    var firstPart: [String] {
        ["position-based-import-index_v3", "timestamp-based-import-index_v5"].map { "\(name)-\($0)" }
    }
    var secondPart: [String] {
        ["external-process-variable_v2-000001", "metadata_v3", "process-instance-a_v8"].map { "\(name)-\($0)" }
    }

    /// What the program is told by its environment.
    var environment: [String: String] {
        [
            "OPTIMIZE_BACKUP_ENGINE_URLS": engine.url, "OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME": name,
            "OPTIMIZE_BACKUP_BACKUP_INDEX_PREFIX": name, "PATH": "/usr/bin:/bin",
        ]
    }

    /// Runs the program.
    func run(_ arguments: String..., changing changes: [String: String] = [:]) throws -> ChildProcess.Ending {
        try run(arguments, changing: changes)
    }

    func run(_ arguments: [String], changing changes: [String: String] = [:]) throws -> ChildProcess.Ending {
        try withTemporaryFolder { folder throws in
            try start(arguments, changing: changes, in: folder).wait()
        }
    }

    /// Starts the program, and leaves it running.
    ///
    /// - Parameter host: what the host is to be called there, which only root may say.
    func start(
        _ arguments: [String], changing changes: [String: String] = [:], host: String? = nil, in folder: String
    ) throws -> ChildProcess {
        let renaming = host.map { ["unshare", "--uts", "sh", "-c", #"hostname \#($0) && exec "$0" "$@""#] } ?? []
        return try ChildProcess(
            renaming + [Self.program] + arguments, environment: environment.merging(changes) { $1 }, folder: folder)
    }

    /// Starts the program on a terminal: what a person would see there is its output.
    ///
    /// - Parameter answer: what that person types.
    func startOnTerminal(
        _ arguments: [String], changing changes: [String: String] = [:], answer: String? = nil, in folder: String
    ) throws -> ChildProcess {
        try ChildProcess(
            ["script", "-qefc", ([Self.program] + arguments).joined(separator: " "), "/dev/null"],
            environment: environment.merging(changes) { $1 }, input: answer, folder: folder)
    }

    /// The program that was built beside these tests.
    private static let program: String =
        ownEnvironment()["OPTIMIZE_BACKUP_TEST_PROGRAM"]
        ?? #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/.build/debug/optimize-backup"
}

extension Scene {
    /// Takes a snapshot by hand, and waits for it.
    func addSnapshot(_ snapshot: String, _ metadata: JSONValue, of indices: [String] = ["-*"]) throws {
        let names = JSONValue.array(indices.map { .string($0) })
        let body: JSONValue = ["indices": names, "include_global_state": false, "metadata": metadata]
        try engine.send(
            .put, "/_snapshot/\(name)/\(snapshot)?wait_for_completion=true", String(decoding: body.bytes, as: UTF8.self)
        )
    }

    /// What the program writes into a snapshot of a job's fire time.
    func metadata(_ job: String, dueAt time: Instant) throws -> JSONValue {
        let cluster = try engine.send(.get, "/").json["cluster_uuid"]?.string ?? ""
        return [
            "format": 1, "createdBy": "optimize-backup/1.0.0", "instance": "test", "cluster": .string(cluster),
            "prefix": .string(name), "dueTime": .string(time.rfc3339), "jobs": [.string(job)], "attempt": 1,
            "schedule": "0000",
        ]
    }
}

/// Sets a scene on an engine, and clears it away.
func withScene(_ engine: Engine, repositorySettings: String = "", _ body: (Scene) throws -> Void) throws {
    let scene = Scene(engine: engine, name: "test-\(UInt32.random(in: 0 ... .max))")
    try engine.addRepository(scene.name, settings: repositorySettings)
    for index in scene.firstPart + scene.secondPart { try engine.addIndex(index) }
    defer {
        // By names alone: what a test has damaged can't be read.
        let left = try? engine.send(.get, "/_snapshot/\(scene.name)/_all?verbose=false", expecting: nil).json[
            "snapshots"]
        for snapshot in left?.array?.compactMap({ $0["snapshot"]?.string }) ?? [] {
            _ = try? engine.send(.delete, "/_snapshot/\(scene.name)/\(snapshot)", expecting: nil)
        }
        _ = try? engine.send(.delete, "/_snapshot/\(scene.name)", expecting: nil)
        let indices =
            (try? engine.send(.get, "/\(scene.name)*/_alias?expand_wildcards=all", expecting: nil).json)?.keys ?? []
        for index in indices { _ = try? engine.send(.delete, "/\(index)", expecting: nil) }
    }
    try body(scene)
}

extension JSONValue {
    /// Reads a program's output.
    init(text: String) throws {
        self = try #require(JSONValue(Array(text.utf8)), "\(text)")
    }
}

/// A configuration that keeps one backup.
func withPolicy(_ scene: Scene, _ body: ([String: String]) throws -> Void) throws {
    try withTemporaryFolder { folder throws in
        try write("retention: {keepLast: 1}\n", toFile: "\(folder)/config.yaml")
        try body(["OPTIMIZE_BACKUP_CONFIG": "\(folder)/config.yaml"])
    }
}

/// Where the files of a scene's repository are.
func folder(of scene: Scene) throws -> String {
    let nodes = try scene.engine.send(.get, "/_nodes/settings").json["nodes"]
    let path = nodes?[nodes?.keys.first ?? ""]?["settings"]?["path"]?["repo"]
    return "\(path?.string ?? path?.array?.first?.string ?? "")/\(scene.name)"
}
