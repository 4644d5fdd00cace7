/// A request's target in origin form, taken apart and percent-decoded.
package struct RequestTarget: Sendable, Equatable {
    /// The path between its slashes.
    package let path: [String]
    /// The parameters behind the question mark; of several with one name the first counts.
    package let query: [String: String]

    /// Nil for what does not begin with a slash, is wrongly encoded or no UTF-8, or has a NUL in it.
    package init?(_ text: String) {
        guard text.hasPrefix("/") else { return nil }
        let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path: [String] = []
        for component in halves[0].split(separator: "/") {
            guard let component = decoded(component) else { return nil }
            path.append(component)
        }
        self.path = path
        var query: [String: String] = [:]
        for pair in halves.dropFirst().joined().split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decoded(sides[0], plusIsSpace: true),
                let value = decoded(sides.count > 1 ? sides[1] : "", plusIsSpace: true)
            else { return nil }
            if query[name] == nil { query[name] = value }
        }
        self.query = query
    }
}

extension RequestTarget {
    /// What a request's first line asks for: in origin form, and for an absolute form the authority, which stands for `Host` then.
    ///
    /// Nil for what is neither, and for an authority that is empty or names a user (RFC 9110, 4.2).
    package static func received(_ text: String) -> (target: String, authority: String?)? {
        if text.hasPrefix("/") { return (text, nil) }
        guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !authority.isEmpty, !authority.hasPrefix(":"), !authority.contains("@") else { return nil }
        let target = rest.dropFirst(authority.count)
        return (target.hasPrefix("/") ? String(target) : "/\(target)", String(authority))
    }
}

private func decoded(_ text: Substring, plusIsSpace: Bool = false) -> String? {
    var (bytes, rest) = ([UInt8](), text.utf8)
    while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "%"):
            guard rest.count >= 2, let high = hexDigit(rest.removeFirst()), let low = hexDigit(rest.removeFirst()),
                high + low > 0
            else { return nil }
            bytes.append(high << 4 | low)
        case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
        default: bytes.append(byte)
        }
    }
    return String(validating: bytes, as: UTF8.self)
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
    Character(UnicodeScalar(byte)).hexDigitValue.map(UInt8.init)
}
