import HTTP
import Testing
import Time

@testable import AmazonSigning

/// Where keys are looked for, and what is found there.
@Suite(.timeLimit(.minutes(10)))
struct KeySourceTests {
    private let configured = AmazonKey(id: "c", secret: "s", token: nil, origin: .configuration)

    @Test(
        arguments: [
            ([:], [.instance(url: "http://169.254.169.254")]),
            (["AWS_ACCESS_KEY_ID": "i"], [.instance(url: "http://169.254.169.254")]),
            (
                ["AWS_ACCESS_KEY_ID": "i", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t", "HOME": "/h"],
                [.given(AmazonKey(id: "i", secret: "s", token: "t", origin: .environment))]
            ),
            (
                ["HOME": "/h", "AWS_EC2_METADATA_DISABLED": "TRUE"],
                [.sharedFile(path: "/h/.aws/credentials", profile: "default", isNamed: false)]
            ),
            (
                [
                    "HOME": "/h", "AWS_SHARED_CREDENTIALS_FILE": "/f", "AWS_PROFILE": "p",
                    "AWS_EC2_METADATA_DISABLED": "true",
                ],
                [.sharedFile(path: "/f", profile: "p", isNamed: true)]
            ),
            (
                ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://h/"],
                [.container(url: "http://169.254.170.2/v2/x", nil)]
            ),
            (
                [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/x",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "t", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/t",
                ], [.container(url: "http://127.0.0.1/x", .file("/t"))]
            ),
            (
                ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://[fd00:ec2::254]/"],
                [.instance(url: "http://[fd00:ec2::254]/")]
            ),
        ] as [([String: String], [KeySource])])
    func looksWhereAmazonsToolsDo(environment: [String: String], sources: [KeySource]) {
        #expect(KeySource.chain(configured: nil, environment: environment) == sources)
        #expect(KeySource.chain(configured: configured, environment: environment) == [.given(configured)])
    }

    private static let file = """
        # a comment
        [default]
        aws_access_key_id = AKID1
        aws_secret_access_key=a/b+c=
        [ other ]
        aws_access_key_id = ASIA2
        aws_secret_access_key = s
        aws_session_token = t==
        [empty]
        region = eu-central-1
        """

    @Test(arguments: [
        ("default", "AKID1 a/b+c= -"), ("other", "ASIA2 s t=="), ("empty", "nothing"), ("nope", "nothing"),
    ])
    func readsASharedFile(profile: String, expected: String) async throws {
        let fetcher = KeyFetcher(transport: { _ in KeyEndpoint(clock) }, readFile: { _ in Array(Self.file.utf8) })
        let fallback = KeySource.given(AmazonKey(id: "nothing", secret: "", token: nil, origin: .environment))
        let source = KeySource.sharedFile(path: "/f", profile: profile, isNamed: false)
        if expected == "nothing" {
            // What somebody has named must be there; else the next place is looked at, whose key is none here.
            await #expect(throws: KeyError.self) { try await fetcher.fetch([source, fallback]) }
            await #expect(throws: KeyError("/f has no key in the profile \(profile)")) {
                try await fetcher.fetch([.sharedFile(path: "/f", profile: profile, isNamed: true)])
            }
        } else {
            let key = try await fetcher.fetch([source])
            #expect("\(key.id) \(key.secret) \(key.token ?? "-")" == expected)
            #expect(key.origin == .sharedFile("/f"))
        }
    }

    private var clock: StoppedClock { StoppedClock(Instant(secondsSinceEpoch: 1_795_705_200)) }

    @Test func aContainerIsAskedWithItsToken() async throws {
        let endpoint = KeyEndpoint(clock)
        let fetcher = KeyFetcher(endpoint, files: ["/t": "of a file\n"])
        for token in [KeySource.ContainerToken.value("a value"), .file("/t"), nil] {
            let key = try await fetcher.fetch([.container(url: "http://127.0.0.1:9/creds?x=1", token)])
            #expect(key.origin == .container && key.token == "t")
        }
        #expect(
            endpoint.withState { $0.requests } == [
                "GET /creds?x=1 Authorization=a value", "GET /creds?x=1 Authorization=of a file", "GET /creds?x=1",
            ])
        await #expect(throws: KeyError("/nope can't be read")) {
            try await fetcher.fetch([.container(url: "http://127.0.0.1:9/creds", .file("/nope"))])
        }
    }

    /// A token is shown to nobody on the way.
    @Test(arguments: [
        ("http://127.0.0.1/x", true), ("http://localhost:80/x", true), ("http://[::1]:8/x", true),
        ("http://169.254.170.23/v1/credentials", true), ("http://[fd00:ec2::23]/v1/credentials", true),
        ("https://anywhere.example/x", true), ("http://anywhere.example/x", false), ("http://10.0.0.1", false),
        ("http://127.example.org", false),
        ("ftp://127.0.0.1", false), ("http://127.0.0.1@example.org/", false), ("http://", false),
    ])
    func aContainersEndpointIsNearOrEncrypted(url: String, isTrusted: Bool) {
        #expect((MetadataURL(url)?.isTrusted ?? false) == isTrusted)
    }

    @Test func noAnswerIsRepeatedInWords() async throws {
        let endpoint = KeyEndpoint(clock)
        endpoint.withState { $0.status = 403 }
        await #expect(throws: KeyError("http://169.254.169.254 answers HTTP 403")) {
            try await KeyFetcher(endpoint).fetch([.instance(url: "http://169.254.169.254/")])
        }
    }
}
