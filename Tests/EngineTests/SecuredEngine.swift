import ElasticsearchClient
import Glibc
import HTTP
import TestSupport
import Testing

/// An engine with users, whose user `narrow` may do what is granted.
final class SecuredEngine {
    let url: String
    let home: String
    let passwordFile: String
    private let folder: String
    let port: Int
    private var node: PrivateEngine

    fileprivate init(port: Int, folder: String) throws {
        (self.port, self.folder) = (port, folder)
        url = "https://127.0.0.1:\(port)"
        home = "\(folder)/engine"
        passwordFile = "\(folder)/password"
        node = try startNode(port: port, folder: folder)
        try write("a-password-of-tests", toFile: passwordFile)
        chmod(passwordFile, 0o600)
    }

    deinit { node.kill() }

    /// Sends as the administrator.
    @discardableResult
    func send(_ method: HTTPRequest.Method, _ target: String, _ body: String = "") throws -> String {
        let ending = try curl(method, target, body)
        try #require(ending.status == 0, "\(method.rawValue) \(target): \(ending.output)\(ending.errors)")
        return ending.output
    }

    func curl(
        _ method: HTTPRequest.Method, _ target: String, _ body: String = "", options: [String] = []
    ) throws -> ChildProcess.Ending {
        try run(
            [
                "curl", "-sS", "--fail-with-body", "--cacert", "\(home)/config/certs/ca.pem", "-u", "admin:admin",
                "-X",
                method.rawValue, "-H", "Content-Type: application/json", body.isEmpty ? "-g" : "-d\(body)",
                "\(url)\(target)",
            ] + options)
    }

    /// - Parameter isConfirming: whether the user may ask the master for all indices.
    func grant(indices: [String], isConfirming: Bool) throws {
        let rights =
            ["main"].map { #""cluster:monitor/\#($0)""# } + (isConfirming ? [#""cluster:monitor/health""#] : [])
            + [#""cluster:admin/snapshot/*""#, #""cluster:admin/repository/*""#]
        let patterns = indices.map { "\"\($0)\"" }.joined(separator: ",")
        try send(
            .put, "/_plugins/_security/api/roles/narrow",
            """
            {"cluster_permissions":[\(rights.joined(separator: ","))],"index_permissions":[{"index_patterns":[\(patterns)],
            "allowed_actions":["indices:admin/get","indices:admin/aliases/get","indices:data/read/search"]}]}
            """)
        try send(
            .put, "/_plugins/_security/api/internalusers/narrow",
            #"{"password":"a-password-of-tests","opendistro_security_roles":["narrow"]}"#)
    }

    /// Lets the user do what a set of actions is, and no more.
    func grant(_ actions: Set<EngineAction>, on pattern: String) throws {
        func list(_ actions: [EngineAction]) -> String {
            actions.map { "\"\($0.name)\"" }.joined(separator: ",")
        }
        let ofIndices = list(actions.filter { !$0.isOfCluster })
        let index = ofIndices.isEmpty ? "" : #"{"index_patterns":["\#(pattern)"],"allowed_actions":[\#(ofIndices)]}"#
        try send(
            .put, "/_plugins/_security/api/roles/narrow",
            #"{"cluster_permissions":[\#(list(actions.filter(\.isOfCluster)))],"index_permissions":[\#(index)]}"#)
    }

    /// How the program restores as the administrator.
    var restoreAccess: [String: String] {
        get throws {
            let password = "\(folder)/admin"
            try write("admin", toFile: password)
            return ["OPTIMIZE_BACKUP_RESTORE_USERNAME": "admin", "OPTIMIZE_BACKUP_RESTORE_PASSWORD_FILE": password]
        }
    }

    /// How the program drills as `narrow`, and does all else as the administrator.
    var drillAccess: [String: String] {
        get throws {
            let password = "\(folder)/admin"
            try write("admin", toFile: password)
            return [
                "OPTIMIZE_BACKUP_ENGINE_USERNAME": "admin", "OPTIMIZE_BACKUP_ENGINE_PASSWORD_FILE": password,
                "OPTIMIZE_BACKUP_RESTORE_USERNAME": "narrow", "OPTIMIZE_BACKUP_RESTORE_PASSWORD_FILE": passwordFile,
            ]
        }
    }

    /// Runs the program as the administrator.
    @discardableResult
    func programOfAdministrator(
        _ arguments: [String], changing changes: [String: String] = [:]
    ) throws -> ChildProcess.Ending {
        let password = "\(folder)/admin"
        try write("admin", toFile: password)
        let access = ["OPTIMIZE_BACKUP_ENGINE_USERNAME": "admin", "OPTIMIZE_BACKUP_ENGINE_PASSWORD_FILE": password]
        let ending = try program(arguments, changing: access.merging(changes) { $1 })
        try #require(ending.status == 0, "\(arguments): \(ending.output)\(ending.errors)")
        return ending
    }

    /// Right after its start the plugin answers 503, which curl tries again.
    func waitUntilReady() throws {
        let answer = try curl(.get, "/", options: ["--retry", "60", "--retry-delay", "1"])
        try #require(answer.status == 0, "the plugin is not initialized: \(answer.output)")
    }

    /// Kills the node, lets something be seen while it is away, and starts it again.
    func restart(whileAway body: () throws -> Void) throws {
        node.kill()
        try body()
        node = try startNode(port: port, folder: folder)
        try waitUntilReady()
    }

    /// An Optimize on it, and how the program reaches it as `narrow`.
    var scene: Scene { Scene(engine: Engine(url: url), name: "optimize") }

    var access: [String: String] {
        [
            "OPTIMIZE_BACKUP_BACKUP_REPOSITORY_NAME": "backups",
            "OPTIMIZE_BACKUP_ENGINE_CA_FILE": "\(home)/config/certs/ca.pem",
            "OPTIMIZE_BACKUP_ENGINE_USERNAME": "narrow",
            "OPTIMIZE_BACKUP_ENGINE_PASSWORD_FILE": passwordFile,
        ]
    }

    func program(_ arguments: [String], changing changes: [String: String] = [:]) throws -> ChildProcess.Ending {
        try scene.run(arguments, changing: access.merging(changes) { $1 })
    }
}

/// Runs an OpenSearch with its own security plugin for as long as the body runs.
func withSecuredEngine(_ body: (SecuredEngine) throws -> Void) throws {
    try withTemporaryFolder { folder throws in
        let port = freePort()
        let engine = try SecuredEngine(port: port, folder: folder)
        try engine.waitUntilReady()
        for name in ["timestamp-based-import-index_v5", "alert_v4", "report_v4"] {
            try engine.send(.put, "/optimize-\(name)")
        }
        try engine.send(.put, "/optimize-metadata_v3", #"{"aliases":{"optimize-metadata":{}}}"#)
        try engine.send(.put, "/optimize-metadata_v3/_doc/1?refresh", #"{"schemaVersion":"8.6.0"}"#)
        try engine.send(.put, "/_snapshot/backups", #"{"type":"fs","settings":{"location":"backups"}}"#)
        try body(engine)
    }
}

private func startNode(port: Int, folder: String) throws -> PrivateEngine {
    try PrivateEngine.start(
        port: port, folder: folder, name: "opensearch-2",
        arguments: ["--secure", "plugins.security.unsupported.restapi.allow_securityconfig_modification=true"])
}
