internal import HTTP
internal import JSON

/// A request as the engine understands it: its path's components, its query, and its body.
struct EngineCall {
    let method: HTTPRequest.Method
    let path: [String]
    /// Of a parameter that stands there twice the last.
    let query: [String: String]
    let body: JSONValue

    /// Nil for a target that is none.
    init?(_ request: HTTPRequest) {
        method = request.method
        let halves = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves[0].hasPrefix("/") else { return nil }
        path = halves[0].split(separator: "/").map(decoded)
        let parameters = halves.count < 2 ? [] : halves[1].split(separator: "&")
        let pairs = parameters.map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false) }
        query = Dictionary(pairs.map { (decoded($0[0]), $0.count < 2 ? "true" : decoded($0[1])) }) { $1 }
        if request.body.isEmpty {
            body = [:]
        } else {
            guard let json = JSONValue(request.body) else { return nil }
            body = json
        }
    }

    /// As the engine tells it in its errors.
    var uri: String { "/" + path.joined(separator: "/") }

    /// A component of the path as the names and patterns that it lists.
    func names(at position: Int) -> [String] { path[position].split(separator: ",").map(String.init) }
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
