package import HTTP
internal import JSON
internal import Time

/// Gets a key from where it comes.
package struct KeyFetcher: Sendable {
    /// For one request to an endpoint, which is on this machine or beside it.
    private static let timeout = Duration.seconds(2)
    /// An answer is a kilobyte or two.
    private static let maximumAnswerSize = 65_536

    /// The way to an endpoint, by its scheme and authority.
    private let transport: @Sendable (_ url: String) -> any HTTPTransport
    private let readFile: @Sendable (_ path: String) async -> [UInt8]?

    /// - Parameter readFile: without holding anybody up; nil for what can't be read.
    package init(
        transport: @escaping @Sendable (_ url: String) -> any HTTPTransport,
        readFile: @escaping @Sendable (_ path: String) async -> [UInt8]?
    ) {
        self.transport = transport
        self.readFile = readFile
    }

    /// A key of the first place that has one.
    func fetch(_ sources: [KeySource]) async throws(KeyError) -> AmazonKey {
        for source in sources {
            guard let key = try await fetch(source) else { continue }
            // What would not be a field's value is no key.
            guard [key.id, key.secret, key.token ?? "-"].allSatisfy(isPrintable) else {
                throw KeyError("\(key.origin.words) gives a key with a character that no key has")
            }
            return key
        }
        throw KeyError("neither configuration nor environment nor a shared credentials file gives one")
    }

    private func fetch(_ source: KeySource) async throws(KeyError) -> AmazonKey? {
        switch source {
        case .given(let key): return key
        case .sharedFile(let path, let profile, let isNamed):
            let text = await readFile(path).map { String(decoding: $0, as: UTF8.self) }
            let key = text.flatMap { SharedCredentialsFile($0).key(of: profile, path: path) }
            guard key != nil || !isNamed else {
                throw KeyError(
                    text == nil ? "\(path) can't be read" : "\(path) has no key in the profile \(profile)")
            }
            return key
        case .container(let url, let token): return try await fetchFromContainer(url, token)
        case .instance(let url): return try await fetchFromInstance(url)
        }
    }

    private func fetchFromContainer(
        _ url: String, _ token: KeySource.ContainerToken?
    ) async throws(KeyError) -> AmazonKey {
        guard let endpoint = MetadataURL(url), endpoint.isTrusted else {
            throw KeyError(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https:// nor an address that belongs to a container")
        }
        var request = HTTPRequest(.get, endpoint.target)
        switch token {
        case .value(let value): request.fields["Authorization"] = value
        case .file(let path):
            guard let bytes = await readFile(path) else { throw KeyError("\(path) can't be read") }
            request.fields["Authorization"] = String(decoding: bytes, as: UTF8.self).filter { !$0.isNewline }
        case nil: break
        }
        let answer = try await ask(endpoint.base, request)
        return try key(in: answer, .container)
    }

    /// By version 2 of the metadata service, whose requests need a token of a session.
    private func fetchFromInstance(_ url: String) async throws(KeyError) -> AmazonKey {
        guard let endpoint = MetadataURL(url) else {
            throw KeyError("AWS_EC2_METADATA_SERVICE_ENDPOINT is no http:// or https:// URL")
        }
        let prefix = endpoint.target.hasSuffix("/") ? String(endpoint.target.dropLast()) : endpoint.target
        let lifetime: HTTPFields = ["X-aws-ec2-metadata-token-ttl-seconds": "60"]
        let token = try await ask(endpoint.base, HTTPRequest(.put, "\(prefix)/latest/api/token", fields: lifetime))
        let fields: HTTPFields = ["X-aws-ec2-metadata-token": firstLine(of: token)]
        let path = "\(prefix)/latest/meta-data/iam/security-credentials/"
        let roles = try await ask(endpoint.base, HTTPRequest(.get, path, fields: fields))
        let role = firstLine(of: roles)
        guard isPrintable(role), !role.contains(where: { " /?#%".contains($0) }) else {
            throw KeyError("the instance has no role")
        }
        return try key(in: try await ask(endpoint.base, HTTPRequest(.get, path + role, fields: fields)), .instance)
    }

    /// - Throws: never with what the answer says, which may be a key, nor with the path, which may be what opens the door to it.
    private func ask(_ base: String, _ request: HTTPRequest) async throws(KeyError) -> [UInt8] {
        let response: HTTPResponse
        do {
            response = try await transport(base).send(
                request, timeout: Self.timeout, maximumBodySize: Self.maximumAnswerSize)
        } catch {
            throw KeyError(error.message, isCancelled: error.code == .cancelled)
        }
        guard response.status == 200 else {
            throw KeyError("\(base) answers HTTP \(response.status)")
        }
        return response.body
    }

    private func key(in answer: [UInt8], _ origin: AmazonKey.Origin) throws(KeyError) -> AmazonKey {
        let json = JSONValue(answer)
        guard let id = json?["AccessKeyId"]?.string, let secret = json?["SecretAccessKey"]?.string else {
            let code = json?["Code"]?.string.map { " (it says \($0.prefix(60)))" } ?? ""
            throw KeyError("\(origin.words) gives no key\(code)")
        }
        let expiry = json?["Expiration"]?.string.flatMap { try? Instant(rfc3339: $0) }
        return AmazonKey(id: id, secret: secret, token: json?["Token"]?.string, expiry: expiry, origin: origin)
    }
}

/// Why there is no key.
struct KeyError: Error, Equatable {
    let reason: String
    /// Whether only nobody waits for it any more.
    let isCancelled: Bool

    init(_ reason: String, isCancelled: Bool = false) {
        self.reason = reason
        self.isCancelled = isCancelled
    }
}

private func firstLine(of bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
}

private func isPrintable(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
}
