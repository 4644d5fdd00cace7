/// The names by which the daemon may be called; any other is a browser's that was led to us by a name of somebody else's.
package struct AllowedHosts: Sendable, Equatable {
    private let names: Set<String>
    private let admitsLoopback: Bool
    private let admitsAddresses: Bool

    /// - Parameters:
    ///   - names: as configured; nil for those of loopback and our own.
    ///   - ownName: this machine's.
    ///   - isBeyondLoopback: whether the daemon listens there. Then any address is as good as its own: nobody can lead an address
    ///     elsewhere, as they can a name.
    package init(_ names: [String]?, ownName: String, isBeyondLoopback: Bool) {
        self.names = Set((names ?? [ownName, "localhost"]).map(normal))
        admitsLoopback = names == nil
        admitsAddresses = names == nil && isBeyondLoopback
    }

    /// Whether a request may have that `Host`; none at all comes from no browser.
    package func admits(_ field: String?) -> Bool {
        guard let field else { return true }
        let host = normal(withoutPort(field))
        if names.contains(host) { return true }
        let isAddress = host.hasPrefix("[") || host.split(separator: ".").allSatisfy { UInt8($0) != nil }
        return isAddress && (admitsAddresses || admitsLoopback && (host == "[::1]" || host.hasPrefix("127.")))
    }

    /// Whether a page of that `Origin` may ask: one of a host that we are called by, with either scheme, since TLS may end at a proxy.
    ///
    /// An address says nothing of who serves a page there: it counts if the request calls us by that very one.
    ///
    /// - Parameter host: the request's `Host`, which is admitted.
    package func admits(origin: String, to host: String?) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: origin.hasPrefix) else { return false }
        let authority = origin.dropFirst(scheme.count)
        guard !authority.isEmpty, !authority.hasPrefix(":"),
            !authority.contains(where: { $0.isWhitespace || "/?#@\\,".contains($0) })
        else { return false }
        let page = normal(withoutPort(String(authority)))
        return names.contains(page) || host.map { normal(withoutPort($0)) == page } ?? false
    }
}

private func withoutPort(_ host: String) -> String {
    guard let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") else { return host }
    return String(host[..<colon])
}

/// In lower case, and without the dot that a full name may end in.
private func normal(_ host: String) -> String {
    let host = host.lowercased()
    return host.hasSuffix(".") ? String(host.dropLast()) : host
}
