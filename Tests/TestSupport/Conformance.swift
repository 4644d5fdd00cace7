package import Engines
package import HTTP
internal import JSON

/// What every engine answers, the real ones and the simulated one: the same calls, the same expectations.
package struct Conformance: Sendable {
    /// One call, and what is expected of its answer.
    struct Step: Sendable {
        let method: HTTPRequest.Method
        let target: String
        var body = ""
        let expected: Expectation
        /// What is expected of an engine that has not a trait.
        var otherwise: (trait: EngineTrait, expected: Expectation)?
    }

    struct Expectation: Sendable {
        let status: Int
        /// The exception's type.
        var type: String?
        /// What the exception's reason contains.
        var reason: String?
        /// Members of the answer, by their paths; the empty path is all of it.
        var members: [String: JSONValue] = [:]
    }

    private let transport: any HTTPTransport
    private let kind: EngineKind
    private let traits: Set<EngineTrait>
    /// Stands for `$N` in targets and bodies, so that several runs don't meet.
    private let name: String

    /// - Parameter traits: what is expected of that kind; nil for what its rows say.
    package init(
        _ transport: any HTTPTransport, _ kind: EngineKind, traits: Set<EngineTrait>? = nil, name: String
    ) {
        self.transport = transport
        self.kind = kind
        self.traits = traits ?? kind.traits
        self.name = name
    }

    /// Makes all calls; returns what was not as expected.
    package func problems() async throws -> [String] {
        var problems: [String] = []
        for (number, step) in Self.steps.enumerated() {
            let expectation = step.expectation(of: traits)
            let target = step.target.replacing("$N", with: name)
            let body = step.body.replacing("$N", with: name)
            let request = HTTPRequest(
                step.method, target, fields: body.isEmpty ? [:] : ["Content-Type": "application/json"],
                body: Array(body.utf8))
            let response = try await transport.send(request, timeout: .seconds(60))
            problems += expectation.differences(from: response, name: name).map {
                "\(kind.name), step \(number), \(step.method.rawValue) \(target) \(body.prefix(200)): \($0)"
            }
        }
        return problems
    }
}

extension Conformance.Step {
    fileprivate func expectation(of traits: Set<EngineTrait>) -> Conformance.Expectation {
        guard let otherwise, !traits.contains(otherwise.trait) else { return expected }
        return otherwise.expected
    }
}

extension Conformance.Expectation {
    fileprivate func differences(from response: HTTPResponse, name: String) -> [String] {
        let json = JSONValue(response.body) ?? .null
        var differences: [String] = []
        let text = String(decoding: response.body.prefix(600), as: UTF8.self)
        if response.status != status { differences.append("status \(response.status) instead of \(status): \(text)") }
        if let type, json["error"]?["type"]?.string != type { differences.append("no \(type): \(text)") }
        let wantedReason = reason?.replacing("$N", with: name)
        if let reason = wantedReason, json["error"]?["reason"]?.string?.contains(reason) != true {
            differences.append("no '\(reason)': \(text)")
        }
        for (path, value) in members.sorted(by: { $0.key < $1.key }) {
            let found = json.member(path.replacing("$N", with: name)) ?? .null
            let wanted = JSONValue(
                String(decoding: JSONValue.array([value]).bytes, as: UTF8.self).replacing("$N", with: name))
            if found != wanted { differences.append("\(path) is \(found) instead of \(value): \(text)") }
        }
        return differences
    }
}

extension JSONValue {
    /// Wrapped in an array, since a text alone is no JSON document to every reader.
    fileprivate init?(_ text: String) {
        guard let value = JSONValue(Array(text.utf8))?.array?.first else { return nil }
        self = value
    }

    /// Follows names and numbers separated by slashes; `#` counts an array or an object.
    fileprivate func member(_ path: String) -> JSONValue? {
        path.split(separator: "/").reduce(self as JSONValue?) { value, step in
            if step == "#" {
                guard let value else { return nil }
                return .integer(Int64(value.array?.count ?? value.keys.count))
            }
            if let index = Int(step), let array = value?.array { return index < array.count ? array[index] : nil }
            return value?[String(step)]
        }
    }
}
