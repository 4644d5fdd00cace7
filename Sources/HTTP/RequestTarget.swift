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
