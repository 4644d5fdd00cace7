import Glibc
import HTTP
import JSON
import TestSupport
import Testing

/// A cluster of three nodes, of which some die during a scheduled backup.
@Suite(.timeLimit(.minutes(10)))
struct ClusterTests {
    @Test(.besideElasticsearch8)
    func aBackupOutlivesItsNodes() throws {
        try withTemporaryFolder { folder throws in
            let cluster = try Cluster.start(folder)
            defer { cluster.stop() }
            let scene = try cluster.makeScene()
            try write(
                """
                jobs: {often: {schedule: "*/20 * * * * *", retry: {initialDelay: 1s, maximumDelay: 3s}}}
                server: {port: 0}

                """, toFile: "\(folder)/config.yaml")
            let daemon = try scene.start(
                ["serve"],
                changing: [
                    "OPTIMIZE_BACKUP_CONFIG": "\(folder)/config.yaml",
                    "OPTIMIZE_BACKUP_ENGINE_URLS": cluster.urls.joined(separator: ","),
                    "OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT": "8s",
                ], in: folder)
            defer { daemon.stop() }
            try daemon.wait { $0.errors.contains("part 1 started") }

            // The master dies: another goes on, and the daemon asks it.
            cluster.kill(try cluster.master())
            try daemon.wait { $0.errors.contains("COMPLETED in") }
            try cluster.restore()

            // The node of the primary dies: PARTIAL, and a new attempt succeeds at once, on the replica.
            let before = completed(daemon)
            try addText(scene.engine, scene.firstPart[0], pieces: 4)
            try waitForBackup(daemon)
            cluster.kill(try cluster.nodeOfPrimary(scene.firstPart[0]))
            try daemon.wait { $0.errors.contains("ended as PARTIAL") && $0.errors.contains("next attempt in 0 s") }
            try daemon.wait { _ in completed(daemon) > before }
            try cluster.restore()

            // Two of three die: nothing is promised, and once they are back all goes on.
            let good = completed(daemon)
            for node in 1...2 { cluster.kill(node) }
            try daemon.wait { $0.errors.contains("master_not_discovered_exception") }
            let listed = try scene.run(
                "list",
                changing: [
                    "OPTIMIZE_BACKUP_ENGINE_URLS": cluster.urls.joined(separator: ","),
                    "OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT": "2s",
                ])
            #expect(listed.status == 69, "\(listed.errors)")
            #expect(listed.errors.contains("master_not_discovered_exception"), "\(listed.errors)")
            try cluster.restore()
            try daemon.wait { _ in completed(daemon) > good }
        }
    }
}

/// How many backups a daemon has told as good.
private func completed(_ daemon: ChildProcess) -> Int { daemon.errors.split(separator: "COMPLETED in").count - 1 }

/// Waits until part 1 of the next backup runs.
private func waitForBackup(_ daemon: ChildProcess) throws {
    let started = daemon.errors.split(separator: "part 1 started").count
    try daemon.wait { $0.errors.split(separator: "part 1 started").count > started }
}

/// Three nodes with one repository.
private final class Cluster {
    private let folder: String
    private let port = freePort(andAt: [1, 2, 100, 101, 102])
    private var nodes: [ChildProcess?] = [nil, nil, nil]

    var urls: [String] { nodes.indices.map { "http://127.0.0.1:\(port + $0)" } }

    private init(_ folder: String) { self.folder = folder }

    static func start(_ folder: String) throws -> Cluster {
        let cluster = Cluster(folder)
        try cluster.restore()
        return cluster
    }

    /// Starts the nodes that are not there, and waits until the cluster is whole and green.
    func restore() throws {
        let started = try nodes.indices.filter { nodes[$0] == nil }.map { number in
            let process = try ChildProcess(
                [
                    PrivateEngine.launcher ?? "", PrivateEngine.name, "--port", "\(port + number)", "--home",
                    "\(folder)/node-\(number)", "node.name=node-\(number)", "path.repo=\(folder)/repo",
                    "discovery.seed_hosts="
                        + nodes.indices.map { "127.0.0.1:\(port + $0 + 100)" }.joined(separator: ","),
                    "cluster.initial_master_nodes=node-0,node-1,node-2",
                    "transport.port=\(port + number + 100)",
                ], environment: ownEnvironment().merging(["JAVA_HEAP": "384m"]) { $1 }, folder: folder)
            nodes[number] = process
            return process
        }
        for process in started { try process.wait { $0.output.contains("started") } }
        try engine.wait {
            let health = try? engine.send(.get, "/_cluster/health", expecting: nil).json
            return health?["number_of_nodes"] == .integer(3) && health?["status"] == .string("green")
        }
    }

    private var engine: Engine { Engine(url: urls[nodes.firstIndex { $0 != nil } ?? 0]) }

    func kill(_ number: Int) {
        guard let process = nodes[number] else { return }
        Glibc.kill(-process.pid, SIGKILL)
        process.wait()
        nodes[number] = nil
    }

    func stop() { for number in nodes.indices { kill(number) } }

    func master() throws -> Int {
        let nodes = try engine.send(.get, "/_cat/nodes?h=name,master&format=json").json.array ?? []
        return try number(nodes.first { $0["master"] == .string("*") }?["name"]?.string)
    }

    func nodeOfPrimary(_ index: String) throws -> Int {
        let shards = try engine.send(.get, "/_cat/shards/\(index)?h=node,prirep&format=json").json.array ?? []
        return try number(shards.first { $0["prirep"] == .string("p") }?["node"]?.string)
    }

    private func number(_ name: String?) throws -> Int {
        let digit = try #require(name?.last.flatMap { Int(String($0)) })
        return digit
    }

    /// An Optimize whose part 1 takes some seconds, each shard with a replica.
    func makeScene() throws -> Scene {
        let scene = Scene(engine: engine, name: "optimize")
        try engine.addRepository(scene.name, settings: #","max_snapshot_bytes_per_sec":"200kb""#)
        for index in scene.firstPart + scene.secondPart {
            try engine.addIndex(index)
            try engine.send(.put, "/\(index)/_settings", #"{"index":{"number_of_replicas":1}}"#)
        }
        try addText(engine, scene.firstPart[0], pieces: 4)
        try engine.wait { try engine.send(.get, "/_cluster/health").json["status"] == .string("green") }
        return scene
    }
}
