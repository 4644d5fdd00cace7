internal import HTTP
internal import Time

/// A request's signature of version 4, as Amazon OpenSearch Service checks it.
struct Signature {
    /// The request as both sides write it, so that they hash the same.
    let canonicalRequest: String
    let stringToSign: String
    /// The value of the field `Authorization`.
    let authorization: String

    /// The service's name, which is part of what is signed.
    private static let service = "es"
    private static let algorithm = "AWS4-HMAC-SHA256"
    /// What is signed of a request's fields, sorted, as far as they are there.
    private static let signedFields = ["content-type", "host", "x-amz-date", "x-amz-security-token"]

    /// - Parameters:
    ///   - request: with its fields `Host`, `X-Amz-Date` and, for a temporary key, `X-Amz-Security-Token`.
    ///   - pathPrefix: what the target is put behind when it is sent.
    ///   - time: the one that `X-Amz-Date` says.
    init(of request: HTTPRequest, pathPrefix: String = "", by key: AmazonKey, region: String, time: Instant) {
        let halves = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let fields = Self.signedFields.compactMap { name in request.fields[name].map { (name, $0) } }
        let names = fields.map(\.0).joined(separator: ";")
        canonicalRequest = [
            request.method.rawValue, canonicalPath(pathPrefix + halves[0]),
            canonicalQuery(halves.count > 1 ? halves[1] : ""),
            fields.map { "\($0):\(canonicalValue($1))\n" }.joined(), names, hexadecimal(sha256(request.body)),
        ].joined(separator: "\n")
        let stamp = time.amazonStamp
        let scope = [String(stamp.prefix(8)), region, Self.service, "aws4_request"]
        stringToSign = [
            Self.algorithm, stamp, scope.joined(separator: "/"), hexadecimal(sha256(Array(canonicalRequest.utf8))),
        ].joined(separator: "\n")
        let signingKey = scope.reduce(Array("AWS4\(key.secret)".utf8)) { authenticationCode(of: $1, key: $0) }
        let signature = hexadecimal(authenticationCode(of: stringToSign, key: signingKey))
        authorization =
            "\(Self.algorithm) Credential=\(key.id)/\(scope.joined(separator: "/")), SignedHeaders=\(names), "
            + "Signature=\(signature)"
    }
}

extension Instant {
    /// In UTC to the second, such as `20261126T150000Z`.
    var amazonStamp: String { "\(compactUTC.prefix(8))T\(compactUTC.dropFirst(8))Z" }
}

/// A path as it is sent, percent-encoded once more: the service encodes what it has received.
private func canonicalPath(_ path: String) -> String {
    encoded(path.utf8, sparing: [UInt8(ascii: "/")])
}

/// The parameters sorted by name and value, all in the same percent-encoding; one without a value has an empty one.
private func canonicalQuery(_ query: Substring) -> String {
    query.split(separator: "&").map { pair -> (String, String) in
        let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (encoded(decoded(sides[0])), encoded(decoded(sides.count > 1 ? sides[1] : "")))
    }
    .sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
}

/// A field's value without spaces around it, and with single ones within.
private func canonicalValue(_ value: String) -> String {
    value.split(separator: " ").joined(separator: " ")
}

/// Percent-encodes all but letters, digits, `-`, `_`, `.`, `~` and what is spared.
private func encoded(_ bytes: some Sequence<UInt8>, sparing spared: [UInt8] = []) -> String {
    var result: [UInt8] = []
    for byte in bytes {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "~"):
            result.append(byte)
        case _ where spared.contains(byte): result.append(byte)
        default: result += Array("%\(hexadecimal([byte]).uppercased())".utf8)
        }
    }
    return String(decoding: result, as: UTF8.self)
}

/// Bytes that stand in percent-encoding; a `%` without two digits behind it stands for itself.
private func decoded(_ text: Substring) -> [UInt8] {
    var (bytes, rest) = ([UInt8](), text.utf8)
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(String(text: rest.prefix(2)), radix: 16)
        else {
            bytes.append(byte)
            continue
        }
        bytes.append(value)
        rest.removeFirst(2)
    }
    return bytes
}

extension String {
    fileprivate init(text: Substring.UTF8View) { self = String(decoding: text, as: UTF8.self) }
}
