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
    /// Whether only this machine can reach the address.
    package var isLoopback: Bool { host.hasPrefix("127.") || host == "::1" }
}

extension ServerSettings: ConfiguredSection {
    static let unset = ServerSettings()

    static let keys: [Key<ServerSettings>] = [
        Key(
            "host", \.host, .address, "The address to listen on. Sockets that systemd hands over are served instead."),
        Key("port", \.port, .number(0...65_535), "The port to listen on; 0 lets the system choose."),
        Key(
            "allowInsecure", \.allowsInsecure, .flag,
            "Must be true to listen beyond loopback, where anybody could then order and delete backups."),
        Key(
            "allowedHosts", \.allowedHosts, .hosts,
            unset: "names and addresses of loopback, this machine's own name, and beyond loopback any address",
            "What a request's Host may be, instead of loopback and this machine's own name."),
    ]

    func check(_ section: Section) {
        guard !isLoopback, !allowsInsecure else { return }
        section.complain(
            "host",
            "'\(host)' is beyond loopback: whoever reaches it could order and delete backups; set server.allowInsecure to "
                + "true if something else protects it")
    }
}

extension Notation where Value == String {
    fileprivate static let address = text("a numeric address, such as 127.0.0.1, ::1 or 0.0.0.0") {
        (text) throws(Refusal) in
        guard !text.isEmpty,
            text.utf8.allSatisfy({ (0x30...0x3A).contains($0) || (0x61...0x66).contains($0) || $0 == 0x2E })
        else {
            throw Refusal()
        }
        return text
    }
}

extension Notation where Value == [String] {
    fileprivate static let hosts = list("a list of host names and addresses, without ports; IPv6 in brackets") {
        (texts) throws(Refusal) in
        guard !texts.isEmpty, texts.allSatisfy(isHost) else { throw Refusal() }
        return texts
    }
}

/// A name or an address, without a port.
private func isHost(_ text: String) -> Bool {
    let name = text.hasPrefix("[") && text.hasSuffix("]") ? text.dropFirst().dropLast() : text[...]
    let marks: Set<Character> = name.count < text.count ? [".", ":"] : [".", "-", "_"]
    return !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || marks.contains($0) }
}
