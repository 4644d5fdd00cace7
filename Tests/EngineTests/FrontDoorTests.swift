import HTTP
import JSON
import TestSupport
import Testing

/// Answers that are no engine's, and engines' answers at the wrong moment.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct FrontDoorTests {
    private static let noMaster = #"{"error":{"type":"master_not_discovered_exception","reason":null},"status":503}"#

    /// What stands at a URL that leads nowhere, how it is told, and with which status where there is no other.
    private static let troubles: [(rule: FrontDoor.Rule, status: Int32, words: [String])] = [
        (.init(status: 503, body: noMaster), 69, ["master_not_discovered_exception", "engine.urls"]),
        (.init(status: 502, body: "<html><title>502 Bad Gateway</title></html>"), 69, ["'502 Bad Gateway'"]),
        (.init(status: 429, fields: ["Retry-After": "1"]), 69, ["429"]),
        (.init(status: 503, body: "OpenSearch Security not initialized."), 69, ["not initialized"]),
        (
            .init(status: 200, body: "<html><title>Please log in</title></html>"), 69,
            ["'Please log in'", "engine.urls"]
        ),
        (
            .init(status: 301, fields: ["Location": "https://search.example/"]), 69,
            ["https://search.example/", "engine.urls"]
        ),
    ]

    @Test(arguments: Engine.all)
    func aURLThatLeadsNowhereIsLeftForTheNext(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withFrontDoor(engine) { door throws in
                for (number, trouble) in Self.troubles.enumerated() {
                    try door.set(trouble.rule)
                    let alone = try scene.run("list", changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": door.url])
                    #expect(alone.status == trouble.status, "\(trouble.rule): \(alone.errors)")
                    for word in trouble.words { #expect(alone.errors.contains(word), "\(alone.errors)") }
                    let both = try scene.run(
                        "create", "\(number)", changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": "\(door.url),\(engine.url)"])
                    #expect(both.status == 0, "\(trouble.rule): \(both.errors)")
                }
                // Half-way: a node that has lost its master, but still says who it is.
                try door.set(.init(path: "^/(_snapshot|_cluster)", status: 503, body: Self.noMaster))
                let both = try scene.run(
                    "create", "90", changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": "\(door.url),\(engine.url)"])
                #expect(both.status == 0, "\(both.errors)")
                // What no engine could mean is not even read to its end.
                try door.set(.init(path: "^/[?]", status: 200, body: String(repeating: "x", count: 1_100_000)))
                let large = try scene.run("list", changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": door.url])
                #expect(large.status == 1 && large.errors.contains("larger than"), "\(large.errors)")
                // A scheme that does not fit is named.
                let secure = ["OPTIMIZE_BACKUP_ENGINE_URLS": door.url.replacing("http:", with: "https:")]
                let plain = try scene.run("list", changing: secure)
                #expect(plain.status == 69 && plain.errors.contains("http:// may be meant"), "\(plain.errors)")
                try door.set(
                    .init(
                        status: 401,
                        fields: [
                            "WWW-Authenticate": #"Basic realm="OpenSearch Security""#, "Content-Type": "text/plain",
                        ],
                        body: "Unauthorized"))
                let denied = try scene.run("list", changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": door.url])
                #expect(denied.status == 77)
                #expect(denied.errors.contains("Unauthorized (it takes Basic"), "\(denied.errors)")
                #expect(!denied.errors.contains("passwordFile") && denied.errors.contains("engine.username"))
            }
        }
    }

    @Test(arguments: Engine.all)
    func anotherClusterIsNotAskedInstead(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withFrontDoor(engine) { first throws in
                try withFrontDoor(engine) { second throws in
                    let info = try String(decoding: engine.send(.get, "/").json.bytes, as: UTF8.self)
                    let uuid = try #require(engine.send(.get, "/").json["cluster_uuid"]?.string)
                    try first.set(.init(path: "^/_snapshot", status: 503, body: Self.noMaster))
                    try second.set(.init(path: "^/\\?", status: 200, body: info.replacing(uuid, with: "another")))
                    let ending = try scene.run(
                        "create", "1", changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": "\(first.url),\(second.url)"])
                    #expect(ending.status == 78)
                    #expect(ending.errors.contains("\(first.url) and \(second.url) lead to different clusters"))
                    #expect(try engine.snapshots(scene.name).isEmpty)
                }
            }
        }
    }

    /// A node that has lost its master still says who it is: by everything else it is no engine.
    @Test(arguments: Engine.all)
    func aClusterWithoutAMasterIsDown(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withFrontDoor(engine) { door throws in
                try door.set(.init(path: "^/(_snapshot|_cluster)", status: 503, body: Self.noMaster))
                let changes = [
                    "OPTIMIZE_BACKUP_ENGINE_URLS": door.url, "OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT": "1s",
                ]
                try withDaemon(scene, changing: changes) { daemon throws in
                    let ordered = try daemon.send(.post, "/actuator/backups", #"{"backupId":1}"#)
                    #expect(ordered.status == 502 && ordered.text.contains("master_not_discovered"), "\(ordered.text)")
                    #expect(
                        try daemon.send(.get, "/actuator/health").json["components"]?["engine"]?["status"] == "DOWN")
                    #expect(try daemon.send(.get, "/metrics").text.contains("\noptimize_backup_engine_up 0\n"))
                    try door.set()
                    try daemon.process.wait { _ in
                        (try? daemon.send(.post, "/actuator/backups", #"{"backupId":1}"#).status) == 202
                    }
                    try daemon.wait(for: "/actuator/backups/1", state: "COMPLETED")
                }
            }
        }
    }

    /// What was accepted is polled whatever the answers: a storage that throttles as a part ends costs nothing.
    @Test(arguments: Engine.all)
    func anErrorOnAPollEndsNothing(engine: Engine) throws {
        try withSlowScene(engine) { scene throws in
            try withFrontDoor(engine) { door throws in
                try withTemporaryFolder { folder throws in
                    let create = try scene.start(
                        ["create", "7"], changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": door.url], in: folder)
                    try create.wait { _ in inProgress(scene) }
                    let refusal =
                        #"{"error":{"type":"repository_exception","reason":"Please reduce your rate"},"status":500}"#
                    try door.set(.init(method: "GET", path: "part_1_of_2", status: 500, body: refusal, times: 4))
                    #expect(create.wait().status == 0, "\(create.errors)")
                }
            }
        }
    }

    /// An order that got no clear answer is looked after before it is repeated, and a delete that failed may have been carried out.
    @Test(arguments: Engine.all)
    func whatWasAcceptedInSpiteOfAnErrorIsFound(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withFrontDoor(engine) { door throws in
                let through = ["OPTIMIZE_BACKUP_ENGINE_URLS": door.url]
                try door.set(.init(method: "PUT", path: "part_", status: 502, times: 2, reaches: true))
                let create = try scene.run("create", "7", changing: through)
                #expect(create.status == 0, "\(create.errors)")
                try door.set(.init(method: "DELETE", status: 500, body: #"{"error":"disk full"}"#, reaches: true))
                let delete = try scene.run("delete", "7", "--yes", changing: through)
                #expect(delete.status == 0, "\(delete.errors)")
                #expect(try engine.snapshots(scene.name).isEmpty)
            }
        }
    }

    /// An engine that takes one snapshot operation at a time is waited for, and `cancel` stops what is in its marker's way.
    @Test(arguments: Engine.all)
    func anotherOperationInTheWayIsWaitedFor(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withFrontDoor(engine) { door throws in
                let through = ["OPTIMIZE_BACKUP_ENGINE_URLS": door.url]
                let busy =
                    #"{"error":{"type":"concurrent_snapshot_execution_exception","reason":"running"},"status":503}"#
                try door.set(.init(method: "PUT", path: "part_", status: 503, body: busy, times: 2))
                let create = try scene.run("create", "7", changing: through)
                #expect(create.status == 0, "\(create.errors)")
                try door.set(.init(method: "PUT", path: "_hold_", status: 503, body: busy, times: 3))
                #expect(try scene.run("hold", "7", changing: through).status == 0)
            }
        }
        try withSlowScene(engine) { scene throws in
            try withFrontDoor(engine) { door throws in
                try withTemporaryFolder { folder throws in
                    let create = try scene.start(["create", "8"], in: folder)
                    try create.wait { _ in inProgress(scene) }
                    let busy =
                        #"{"error":{"type":"concurrent_snapshot_execution_exception","reason":"running"},"status":503}"#
                    try door.set(.init(method: "PUT", path: "_cancel_", status: 503, body: busy, times: 1))
                    let cancel = try scene.run("cancel", "8", changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": door.url])
                    #expect(cancel.status == 0, "\(cancel.errors)")
                    #expect(create.wait().status == 1)
                    #expect(try engine.snapshots(scene.name).keys.allSatisfy { $0.contains("_cancel_8_") })
                }
            }
        }
    }

    /// What is being restored can't be deleted, and keeps nothing else.
    @Test(arguments: Engine.all)
    func whatIsBeingRestoredIsSkippedByName(engine: Engine) throws {
        try withScene(engine) { scene throws in
            for id in 1...3 { #expect(try scene.run("create", "\(id)").status == 0) }
            try withFrontDoor(engine) { door throws in
                try withPolicy(scene) { configured throws in
                    let being =
                        #"{"error":{"type":"concurrent_snapshot_execution_exception","reason":"is being restored"}}"#
                    try door.set(.init(method: "DELETE", path: "optimize_1_", status: 503, body: being))
                    let through = configured.merging(["OPTIMIZE_BACKUP_ENGINE_URLS": door.url]) { $1 }
                    let prune = try scene.run("prune", "--yes", changing: through)
                    #expect(prune.status == 2 && prune.errors.contains("camunda_optimize_1_"), "\(prune.errors)")
                    let left = Set(try engine.snapshots(scene.name).keys.map { $0.split(separator: "_")[2] })
                    #expect(left == ["1", "3"])
                }
            }
        }
    }
}
