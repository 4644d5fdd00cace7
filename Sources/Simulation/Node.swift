internal import HTTP

/// One of the engine's nodes, as an instance reaches it.
struct Node: HTTPTransport {
    /// What a node has instead of answers.
    enum Trouble: Sendable, CaseIterable {
        case none
        case isDown
        /// A proxy before it shows a page.
        case showsPage
        /// It has lost its master: what needs one fails when `master_timeout` is over.
        case hasNoMaster
    }

    let instance: Instance
    let number: Int

    var endpoint: String { "http://node-\(number)" }

    func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        try await instance.send(request, timeout: timeout, through: number)
    }
}

extension HTTPResponse {
    /// Whether a write that is answered so may have been carried out all the same.
    var isUnclear: Bool {
        [502, 503].contains(status) || status == 429 && String(decoding: body, as: UTF8.self).contains("timeout_exc")
    }
}

extension HTTPRequest {
    /// What it names of a repository: snapshots, or patterns of them.
    var snapshots: [String] {
        let path = target.prefix { $0 != "?" }.split(separator: "/")
        return path.count > 2 ? path[2].split(separator: ",").map(String.init) : []
    }

    /// Whether a listing would show a snapshot of that name.
    func shows(_ name: String) -> Bool {
        snapshots.contains { pattern in
            let pieces = pattern.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
            return pieces.count == 1 ? pattern == name : name.hasPrefix(pieces[0]) && name.hasSuffix(pieces[1])
        }
    }

    /// Whether a node without a master answers it all the same.
    var needsNoMaster: Bool { target.hasPrefix("/?") || target == "/" || target.hasPrefix("/_cat/health") }

    /// Of a write: what it changes.
    var change: String? {
        [.put, .delete].contains(method) ? target.split(separator: "?").first.map { "\(method.rawValue) \($0)" } : nil
    }
}
