internal import Engines
internal import HTTP
internal import JSON

extension Conformance {
    /// From an empty engine to an empty engine.
    static let steps: [Step] =
        repositories + indices + snapshots + reading + patterns + filters + parameters + timeouts + health + documents
        + restoring + looking + choosing + deleting

    /// Appended to a call that is to be answered at the end of what it asks for.
    static let waiting = "?wait_for_completion=true"

    /// A call that the engines answer alike.
    static func all(
        _ method: HTTPRequest.Method, _ target: String, body: String = "", _ status: Int, type: String? = nil,
        reason: String? = nil,
        _ members: [String: JSONValue] = [:]
    ) -> Step {
        let expectation = Expectation(status: status, type: type, reason: reason, members: members)
        return Step(method: method, target: target, body: body, expected: expectation)
    }

    /// A call that engines with a trait answer differently from those without.
    static func each(
        _ trait: EngineTrait, _ method: HTTPRequest.Method, _ target: String, _ body: String = "", with: Expectation,
        without: Expectation
    ) -> Step {
        Step(method: method, target: target, body: body, expected: with, otherwise: (trait, without))
    }
}
