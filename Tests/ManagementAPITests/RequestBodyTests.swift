import HTTP
import JSON
import ManagementAPI
import SimulatedEngine
import Simulation
import Testing

/// What bodies of requests may say, and what is answered to others.
@Suite(.timeLimit(.minutes(10)))
struct RequestBodyTests {
    private static let bodies: [(String, String, String)] = [
        ("backups", #"{"backupId":2006,}"#, "line 1, column "),
        ("backups", #"{"backupId":1,"backupId":2}"#, "stands there twice"),
        ("backups", "{\n\"backupId\": 1,\n\"backupId\": 2}", "line 3, column "), ("backups", "", "line 1"),
        ("backups", "[1]", "no object"), ("backups", #"{"backupId":1} x"#, "line 1"),
        ("backups", #"{"backupId":1.5}"#, "whole number"),
        ("backup", #"{"backupId":"a",}"#, "line 1"), ("backup", #"{"backupId":"a","backupId":"a"}"#, "twice"),
        ("backup", #"{"backupId":"a\u202eb"}"#, "U+202E"), ("backup", #"{"backupId":"a\u0085b"}"#, "white space"),
        ("backup", #"{"backupId":"a\u009bb"}"#, "control character"), ("backup", #"{"backupId":"a\u200bb"}"#, "U+200B"),
    ]

    private static let markerBodies: [(String, String)] = [
        (#"{"reason":"a",}"#, "line 1, column "), (#"{"reason":"a","reason":"b"}"#, "twice"), ("[]", "no object"),
        ("null", "no object"), (" ", "must be JSON"), (#"{"untill":"2999-01-01T00:00:00Z"}"#, #"unknown key "untill""#),
        (#"{"reason":1}"#, "allowed are a reason that is text"), (#"{"until":1}"#, "a time such as"),
        (#"{"until":"tomorrow"}"#, "is no time"), (#"{"until":""}"#, "is no time"),
        (#"{"until":"2001-01-31T12:00:00Z"}"#, "allowed is a time after"),
        (#"{"reason":"\#(String(repeating: "x", count: 1_000))"}"#, "allowed are "),
        // Each takes six bytes of the engine's.
        (#"{"reason":"\#(String(repeating: "😀", count: 160))"}"#, "allowed are "),
    ]

    /// Each is refused with what is allowed, and nothing is held, paused or ordered.
    @Test func whatABodyMayNotSayIsRefused() {
        withABackup { world, api, _ in
            let list = HTTPRequest(.get, "/actuator/backup")
            guard let id = JSONValue(await api.respond(to: list).body)?.array?.first?["backupId"]?.integer else {
                return world.fail("no backup")
            }
            let all =
                Self.bodies.map { ("/actuator/\($0)", $1, $2) }
                + Self.markerBodies.flatMap { (body, words) in
                    ["/actuator/backups/\(id)/hold", "/actuator/jobs/job/pause"].map { ($0, body, words) }
                }
            for (target, body, words) in all {
                let response = await api.respond(to: HTTPRequest(.post, target, body: Array(body.utf8)))
                let text = JSONValue(response.body)?["detailedMessage"]?.string ?? ""
                if response.status != 400 || !text.contains(words) {
                    world.fail("\(target) \(body): \(response.status) \(text)")
                }
            }
            let names = world.engine.withState { ($0.repositories["backups"]?.snapshots ?? []).map(\.name) }
            if names.count != 2 { world.fail("\(names)") }
        }
    }

    /// As long as what the engine allows, and in whatever script.
    @Test func whatABodyMaySayIsTaken() {
        withABackup { world, api, _ in
            for body in [
                "", "{}", #"{"reason":null,"until":null}"#, #"{"reason":"\#(String(repeating: "x", count: 600))"}"#,
                #"{"reason":"\#(String(repeating: "я", count: 250))","until":"2999-01-01T00:00:00Z"}"#,
            ] {
                let bytes = Array(body.utf8)
                let response = await api.respond(to: HTTPRequest(.post, "/actuator/jobs/job/pause", body: bytes))
                if response.status != 204 { world.fail("\(body): \(response)") }
                _ = await api.respond(to: HTTPRequest(.post, "/actuator/jobs/job/resume"))
            }
        }
    }
}
