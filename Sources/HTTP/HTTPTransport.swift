/// Carries a request to a server and brings back the answer: the seam between what we ask and how it travels.
package protocol HTTPTransport: Sendable {
    /// Sends one request and waits for the whole answer.
    ///
    /// - Parameter timeout: for the whole exchange, connecting included.
    /// - Throws: `HTTPTransportError` when there is no answer; any status that arrives is an answer.
    func send(_ request: HTTPRequest, timeout: Duration) async throws(HTTPTransportError) -> HTTPResponse
}
