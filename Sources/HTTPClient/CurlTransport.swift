package import EventLoop
package import HTTP

/// The way to the engine: libcurl, waiting on our loop.
///
/// Of several base URLs the first that answers is kept. A request goes on to the next one only when the server can't have
/// received it, or when it is a read.
package final class CurlTransport: HTTPTransport, @unchecked Sendable {
    // Unchecked: touched by the loop's thread alone, where all of its tasks run.

    package struct Settings: Sendable {
        /// Scheme, host, port and a path prefix, without a slash at the end; at least one.
        package var baseURLs: [String]
        /// For connecting, name look-up and TLS included.
        package var connectTimeout: Duration = .seconds(10)
        /// For the header fields of one answer, in bytes.
        package var maximumHeaderSize = 65_536
        /// For the body of one answer, unpacked, in bytes.
        package var maximumBodySize = 268_435_456
        package var userAgent = "optimize-backup"
        package var authorization: Authorization?
        /// Certificates to trust, in PEM, instead of the system's.
        package var certificateAuthority: [UInt8]?
        /// Certificate and key in PEM by which the server knows us.
        package var clientCertificate: [UInt8]?
        package var clientKey: [UInt8]?

        package init(baseURLs: [String]) {
            self.baseURLs = baseURLs
        }
    }

    package enum Authorization: Sendable {
        case basic(user: String, password: String)
        /// Elasticsearch's, in the encoded form that the engine hands out.
        case apiKey(String)
    }

    private let settings: Settings
    private let multi: CurlMulti
    private var current = 0

    package init(_ loop: Loop, _ settings: Settings) {
        self.settings = settings
        multi = CurlMulti(loop)
    }

    package func send(_ request: HTTPRequest, timeout: Duration) async throws(HTTPTransportError) -> HTTPResponse {
        let first = current
        var offset = 0
        while true {
            let index = (first + offset) % settings.baseURLs.count
            do throws(HTTPTransportError) {
                let easy = try EasyHandle(request, base: settings.baseURLs[index], timeout: timeout, settings)
                let response = try await multi.perform(easy)
                current = index
                return response
            } catch {
                offset += 1
                guard offset < settings.baseURLs.count, mayGoElsewhere(request, after: error) else { throw error }
            }
        }
    }

    private func mayGoElsewhere(_ request: HTTPRequest, after error: HTTPTransportError) -> Bool {
        guard error.code != .cancelled, error.code != .invalidRequest, error.code != .credentials else { return false }
        return !error.mayHaveTakenEffect || request.method == .get || request.method == .head
    }
}
