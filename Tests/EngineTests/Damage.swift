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
