internal import HTTP
internal import JSON
internal import SimulatedEngine

extension Conformance {
    /// From an empty engine to an empty engine.
    static let steps: [Step] =
        repositories + indices + snapshots + reading + patterns + filters + parameters + timeouts + health + documents
        + restoring + deleting

    /// Appended to a call that is to be answered at the end of what it asks for.
    static let waiting = "?wait_for_completion=true"

    /// A call that the engines answer alike.
    static func all(
        _ method: HTTPRequest.Method, _ target: String, body: String = "", _ status: Int, type: String? = nil,
        reason: String? = nil,
        _ members: [String: JSONValue] = [:]
    ) -> Step {
        let expectation = Expectation(status: status, type: type, reason: reason, members: members)
        return Step(
            method: method, target: target, body: body,
            expected: [.elasticsearch7: expectation, .elasticsearch8: expectation, .opensearch2: expectation])
    }

    /// A call that the engines answer differently.
    static func each(
        _ method: HTTPRequest.Method, _ target: String, _ body: String = "", es7: Expectation, es8: Expectation,
        os2: Expectation
    ) -> Step {
        Step(
            method: method, target: target, body: body,
            expected: [.elasticsearch7: es7, .elasticsearch8: es8, .opensearch2: os2])
    }
}
