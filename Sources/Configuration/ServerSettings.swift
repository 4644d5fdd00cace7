/// `server.*`: where the daemon answers.
package struct ServerSettings: Sendable, Equatable {
    /// A numeric address.
    package var host = "127.0.0.1"
    /// 0 lets the system choose.
    package var port = 8092
    /// Whether it may leave loopback, where anybody could order and delete backups.
    package var allowsInsecure = false

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

    init(_ section: inout Section) {
        if let (host, _) = section.read(Self.host) { self.host = host }
        if let (port, _) = section.read(Self.port) { self.port = port }
        if let (allowed, _) = section.read(Self.allowInsecure) { allowsInsecure = allowed }
        if !host.hasPrefix("127."), host != "::1", !allowsInsecure {
            section.complain(
                "host",
                "'\(host)' is beyond loopback: whoever reaches it could order and delete backups; set server.allowInsecure to "
                    + "true if something else protects it")
        }
        section.finish()
    }
}
