import HTTP
import JSON
import TestSupport
import Testing

/// What stands before an engine, and answers for it where a test says so.
struct FrontDoor {
    let url: String

    /// What it answers instead of the engine.
    struct Rule {
        var method: String?
        /// A regular expression for path and query.
        var path = ".*"
        var status = 200
        var fields: [String: String] = [:]
        var body = ""
        /// How often; nil for always.
        var times: Int?
        /// Whether the engine gets the request all the same.
        var reaches = false
        /// Whether the request waits until other rules come, and goes by those.
        var holds = false

        fileprivate var json: JSONValue {
            var members: [String: JSONValue] = [
                "path": .string(path), "status": .integer(Int64(status)), "body": .string(body),
                "fields": .object(fields.mapValues { .string($0) }), "reaches": .boolean(reaches),
                "holds": .boolean(holds),
            ]
            if let method { members["method"] = .string(method) }
            if let times { members["times"] = .integer(Int64(times)) }
            return .object(members)
        }
    }

    /// Takes other rules; without any the engine answers everything.
    func set(_ rules: Rule...) throws {
        let body = String(decoding: JSONValue.array(rules.map(\.json)).bytes, as: UTF8.self)
        try Engine(url: url).send(.put, "/-/rules", body)
    }
}

/// Puts a front door before an engine for as long as the body runs.
func withFrontDoor<Value>(_ engine: Engine, _ body: (FrontDoor) throws -> Value) throws -> Value {
    try withTemporaryFolder { folder in
        let script = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/front_door.py"
        let process = try ChildProcess(["python3", script, engine.url], folder: folder)
        defer { process.stop() }
        try process.wait { $0.output.hasSuffix("\n") }
        return try body(FrontDoor(url: "http://127.0.0.1:\(process.output.dropLast())"))
    }
}
