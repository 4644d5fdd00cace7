import Engines
import HTTP
import JSON
import SimulatedEngine
import Time

/// An engine in memory, its clock, and short words for asking it.
struct Asking {
    struct Answer {
        let status: Int
        let json: JSONValue

        /// The type and the words of an error, and of all that caused it.
        var words: String { String(decoding: (json["error"] ?? .null).bytes, as: UTF8.self) }

        var names: [String] { (json["snapshots"]?.array ?? []).compactMap { $0["snapshot"]?.string } }
    }

    var state: EngineState
    var now = Instant(secondsSinceEpoch: 1_800_000_000)

    /// An engine with the repository `backups` and the index `a`.
    init(_ kind: EngineKind) {
        state = EngineState(kind)
        state.repositories["backups"] = EngineState.Repository()
        state.indices["a"] = EngineState.Index()
        state.nextSnapshot.duration = .zero
    }

    /// The answer to a request about snapshots of the repository; nil if the engine holds it back.
    mutating func callAndMaybeWait(_ method: HTTPRequest.Method, _ target: String, _ body: String = "") -> Answer? {
        let request = HTTPRequest(method, target, body: Array(body.utf8))
        guard case .response(let response) = state.respond(to: request, at: now) else { return nil }
        return Answer(status: response.status, json: JSONValue(response.body) ?? .null)
    }

    mutating func call(_ method: HTTPRequest.Method, _ target: String, _ body: String = "") -> Answer {
        callAndMaybeWait(method, target, body) ?? Answer(status: 0, json: .null)
    }

    /// Creates a snapshot of `a`.
    mutating func create(_ name: String) -> Answer {
        call(.put, "/_snapshot/backups/\(name)", #"{"indices":["a"]}"#)
    }

    mutating func list(_ names: String, _ query: String = "") -> Answer {
        call(.get, "/_snapshot/backups/\(names)\(query)")
    }

    /// Lets time pass.
    mutating func pass(_ duration: Duration) {
        now = now + duration
        state.advance(to: now)
    }
}
