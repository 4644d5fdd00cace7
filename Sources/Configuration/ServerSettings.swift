/// `server.*`: where the daemon answers.
package struct ServerSettings: Sendable, Equatable {
    /// A numeric address.
    package var host = "127.0.0.1"
    /// 0 lets the system choose.
    package var port = 8092
    /// Whether it may leave loopback, where anybody could order and delete backups.
    package var allowsInsecure = false

    /// By which names the daemon may be called; nil for those of loopback and this machine's own.
    package var allowedHosts: [String]?

    package init() {}
}

extension ServerSettings {
    private static let host = Key(
        "host", allowed: "a numeric address, such as 127.0.0.1, ::1 or 0.0.0.0", "The address to listen on."
    ) { (text) throws(Refusal) in
        guard !text.isEmpty,
            text.utf8.allSatisfy({ (0x30...0x3A).contains($0) || (0x61...0x66).contains($0) || $0 == 0x2E })
        else {
            throw Refusal()
        }
        return text
    }

    private static let port = Key<Int>("port", 0...65_535, "The port to listen on; 0 lets the system choose.")
    private static let allowInsecure = Key<Bool>(
        flag: "allowInsecure",
        "Must be true to listen beyond loopback, where anybody could then order and delete backups.")

    private static let allowedHosts = Key(
        list: "allowedHosts", allowed: "a list of host names and addresses, without ports; IPv6 in brackets",
        "What a request's Host may be, instead of loopback and this machine's own name."
    ) { (texts) throws(Refusal) in
        let isGood = texts.allSatisfy { text in
            let name = text.hasPrefix("[") && text.hasSuffix("]") ? text.dropFirst().dropLast() : text[...]
            let marks: Set<Character> = name.count < text.count ? [".", ":"] : [".", "-", "_"]
            return !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || marks.contains($0) }
        }
        guard isGood, !texts.isEmpty else { throw Refusal() }
        return texts
    }

    /// Whether only this machine can reach the address.
    package var isLoopback: Bool { host.hasPrefix("127.") || host == "::1" }

    init(_ section: inout Section) {
        if let (host, _) = section.read(Self.host) { self.host = host }
        if let (port, _) = section.read(Self.port) { self.port = port }
        if let (allowed, _) = section.read(Self.allowInsecure) { allowsInsecure = allowed }
        if let (hosts, _) = section.read(Self.allowedHosts) { allowedHosts = hosts }
        if !isLoopback, !allowsInsecure {
            section.complain(
                "host",
                "'\(host)' is beyond loopback: whoever reaches it could order and delete backups; set server.allowInsecure to "
                    + "true if something else protects it")
        }
        section.finish()
    }
}
