import HTTP
import JSON
import TestSupport
import Testing

/// An Optimize's indices in the shape of real ones: dozens of them, with aliases, a rollover index, a closed one, and documents.
struct Optimize {
    let scene: Scene
    let indices: [String]
    /// Of those that are open when a backup is taken.
    let documents: [String: Int64]

    /// Documents of all of them, those of the closed one too.
    var count: Int { indices.count * Self.documentsPerIndex }

    static let documentsPerIndex =
        ownEnvironment()["OPTIMIZE_BACKUP_TEST_DOCUMENTS"].flatMap { Int($0) } ?? 200

    private static let bases = [
        "position-based-import-index_v3", "timestamp-based-import-index_v5", "import-index_v3", "job-registry_v1",
        "metadata_v3", "alert_v4", "business-key_v2", "collection_v5", "combined-report_v5", "dashboard-share_v4",
        "dashboard_v8", "decision-definition_v5", "event-process-definition_v4", "external-event_v3",
        "external-process-variable_v2-000001", "external-process-variable_v2-000002", "instant-dashboard_v1",
        "process-definition_v6", "process-overview_v2", "report-share_v3", "settings_v2", "single-decision-report_v10",
        "single-process-report_v11", "tenant_v3", "terminated-user-session_v3", "variable-label_v1",
        "decision-instance-a_v5", "process-instance-a_v8", "process-instance-b_v8", "process-instance-c_v8",
    ]

    fileprivate init(_ scene: Scene) throws {
        self.scene = scene
        let (engine, name) = (scene.engine, scene.name)
        indices = Self.bases.map { "\(name)-\($0)" }
        for index in indices {
            let base = index.dropLast(index.split(separator: "_v").last.map { $0.count + 2 } ?? 0)
            try engine.send(
                .put, "/\(index)",
                #"{"aliases":{"\#(base)":{}},"settings":{"number_of_shards":1,"number_of_replicas":0}}"#)
            var lines = ""
            for number in 1...Self.documentsPerIndex {
                let version = index.contains("-metadata_") ? #""schemaVersion":"8.6.0","# : ""
                lines += #"{"index":{"_id":"\#(number)"}}"# + "\n"
                lines += #"{\#(version)"number":\#(number),"of":"\#(index)"}"# + "\n"
                if number % 10_000 == 0 || number == Self.documentsPerIndex {
                    try engine.send(.post, "/\(index)/_bulk?refresh=true&filter_path=errors", lines)
                    lines = ""
                }
            }
        }
        documents = try Self.count(indices, engine)
        try engine.send(.post, "/\(name)-alert_v4/_close")
    }

    private static func count(_ indices: [String], _ engine: Engine) throws -> [String: Int64] {
        var counts: [String: Int64] = [:]
        for index in indices { counts[index] = try engine.send(.get, "/\(index)/_count").json["count"]?.integer }
        return counts
    }

    /// Every document is there, the last one of each index as it was, and each index has its alias.
    func expectAsBefore() throws {
        #expect(try Self.count(indices, scene.engine) == documents)
        for index in indices {
            let document = try scene.engine.send(.get, "/\(index)/_doc/\(Self.documentsPerIndex)").json["_source"]
            #expect(document?["of"] == .string(index))
            let aliases = try scene.engine.send(.get, "/\(index)/_alias").json[index]?["aliases"]?.keys
            #expect(aliases?.count == 1, "\(index)")
        }
    }
}

/// Sets such a scene, and clears it away.
func withOptimize(_ engine: Engine, repositorySettings: String = "", _ body: (Optimize) throws -> Void) throws {
    try withScene(engine, repositorySettings: repositorySettings) { scene throws in
        for index in scene.firstPart + scene.secondPart { try engine.send(.delete, "/\(index)") }
        try body(try Optimize(scene))
    }
}
