internal import AmazonSigning
internal import Configuration
internal import ElasticsearchClient
internal import EventLoop
internal import Glibc
internal import HTTPClient

/// The ways to the engine, and how it is told who asks; belongs to the loop's thread.
final class EngineAccess: @unchecked Sendable {
    // Unchecked: touched by the loop's thread alone.
    private var engine: EngineSettings
    private let environment: [String: String]
    private let transports: [CurlTransport]
    private let amazonSigner: AmazonSigner?

    /// - Parameter environment: where keys for Amazon OpenSearch Service may stand.
    init(
        _ loop: Loop, _ engine: EngineSettings, environment: [String: String],
        observe: @escaping EngineObserver = { _ in }
    ) {
        self.engine = engine
        self.environment = environment
        transports = engine.urls.map { CurlTransport(loop, CurlTransport.Settings(engine, url: $0)) }
        amazonSigner = engine.aws.region.map { region in
            AmazonSigner(
                region: region, KeySource.chain(engine.aws, environment), KeyFetcher(loop), clock: loop,
                observe: observe)
        }
    }

    var endpoints: [Endpoint] {
        zip(engine.urls, transports).map { Endpoint(url: $0, transport: $1) }
    }

    /// Signs what is sent to the endpoints; nil where nothing is signed.
    var signer: (any RequestSigner)? { amazonSigner }

    /// Renews what requests are signed by, until it is cancelled; nil where nothing is signed.
    var renewal: (@Sendable () async -> Void)? {
        amazonSigner.map { signer in { @Sendable in await signer.keepRenewed() } }
    }

    /// Takes over what now stands in the files that the configuration names; what else may differ is left alone.
    ///
    /// - Returns: the keys of those that have changed.
    func takeFiles(of new: EngineSettings) -> [String] {
        let changed = engine.keysOfChangedFiles(in: new)
        engine = new
        for (url, transport) in zip(engine.urls, transports) {
            transport.settings = CurlTransport.Settings(new, url: url)
        }
        amazonSigner?.replace(KeySource.chain(new.aws, environment))
        return changed
    }
}

extension KeySource {
    fileprivate static func chain(_ settings: AmazonSettings, _ environment: [String: String]) -> [KeySource] {
        var configured: AmazonKey?
        if let id = settings.accessKeyID, let secret = settings.secretAccessKey {
            configured = AmazonKey(id: id, secret: secret, token: settings.sessionToken, origin: .configuration)
        }
        return chain(configured: configured, environment: environment)
    }
}

extension KeyFetcher {
    /// Asks by connections of its own, and reads files beside the loop.
    fileprivate init(_ loop: Loop) {
        self.init(
            transport: { url in
                var settings = CurlTransport.Settings(baseURL: url)
                settings.connectTimeout = .seconds(1)
                settings.userAgent = "optimize-backup/\(version)"
                return CurlTransport(loop, settings)
            },
            readFile: { path in
                try? await loop.offload { readSmallFile(path) }
            })
    }
}

/// What stands in a regular file, up to a megabyte; nil for what can't be read, or is no such file.
private func readSmallFile(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
    while bytes.count < 1_048_576 {
        let count = read(descriptor, &buffer, buffer.count)
        guard count >= 0 else { return nil }
        if count == 0 { break }
        bytes += buffer[..<count]
    }
    return bytes
}
