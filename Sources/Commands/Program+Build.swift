internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import EventLoop
internal import Glibc
internal import HTTPClient

/// Puts together what reaches the repository, as configured.
func buildRepository(
    _ settings: Settings, _ loop: Loop, observe: @escaping EngineObserver = { _ in }
) -> BackupRepository {
    buildRepository(settings, EngineAccess(loop, settings.engine), loop, observe: observe)
}

/// The same by ways to the engine that there are.
func buildRepository(
    _ settings: Settings, _ access: EngineAccess, _ loop: Loop, observe: @escaping EngineObserver
) -> BackupRepository {
    let client = EngineClient(
        endpoints: access.endpoints, clock: loop, random: systemRandom,
        settings: .init(
            requestTimeout: settings.engine.requestTimeout, deleteTimeout: settings.engine.deleteTimeout,
            credentials: settings.engine.credentials),
        offload: { try? await loop.offload($0) }, observe: observe)
    var own = BackupRepository.Settings(settings.backup)
    own.renamedJobs = settings.jobs.renamed
    return BackupRepository(client: client, settings: own)
}

/// The ways to the engine, and how it is told who asks; belongs to the loop's thread.
final class EngineAccess: @unchecked Sendable {
    // Unchecked: touched by the loop's thread alone.
    private var engine: EngineSettings
    private let transports: [CurlTransport]

    init(_ loop: Loop, _ engine: EngineSettings) {
        self.engine = engine
        transports = engine.urls.map { CurlTransport(loop, CurlTransport.Settings(engine, url: $0)) }
    }

    var endpoints: [Endpoint] {
        zip(engine.urls, transports).map { Endpoint(url: $0, transport: $1) }
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
        return changed
    }
}

extension EngineSettings {
    fileprivate var credentials: EngineCredentials {
        switch authorization {
        case .basic: .password
        case .apiKey: .apiKey
        case nil: .none
        }
    }
}

extension CurlTransport.Settings {
    fileprivate init(_ engine: EngineSettings, url: String) {
        self.init(baseURL: url)
        userAgent = "optimize-backup/\(version)"
        connectTimeout = min(engine.requestTimeout, .seconds(10))
        certificateAuthority = engine.certificateAuthority
        clientCertificate = engine.clientCertificate
        clientKey = engine.clientKey
        authorization =
            switch engine.authorization {
            case .basic(let user, let password): .basic(user: user, password: password)
            case .apiKey(let key): .apiKey(key)
            case nil: nil
            }
    }
}

extension BackupRepository.Settings {
    fileprivate init(_ backup: BackupSettings) {
        self.init(
            repositoryName: backup.repositoryName, indexPrefix: backup.indexPrefix,
            optimizeVersion: backup.optimizeVersion,
            firstPartIndices: backup.firstPartIndices, timeout: backup.timeout, takeUpWithin: backup.takeUpWithin,
            waitForOthers: backup.waitForOthers, createdBy: "optimize-backup/\(version)", instance: hostName())
        formerClusters = backup.formerClusters
    }
}

/// The machine's name, of 64 bytes at most.
private func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 65)
    guard gethostname(&buffer, 64) == 0 else { return "unknown" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
