import AmazonSigning
import Backups
import ElasticsearchClient
import EventLoop
import Glibc
import HTTP
import HTTPClient
import JSON
import TestSupport
import Testing
import Time

/// Requests that are signed for Amazon OpenSearch Service, before a domain that checks each of them.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct AmazonTests {
    private static let permanent = (id: "AKIDEXAMPLE", secret: "secret/key+EXAMPLE")
    private static let temporary = (id: "ASIAEXAMPLE", secret: "temporary+secret", token: "token/with+and=")

    /// Everything that a person does with backups.
    @Test(.besideOpenSearch3, arguments: Engine.all, [true, false])
    func theMainJobIsDone(engine: Engine, isTemporary: Bool) throws {
        try withScene(engine) { scene throws in
            try withAmazonDomain(engine) { domain throws in
                let access =
                    isTemporary
                    ? try domain.access(
                        id: Self.temporary.id, secret: Self.temporary.secret, token: Self.temporary.token)
                    : try domain.access(id: Self.permanent.id, secret: Self.permanent.secret)
                try withPolicy(scene) { policy throws in
                    let changes = access.merging(policy) { $1 }
                    @discardableResult
                    func run(_ arguments: String...) throws -> ChildProcess.Ending {
                        let ending = try scene.run(arguments, changing: changes)
                        #expect(ending.status == 0, "\(arguments): \(ending.errors)")
                        return ending
                    }
                    for id in ["1", "2", "3"] { try run("create", id) }
                    #expect(try JSONValue(text: run("-o", "json", "show", "2").output)["state"] == "COMPLETED")
                    try run("hold", "1", "--reason", "a reason")
                    try run("prune", "--yes")
                    let left = try JSONValue(text: run("-o", "json", "list").output).array ?? []
                    #expect(left.map { $0["backupId"] } == [3, 1], "\(left)")
                    if !isTemporary { try run("check") }
                }
            }
        }
    }

    @Test(.besideOpenSearch3, arguments: Engine.all)
    func aRefusalSaysWhatIsWrong(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withAmazonDomain(engine) { domain throws in
                let good = Self.permanent
                func refuse(_ access: [String: String], _ words: String...) throws {
                    let ending = try scene.run("create", "1", changing: access)
                    #expect(ending.status == 77, "\(ending.errors)")
                    for word in words { #expect(ending.errors.contains(word), "\(ending.errors)") }
                    for secret in [good.secret, Self.temporary.secret, Self.temporary.token, "x-amz-date:"] {
                        #expect(!ending.errors.contains(secret), "\(ending.errors)")
                    }
                }
                try refuse(
                    domain.access(id: "AKIDNOBODY", secret: good.secret),
                    "the access key of the configuration is not known",
                    "(setting: engine.aws.accessKeyIdFile)")
                try refuse(
                    domain.access(id: good.id, secret: "wrong"), "is not that of its access key",
                    "(setting: engine.aws.secretAccessKeyFile)")
                try refuse(
                    domain.access(id: Self.temporary.id, secret: Self.temporary.secret),
                    "is missing, or not that of its access key", "(setting: engine.aws.sessionTokenFile)")
                try refuse(
                    domain.access(id: good.id, secret: good.secret).merging(
                        ["OPTIMIZE_BACKUP_ENGINE_AWS_REGION": "eu-west-1"]) { $1 },
                    "not in the region eu-west-1", "(setting: engine.aws.region)")
                let unsigned = try scene.run("list", changing: ["OPTIMIZE_BACKUP_ENGINE_URLS": domain.url])
                #expect(unsigned.status == 77 && unsigned.errors.contains("engine.username"), "\(unsigned.errors)")
                try expectWordsOnClocks(scene, domain)
            }
        }
    }

    /// The host's clock is wrong by ten minutes.
    private func expectWordsOnClocks(_ scene: Scene, _ domain: AmazonDomain) throws {
        for (lead, words) in [(600, "ahead of the service's"), (-600, "behind the service's")] {
            let (url, name) = (domain.url, scene.name)
            let error = try withEventLoop { loop -> BackupError? in
                let clock = WrongClock(loop: loop, lead: .seconds(lead))
                let key = AmazonKey(
                    id: Self.permanent.id, secret: Self.permanent.secret, token: nil, origin: .configuration)
                let transport = CurlTransport(loop, .init(baseURL: url))
                let signer = AmazonSigner(
                    region: "eu-central-1", [.given(key)],
                    KeyFetcher(transport: { _ in transport }, readFile: { _ in nil }), clock: clock)
                let client = EngineClient(
                    endpoints: [Endpoint(url: url, transport: transport)], clock: clock, random: { 0 },
                    settings: .init(credentials: .signature), signer: signer)
                let repository = BackupRepository(
                    client: client,
                    settings: .init(repositoryName: name, indexPrefix: name, createdBy: "tests", instance: "tests"))
                do throws(BackupError) {
                    _ = try await repository.identify()
                    return nil
                } catch {
                    return error
                }
            }
            #expect(error?.code == .engineDenied && error?.setting == nil, "\(String(describing: error))")
            #expect(error?.isCurableByWaiting == true)
            // An answer's date is of a whole second, and from a moment ago.
            let message = error?.message ?? ""
            #expect(
                ["9 min 59 s", "10 min 0 s", "10 min 1 s"].contains { message.contains("clock is \($0) \(words)") },
                "\(message)")
        }
    }

    /// As Amazon's own tools find them.
    @Test(.besideOpenSearch3, arguments: Engine.all)
    func aKeyIsFoundInEnvironmentAndSharedFile(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withAmazonDomain(engine) { domain throws in
                let access = AmazonDomain.region.merging(["OPTIMIZE_BACKUP_ENGINE_URLS": domain.url]) { $1 }
                let variables = [
                    "AWS_ACCESS_KEY_ID": Self.temporary.id, "AWS_SECRET_ACCESS_KEY": Self.temporary.secret,
                    "AWS_SESSION_TOKEN": Self.temporary.token,
                ]
                let file = "\(domain.folder)/credentials"
                try write(
                    "[backup]\naws_access_key_id = \(Self.permanent.id)\naws_secret_access_key = \(Self.permanent.secret)\n",
                    toFile: file)
                let shared = ["AWS_SHARED_CREDENTIALS_FILE": file, "AWS_PROFILE": "backup"]
                for more in [variables, shared] {
                    let ending = try scene.run("list", changing: access.merging(more) { $1 })
                    #expect(ending.status == 0, "\(ending.errors)")
                }
                let nowhere = try scene.run(
                    "list", changing: access.merging(["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"]) { $1 }
                )
                #expect(nowhere.status == 69 && nowhere.errors.contains("(setting: engine.aws)"), "\(nowhere.errors)")
            }
        }
    }

    /// Keys that live for a few seconds cost no backup, and no request either where one is refused before its time.
    @Test(.besideOpenSearch3, arguments: Engine.all, ["instance", "container"])
    func keysAreRenewedWhileItRuns(engine: Engine, place: String) throws {
        try withScene(engine) { scene throws in
            try withAmazonDomain(engine, lifetime: 3) { domain throws in
                try write(AmazonDomain.token, toFile: "\(domain.folder)/shown")
                let found =
                    place == "instance"
                    ? ["AWS_EC2_METADATA_SERVICE_ENDPOINT": domain.endpoints]
                    : [
                        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(domain.endpoints)/container",
                        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "\(domain.folder)/shown",
                    ]
                let access = AmazonDomain.region.merging(["OPTIMIZE_BACKUP_ENGINE_URLS": domain.url]) { $1 }
                try withDaemon(scene, jobs: jobs, changing: access.merging(found) { $1 }) { daemon throws in
                    try daemon.process.wait { _ in succeeded(daemon) >= 1 }
                    // Whoever is refused takes another.
                    try Engine(url: domain.endpoints).send(.put, "/-/expire")
                    let before = try domain.count()
                    try daemon.process.wait { _ in ((try? domain.count()) ?? 0) > before }
                    let start = succeeded(daemon)
                    try daemon.process.wait { _ in succeeded(daemon) > start }
                    let errors = daemon.process.errors
                    #expect(!errors.contains("expired") && !errors.contains("can't be renewed"), "\(errors)")
                    #expect(try daemon.outcomes(of: "steady").keys.sorted() == ["success"])
                    // Not one for each request.
                    #expect(try domain.count() < 30)
                    try Engine(url: domain.endpoints).send(.put, "/-/silence")
                    // Told of a key that is still good if one is needed then, else once a request has none.
                    try daemon.process.wait {
                        $0.errors.contains("and can't be renewed: ")
                            || $0.errors.contains("there is no key to sign with: \(domain.endpoints) answers HTTP 503")
                    }
                    #expect(daemon.stop() == 0)
                }
            }
        }
    }

    /// A temporary key in files expires while the daemon runs: that is told, and a reload brings the next.
    @Test(.besideOpenSearch3, arguments: Engine.all)
    func aTokenThatExpiresIsReplacedByAReload(engine: Engine) throws {
        try withScene(engine) { scene throws in
            try withAmazonDomain(engine) { domain throws in
                try withDaemon(scene, jobs: jobs, changing: try domain.accessWithGivenKey()) { daemon throws in
                    try daemon.process.wait { _ in succeeded(daemon) >= 1 }
                    try Engine(url: domain.endpoints).send(.put, "/-/expire")
                    try daemon.process.wait {
                        $0.errors.contains("the session token of the configuration has expired")
                            && $0.errors.contains("engine.aws.sessionTokenFile")
                    }
                    _ = try domain.accessWithGivenKey()
                    daemon.process.signal(SIGHUP)
                    try daemon.process.wait { $0.errors.contains("engine.aws.sessionTokenFile") }
                    let before = succeeded(daemon)
                    try daemon.process.wait { _ in succeeded(daemon) > before }
                    #expect(daemon.stop() == 0)
                }
            }
        }
    }

    private let jobs = #"jobs: {steady: {schedule: "@every 4s", retry: {initialDelay: 1s, maximumDelay: 1s}}}"#

    private func succeeded(_ daemon: RunningDaemon) -> Int { (try? daemon.outcomes(of: "steady")["success"]) ?? 0 }
}

/// The loop's clock, set wrong.
private struct WrongClock: Clock {
    let loop: Loop
    let lead: Duration

    func now() -> Instant { loop.now() + lead }
    func uptime() -> Duration { loop.uptime() }
    func sleep(until deadline: Instant) async throws -> WakeReason { try await loop.sleep(until: deadline - lead) }
    func sleep(for duration: Duration) async throws { try await loop.sleep(for: duration) }
}
