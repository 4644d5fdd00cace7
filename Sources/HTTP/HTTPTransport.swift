/// Carries a request to a server and brings back the answer: the seam between what we ask and how it travels.
package protocol HTTPTransport: Sendable {
    /// Sends one request and waits for the whole answer.
    ///
    /// - Parameters:
    ///   - timeout: for the whole exchange, connecting included.
    ///   - maximumBodySize: of the answer, unpacked, in bytes.
    /// - Throws: `HTTPTransportError` when there is no answer; any status that arrives is an answer.
    func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse
}

extension HTTPTransport {
    /// Sends one request whose answer is of at most a mebibyte.
    package func send(
        _ request: HTTPRequest, timeout: Duration
    ) async throws(HTTPTransportError) -> HTTPResponse {
        try await send(request, timeout: timeout, maximumBodySize: 1_048_576)
    }
}
