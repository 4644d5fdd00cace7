import ElasticsearchClient
import HTTP
import JSON
import TestSupport
import Testing
import Time

@testable import AmazonSigning

/// What Amazon's own signer, botocore, made of sixteen requests: `signed_requests.json` says how.
@Suite(.timeLimit(.minutes(10)))
struct SignatureTests {
    struct Signed: Sendable, CustomTestStringConvertible {
        let request: HTTPRequest
        let key: AmazonKey
        let canonical: String
        let stringToSign: String
        let authorization: String

        var testDescription: String { "\(request.method.rawValue) \(request.target) by \(key.id)" }
    }

    private static let facts =
        JSONValue(
            bytes(of: "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/signed_requests.json")
        )
        ?? .null
    static let signed: [Signed] = (facts["requests"]?.array ?? []).compactMap { row in
        func text(_ name: String) -> String { row[name]?.string ?? "" }
        guard let method = HTTPRequest.Method(rawValue: text("method")),
            let secret = facts["keys"]?[text("key")]?.string
        else { return nil }
        let body = Array(text("body").utf8)
        return Signed(
            request: HTTPRequest(
                method, text("target"), fields: body.isEmpty ? [:] : ["Content-Type": "application/json"], body: body),
            key: AmazonKey(id: text("key"), secret: secret, token: row["token"]?.string, origin: .configuration),
            canonical: text("canonical"), stringToSign: text("stringToSign"), authorization: text("authorization"))
    }

    /// When they were signed.
    private static let time = Instant(secondsSinceEpoch: 1_795_705_200)

    @Test func thereAreSixteen() {
        #expect(Self.signed.count == 16)
        #expect(Self.time.amazonStamp == Self.facts["time"]?.string)
    }

    @Test(arguments: signed)
    func signsAsAmazonDoes(row: Signed) throws {
        let (region, host) = (try #require(Self.facts["region"]?.string), try #require(Self.facts["host"]?.string))
        var request = row.request
        request.fields["Host"] = host
        request.fields["X-Amz-Date"] = Self.time.amazonStamp
        request.fields["X-Amz-Security-Token"] = row.key.token
        let signature = Signature(of: request, by: row.key, region: region, time: Self.time)
        #expect(signature.canonicalRequest == row.canonical)
        #expect(signature.stringToSign == row.stringToSign)
        #expect(signature.authorization == row.authorization)
    }

    /// The whole way: fields, host and time.
    @Test(arguments: signed)
    func sendsWhatItSigned(row: Signed) async throws {
        let host = try #require(Self.facts["host"]?.string)
        let signer = AmazonSigner(
            region: "eu-central-1", [.given(row.key)], .none, clock: StoppedClock(Self.time))
        for url in ["https://\(host)", "https://\(host):443", "http://\(host):80"] {
            let signed = try await signer.sign(row.request, to: url, within: .seconds(1))
            #expect(signed.fields["Host"] == host)
            #expect(signed.fields["X-Amz-Security-Token"] == row.key.token)
            #expect(signed.fields["Authorization"] == row.authorization)
        }
        let ported = try await signer.sign(row.request, to: "https://\(host):9200", within: .seconds(1))
        #expect(ported.fields["Host"] == "\(host):9200")
        #expect(ported.fields["Authorization"] != row.authorization)
    }

    /// As botocore has them: more of what names and values may hold.
    @Test(arguments: [
        ("/a", "?b=2&a=x%20y&a=%2f&c=1%2", "a=%2F&a=x%20y&b=2&c=1%252"), ("/a", "?a=b=c&&d", "a=b%3Dc&d="),
        ("/a", "?filter_path=*.a,-b", "filter_path=%2A.a%2C-b"), ("/a", "", ""),
    ])
    func writesAQueryInOneWay(path: String, query: String, canonical: String) {
        let key = AmazonKey(id: "i", secret: "s", token: nil, origin: .configuration)
        let signature = Signature(of: HTTPRequest(.get, path + query), by: key, region: "r-1", time: Self.time)
        #expect(signature.canonicalRequest.split(separator: "\n", omittingEmptySubsequences: false)[2] == canonical)
    }

    @Test func nothingShowsASecret() {
        let key = AmazonKey(id: "AKIDEXAMPLE", secret: "hidden", token: "concealed", origin: .environment)
        var dumped = ""
        dump(KeySource.given(key), to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped, "\(KeySource.given(key))", "\([Optional(key)])"] {
            #expect(!text.contains("hidden") && !text.contains("concealed"), "\(text)")
        }
    }
}
