package import HTTP
internal import JSON
package import Time

/// A request as the engine understands it: its path's components, its query, and its body.
struct EngineCall {
    let method: HTTPRequest.Method
    let path: [String]
    let query: [String: String]
    let body: JSONValue

    /// Nil for a target that is none.
    init?(_ request: HTTPRequest) {
        method = request.method
        let halves = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves[0].hasPrefix("/") else { return nil }
        path = halves[0].split(separator: "/").map(decoded)
        let pairs =
            halves.count < 2 ? [] : halves[1].split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
        query = Dictionary(pairs.map { (decoded($0[0]), $0.count < 2 ? "true" : decoded($0[1])) }) { $1 }
        if request.body.isEmpty {
            body = [:]
        } else {
            guard let json = JSONValue(request.body) else { return nil }
            body = json
        }
    }
}

extension EngineState {
    /// Answers a request at a time, and changes the engine as it asks.
    package mutating func respond(to request: HTTPRequest, at now: Instant) -> EngineAnswer {
        advance(to: now)
        guard let call = EngineCall(request) else {
            return .error(400, "parse_exception", "request body or target can't be read")
        }
        guard let first = call.path.first else { return .ok(description) }
        if first == "_snapshot" { return respondAboutSnapshots(call, now) }
        return respondAboutIndices(call)
    }

    private var description: JSONValue {
        var version: [String: JSONValue] = ["number": .string(kind.version), "build_type": "unknown"]
        if kind == .opensearch2 { version["distribution"] = "opensearch" } else { version["build_flavor"] = "default" }
        return [
            "name": "node", "cluster_name": "simulated", "cluster_uuid": .string(clusterUUID),
            "version": .object(version),
        ]
    }

    func noHandler(_ call: EngineCall) -> EngineAnswer {
        let path = "/" + call.path.joined(separator: "/")
        return .ok(
            ["error": .string("no handler found for uri [\(path)] and method [\(call.method.rawValue)]")], status: 400)
    }
}

/// A component with its percent signs decoded; what is no UTF-8 is replaced.
private func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2,
            let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
