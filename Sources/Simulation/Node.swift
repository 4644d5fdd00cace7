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

extension HTTPRequest {
    /// Whether a node without a master answers it all the same.
    var needsNoMaster: Bool { target.hasPrefix("/?") || target == "/" || target.hasPrefix("/_cat/health") }

    /// Of a write: what it changes.
    var change: String? {
        [.put, .delete].contains(method) ? target.split(separator: "?").first.map { "\(method.rawValue) \($0)" } : nil
    }
}
