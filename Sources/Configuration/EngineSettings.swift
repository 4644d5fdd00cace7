/// `engine.*`: how to reach the engine.
package struct EngineSettings: Sendable, Equatable {
    package enum Authorization: Sendable, Equatable {
        case basic(user: String, password: String)
        case apiKey(String)
        /// As `aws` says.
        case signature
    }

    /// Scheme, host, port and a path prefix, without a slash at the end; at least one.
    package var urls = ["http://127.0.0.1:9200"]
    var credentials = Credentials()
    /// Whether its credentials are those of `restore`.
    package var isForRestore = false
    package var aws = AmazonSettings()
    /// In PEM.
    package var certificateAuthority: [UInt8]?
    package var clientCertificate: [UInt8]?
    package var clientKey: [UInt8]?
    package var requestTimeout = Duration.seconds(30)
    package var deleteTimeout = Duration.seconds(3_600)

    package init() {}

    /// The same but for what stands in the files that it names, which a reload takes over.
    package var withoutFiles: EngineSettings {
        var bare = self
        for file in Self.secretFiles { bare[keyPath: file.value] = self[keyPath: file.value].map { _ in "" } }
        for file in Self.pemFiles { bare[keyPath: file.value] = self[keyPath: file.value].map { _ in [] } }
        return bare
    }

    /// The keys of the files in which something else stands now.
    package func keysOfChangedFiles(in other: EngineSettings) -> [String] {
        let secrets = Self.secretFiles.filter { self[keyPath: $0.value] != other[keyPath: $0.value] }.map(\.key)
        let pems = Self.pemFiles.filter { self[keyPath: $0.value] != other[keyPath: $0.value] }.map(\.key)
        return (secrets + pems).map { "engine.\($0)" }
    }

    private static var secretFiles: [(key: String, value: WritableKeyPath<EngineSettings, String?>)] {
        [
            ("passwordFile", \.credentials.password), ("apiKeyFile", \.credentials.apiKey),
            ("aws.accessKeyIdFile", \.aws.accessKeyID), ("aws.secretAccessKeyFile", \.aws.secretAccessKey),
            ("aws.sessionTokenFile", \.aws.sessionToken),
        ]
    }

    private static var pemFiles: [(key: String, value: WritableKeyPath<EngineSettings, [UInt8]?>)] {
        [
            ("caFile", \.certificateAuthority), ("clientCertificateFile", \.clientCertificate),
            ("clientKeyFile", \.clientKey),
        ]
    }

    package var authorization: Authorization? {
        credentials == Credentials() && aws.region != nil ? .signature : credentials.authorization
    }
}

extension EngineSettings: ConfiguredSection {
    static let unset = EngineSettings()

    static let keys: [Key<EngineSettings>] = [
        Key(
            "urls", \.urls, .urls, example: "[http://127.0.0.1:9200]",
            "Where the engine answers: the nodes of one cluster. Tried in turn; the first that answers is kept."),
        Key("username", \.credentials.username, .username, "The engine's user, with passwordFile."),
        Key(secretFile: "passwordFile", \.credentials.password, "The file with the password of username."),
        Key(
            secretFile: "apiKeyFile", \.credentials.apiKey,
            "The file with an API key, encoded as the engine hands it out; instead of username and passwordFile."),
        Key(
            section: "aws", \.aws,
            "By what requests are signed for Amazon OpenSearch Service, whose domains know by that who asks."),
        Key(
            pemFile: "caFile", \.certificateAuthority, unset: "the system's",
            "Certificates to trust, in PEM, instead of the system's."),
        Key(
            pemFile: "clientCertificateFile", \.clientCertificate,
            "The certificate by which the engine knows us, in PEM."),
        Key(
            pemFile: "clientKeyFile", \.clientKey,
            "The key of clientCertificateFile, in PEM, without a passphrase."),
        Key(
            "requestTimeout", \.requestTimeout, .duration(.seconds(1)...(.seconds(600))),
            "For one request, over all urls; never for a whole backup."),
        Key(
            "deleteTimeout", \.deleteTimeout, .duration(.seconds(10)...(.days(1))),
            "For one delete, which the engine may hold back until running snapshots have ended."),
    ]

    func check(_ section: Section) {
        checkCredentials(section)
        if clientKey != nil, clientCertificate == nil {
            section.complain("clientKeyFile", "needs clientCertificateFile beside it")
        }
        if let key = clientKey ?? clientCertificate, isEncrypted(key) {
            section.complain(
                clientKey == nil ? "clientCertificateFile" : "clientKeyFile",
                "the key is encrypted, and there is nobody to ask for its passphrase: allowed is a key without one, which "
                    + "LoadCredentialEncrypted= of systemd keeps safe as well")
        }
        if let clientCertificate, clientKey == nil, !section.isGiven("clientKeyFile"), !hasKey(clientCertificate) {
            section.complain("clientCertificateFile", "needs clientKeyFile beside it, or a key in the same file")
        }
    }

    private func checkCredentials(_ section: Section) {
        credentials.check(section)
        for other in Credentials.keyNames where aws.region != nil && section.isGiven(other) {
            section.complain(other, "excludes aws.region: a request is either signed or has credentials")
        }
        if authorization != nil { warnOfPlaintext(section) }
    }

    func warnOfPlaintext(_ section: Section) {
        for url in urls where url.hasPrefix("http://") && !isLoopback(url) {
            section.warn("urls", "'\(url)' carries credentials over the network without TLS; use https://")
        }
    }
}

extension Notation where Value == [String] {
    fileprivate static let urls = list("a list of http:// or https:// URLs with host and port") {
        (texts) throws(Refusal) in
        guard !texts.isEmpty else { throw Refusal("is empty") }
        for text in texts { try requireNoUser(text) }
        var urls: [String] = []
        for text in texts { urls.append(try checkedURL(text)) }
        return urls
    }
}

/// One of `engine.urls` as it is used, without a slash at the end.
package func checkedURL(_ text: String) throws(Refusal) -> String {
    try requireNoUser(text)
    guard isPrintable(text), !text.contains(" ") else { throw Refusal("has a character that no URL has") }
    guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else {
        throw Refusal("does not begin with http:// or https://")
    }
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" }
    guard !rest.contains("?"), !rest.contains("#") else { throw Refusal("has a query or a fragment") }
    let (host, port) = split(authority)
    guard !host.isEmpty else { throw Refusal("has no host") }
    if let port {
        guard let number = Int(port), (1...65_535).contains(number), port.allSatisfy(\.isNumber) else {
            throw Refusal("has a port that is none")
        }
    }
    var url = text
    while url.hasSuffix("/") { url.removeLast() }
    return url
}

/// Asked before all else, since no message may repeat a password.
private func requireNoUser(_ text: String) throws(Refusal) {
    guard !text.contains("@") else { throw Refusal("names a user; use username and passwordFile", isSecret: true) }
}

/// Host and port; an IPv6 address stands in brackets.
private func split(_ authority: Substring) -> (host: Substring, port: Substring?) {
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
        let rest = authority[authority.index(after: end)...]
        return (authority[...end], rest.isEmpty ? nil : rest.dropFirst())
    }
    guard let colon = authority.lastIndex(of: ":") else { return (authority, nil) }
    return (authority[..<colon], authority[authority.index(after: colon)...])
}

/// Whether a private key stands in a file of PEM, beside a certificate perhaps.
private func hasKey(_ file: [UInt8]) -> Bool {
    String(decoding: file, as: UTF8.self).contains("PRIVATE KEY-----")
}

/// Whether a key in PEM needs a passphrase: in the form of PKCS #8, or in the older one.
private func isEncrypted(_ key: [UInt8]) -> Bool {
    let text = String(decoding: key, as: UTF8.self)
    return text.contains("-----BEGIN ENCRYPTED ") || text.contains("Proc-Type: 4,ENCRYPTED")
}

private func isLoopback(_ url: String) -> Bool {
    let host = split(url.dropFirst("http://".count).prefix { $0 != "/" }).host
    return host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
}

func isPrintable(_ text: String) -> Bool {
    !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
}
