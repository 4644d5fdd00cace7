/// The URL of an endpoint that gives keys, taken apart.
struct MetadataURL {
    /// Scheme and authority.
    let base: String
    /// Path and query; at least a slash.
    let target: String
    private let host: String

    /// Nil for what is neither `http://` nor `https://`, or names no host.
    init?(_ text: String) {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        base = scheme + authority
        let target = rest.dropFirst(authority.count).prefix { $0 != "#" }
        self.target = target.hasPrefix("/") ? String(target) : "/\(target)"
        host =
            authority.hasPrefix("[")
            ? String(authority.prefix { $0 != "]" }.dropFirst()) : String(authority.prefix { $0 != ":" })
    }

    /// Whether a container's token may be shown there: by TLS, or to an address that is the container's own.
    var isTrusted: Bool {
        base.hasPrefix("https://") || host == "localhost" || host == "::1"
            || host.hasPrefix("127.") && host.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
            || ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"].contains(host)
    }
}
