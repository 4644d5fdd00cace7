/// A name as one percent-encoded component of a request's path; `*` and `,` stand for themselves in patterns.
package func pathComponent(_ name: String, pattern: Bool = false) -> String {
    var encoded: [UInt8] = []
    for byte in name.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            encoded.append(byte)
        case UInt8(ascii: "*") where pattern:
            encoded.append(byte)
        default:
            encoded += [UInt8(ascii: "%"), hexadecimal(byte >> 4), hexadecimal(byte & 15)]
        }
    }
    return String(decoding: encoded, as: UTF8.self)
}

/// Several names, or patterns, as one component.
func pathComponent(_ names: [String], pattern: Bool = false) -> String {
    names.map { pathComponent($0, pattern: pattern) }.joined(separator: ",")
}

private func hexadecimal(_ digit: UInt8) -> UInt8 {
    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10
}
