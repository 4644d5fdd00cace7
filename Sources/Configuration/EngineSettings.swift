/// `engine.*`: how to reach the engine.
package struct EngineSettings: Sendable, Equatable {
    package enum Authorization: Sendable, Equatable {
        case basic(user: String, password: String)
        case apiKey(String)
    }

    /// Scheme, host, port and a path prefix, without a slash at the end; at least one.
    package var urls = ["http://127.0.0.1:9200"]
    package var authorization: Authorization?
    /// In PEM.
    package var certificateAuthority: [UInt8]?
    package var clientCertificate: [UInt8]?
    package var clientKey: [UInt8]?
    package var requestTimeout = Duration.seconds(30)
    package var deleteTimeout = Duration.seconds(3_600)

    package init() {}
}

extension EngineSettings {
    private static let urls = Key(
        list: "urls", allowed: "a list of http:// or https:// URLs with host and port",
        "Where the engine answers. Tried in turn; the first that answers is kept."
    ) { (texts) throws(Refusal) in
        guard !texts.isEmpty else { throw Refusal("is empty") }
        for text in texts { try requireNoUser(text) }
        var urls: [String] = []
        for text in texts { urls.append(try checkedURL(text)) }
        return urls
    }

    private static let username = Key(
        "username", allowed: "a user's name without a colon", "The engine's user, with passwordFile."
    ) { (text) throws(Refusal) in
        guard !text.contains(":"), isPrintable(text) else { throw Refusal() }
        return text
    }

    private static let passwordFile = fileKey("passwordFile", "The file with the password of username.")
    private static let apiKeyFile = fileKey(
        "apiKeyFile", "The file with an API key, encoded as the engine hands it out.")
    private static let caFile = fileKey("caFile", "Certificates to trust, in PEM, instead of the system's.")
    private static let clientCertificateFile = fileKey(
        "clientCertificateFile", "The certificate by which the engine knows us, in PEM.")
    private static let clientKeyFile = fileKey("clientKeyFile", "The key of clientCertificateFile, in PEM.")
    private static let requestTimeout = Key(
        duration: "requestTimeout", .seconds(1)...(.seconds(600)),
        "For one request, never for a whole backup.")
    private static let deleteTimeout = Key(
        duration: "deleteTimeout", .seconds(10)...(.seconds(86_400)),
        "For one delete, which the engine may hold back until running snapshots have ended.")

    init(_ section: inout Section) {
        if let (urls, _) = section.read(Self.urls) { self.urls = urls }
        readAuthorization(&section)
        certificateAuthority = section.pem(Self.caFile)
        clientCertificate = section.pem(Self.clientCertificateFile)
        clientKey = section.pem(Self.clientKeyFile)
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
        if let (timeout, _) = section.read(Self.requestTimeout) { requestTimeout = timeout }
        if let (timeout, _) = section.read(Self.deleteTimeout) { deleteTimeout = timeout }
        section.finish()
    }

    private mutating func readAuthorization(_ section: inout Section) {
        let username = section.read(Self.username)
        let password = section.secret(Self.passwordFile)
        let apiKey = section.secret(Self.apiKeyFile)
        switch (username?.value, password, apiKey) {
        case (let user?, let password?, nil): authorization = .basic(user: user, password: password)
        case (nil, nil, let key?): authorization = .apiKey(key)
        case (_?, nil, nil):
            if !section.isGiven("passwordFile") { section.complain("username", "needs passwordFile beside it") }
        case (nil, _?, _): section.complain("passwordFile", "needs username beside it")
        case (_?, _, _?): section.complain("apiKeyFile", "excludes username and passwordFile")
        case (nil, nil, nil): break
        }
        for url in urls where authorization != nil && url.hasPrefix("http://") && !isLoopback(url) {
            section.warn("urls", "'\(url)' carries credentials over the network without TLS; use https://")
        }
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
