package import EventLoop
package import HTTP

/// The way to a server: libcurl, waiting on our loop.
package final class CurlTransport: HTTPTransport, @unchecked Sendable {
    // Unchecked: touched by the loop's thread alone, where all of its tasks run.

    package struct Settings: Sendable {
        /// Scheme, host, port and a path prefix, without a slash at the end.
        package var baseURL: String
        /// For connecting, name look-up and TLS included.
        package var connectTimeout: Duration = .seconds(10)
        /// For the header fields of one answer, in bytes.
        package var maximumHeaderSize = 65_536
        package var userAgent = "optimize-backup"
        package var authorization: Authorization?
        /// Certificates to trust, in PEM, instead of the system's.
        package var certificateAuthority: [UInt8]?
        /// Certificate and key in PEM by which the server knows us.
        package var clientCertificate: [UInt8]?
        package var clientKey: [UInt8]?

        package init(baseURL: String) {
            self.baseURL = baseURL
        }
    }

    package enum Authorization: Sendable {
        case basic(user: String, password: String)
        /// Elasticsearch's, in the encoded form that the engine hands out.
        case apiKey(String)
    }

    /// A request that is under way keeps those that it began with.
    package var settings: Settings
    private let multi: CurlMulti

    package init(_ loop: Loop, _ settings: Settings) {
        self.settings = settings
        multi = CurlMulti(loop)
    }

    package func send(
        _ request: HTTPRequest, timeout: Duration, maximumBodySize: Int
    ) async throws(HTTPTransportError) -> HTTPResponse {
        try await multi.perform(try EasyHandle(request, timeout: timeout, maximumBodySize: maximumBodySize, settings))
    }
}
