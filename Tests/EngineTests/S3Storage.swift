import HTTP
import TestSupport
import Testing

/// How a storage is told what to do.
struct S3Storage {
    let url: String

    func set(_ mode: String) throws {
        let ending = try run("curl", "-sf", "-X", "PUT", "-d", mode, "\(url)/-/mode")
        try #require(ending.status == 0, "\(ending.errors)")
    }
}

/// Runs an OpenSearch 3 whose repository lies in an S3 storage that fails as it is told.
func withS3(_ body: (Scene, S3Storage) throws -> Void) throws {
    try withTemporaryFolder { folder throws in
        let port = freePort(andAt: [1, 101])
        let launcher = PrivateEngine.launcher ?? ""
        let tools = launcher.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/tools"
        let storage = try ChildProcess(["\(tools)/s3-storage", "--port", "\(port)"], folder: folder)
        defer { storage.stop() }
        try storage.wait { $0.output.contains("listening") }
        let url = "http://127.0.0.1:\(port)"
        let node = try PrivateEngine.start(
            port: port + 1, folder: folder, name: "opensearch-3", arguments: ["--s3", url])
        defer { node.kill() }
        let engine = Engine(url: "http://127.0.0.1:\(port + 1)")
        let scene = Scene(engine: engine, name: "stored")
        try addS3Repository(scene)
        for index in scene.firstPart + scene.secondPart { try engine.addIndex(index) }
        try body(scene, S3Storage(url: url))
    }
}

func addS3Repository(_ scene: Scene) throws {
    try scene.engine.send(
        .put, "/_snapshot/\(scene.name)",
        #"{"type":"s3","settings":{"bucket":"backups","base_path":"b","compress":false}}"#)
}
