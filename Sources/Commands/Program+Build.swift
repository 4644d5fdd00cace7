internal import Backups
internal import Configuration
internal import ElasticsearchClient
internal import EventLoop
internal import Glibc
internal import HTTPClient
internal import Verification

/// Puts together what reaches the repository, as configured.
func buildRepository(
    _ settings: Settings, _ loop: Loop, environment: [String: String], observe: @escaping EngineObserver = { _ in }
) -> BackupRepository {
    let access = EngineAccess(loop, settings.engine, environment: environment, observe: observe)
    return buildRepository(settings, access, loop, observe: observe)
}

/// Puts together where drills come back, as configured.
func buildDrillPlace(
    _ settings: Settings, _ loop: Loop, environment: [String: String], observe: @escaping EngineObserver
) -> DrillPlace {
    let access = EngineAccess(loop, settings.engineOfDrills, environment: environment, observe: observe)
    return buildDrillPlace(settings, access, loop, observe: observe)
}

/// The same by ways to the engine that there are.
func buildDrillPlace(
    _ settings: Settings, _ access: EngineAccess, _ loop: Loop, observe: @escaping EngineObserver
) -> DrillPlace {
    var own = settings
    own.engine = settings.engineOfDrills
    own.backup.repositoryName = settings.verify.repositoryName ?? settings.backup.repositoryName
    let isElsewhere = settings.verify.otherEngine != nil
    return DrillPlace(
        buildRepository(own, access, loop, isForDrills: isElsewhere, observe: observe), isElsewhere: isElsewhere)
}

/// The same by ways to the engine that there are.
///
/// - Parameter isForDrills: whether that engine has settings of its own.
func buildRepository(
    _ settings: Settings, _ access: EngineAccess, _ loop: Loop, isForDrills: Bool = false,
    observe: @escaping EngineObserver
) -> BackupRepository {
    var asked = EngineClient.Settings(
        requestTimeout: settings.engine.requestTimeout, deleteTimeout: settings.engine.deleteTimeout,
        credentials: settings.engine.credentials)
    asked.isForDrills = isForDrills
    let client = EngineClient(
        endpoints: access.endpoints, clock: loop, random: systemRandom, settings: asked,
        signer: access.signer, offload: { try? await loop.offload($0) }, observe: observe)
    var own = BackupRepository.Settings(settings.backup)
    own.renamedJobs = settings.jobs.renamed
    return BackupRepository(client: client, settings: own)
}

extension EngineSettings {
    fileprivate var credentials: EngineCredentials {
        switch authorization {
        case .basic: isForRestore ? .restorePassword : .password
        case .apiKey: isForRestore ? .restoreAPIKey : .apiKey
        case .signature: .signature
        case nil: .none
        }
    }
}

extension CurlTransport.Settings {
    init(_ engine: EngineSettings, url: String) {
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
            case .signature, nil: nil
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
