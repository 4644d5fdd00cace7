import Glibc
import HTTP
import JSON
import TestSupport
import Testing

/// What may become of the blob of a snapshot.
enum Damage: String, CaseIterable {
    case missing, truncated, empty
}

/// The file in which an engine keeps the details of a snapshot.
func blob(of snapshot: String, in scene: Scene) throws -> String {
    let listed = try scene.engine.send(.get, "/_snapshot/\(scene.name)/\(snapshot)?verbose=false")
    let uuid = try #require(listed.json["snapshots"]?.array?.first?["uuid"]?.string)
    return "\(try folder(of: scene))/snap-\(uuid).dat"
}

/// The folders of a scene's repository that hold shards, wherever an engine lays them; there are some.
func shardFolders(of scene: Scene) throws -> [String] {
    let folder = try folder(of: scene)
    let found = try run("find", folder, "-name", "__*", "-printf", "%h\n").output
    let folders = Set(found.split(separator: "\n").map(String.init)).sorted()
    try #require(!folders.isEmpty, "no shard lies in \(folder)")
    return folders
}

/// The whole blob is kept beside it.
func inflict(_ damage: Damage, on blob: String) throws {
    try #require(rename(blob, "\(blob).kept") == 0, "\(blob)")
    switch damage {
    case .missing: break
    case .truncated: _ = try run("sh", "-c", "head -c 20 '\(blob).kept' > '\(blob)'")
    case .empty: _ = try run("sh", "-c", ": > '\(blob)'")
    }
}

func heal(_ blob: String) throws { try #require(rename("\(blob).kept", blob) == 0) }

/// A scene whose repository is a file system of two megabytes.
func withSmallRepository(_ engine: Engine, _ body: (Scene, String) throws -> Void) throws {
    try withScene(engine) { scene throws in
        let folder = try folder(of: scene)
        try #require(try run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder).status == 0)
        defer { _ = try? run("umount", "-l", folder) }
        try engine.addRepository(scene.name)
        try body(scene, folder)
    }
}
