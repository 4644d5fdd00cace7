import ElasticsearchClient
import HTTP
import Testing
import Time

@testable import AmazonSigning

/// What Amazon says of a signature that it does not take.
@Suite(.timeLimit(.minutes(10)))
struct SignatureFaultTests {
    private static let time = Instant(secondsSinceEpoch: 1_795_705_200)

    @Test(
        arguments: [
            ("The security token included in the request is invalid.", nil, .unknownKey),
            ("The security token included in the request is invalid.", "t", .token(isExpired: false)),
            ("The security token included in the request is expired", "t", .token(isExpired: true)),
            ("Credential should be scoped to a valid region, not 'eu-central-1'. ", nil, .region("eu-central-1")),
            ("Signature expired: 20261126T150000Z is now earlier than …", nil, .clock(lead: .seconds(-600))),
            ("Signature not yet current: 20261126T150000Z is still later than …", nil, .clock(lead: .seconds(-600))),
            (
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                    + "Access Key and signing method.\\n\\nThe Canonical String for this request should have been", nil,
                .secret
            ),
            ("User: arn:aws:iam::1:user/a is not authorized to perform: es:ESHttpGet", nil, nil),
        ] as [(String, String?, SignatureFault.Kind?)])
    func isToldApart(message: String, token: String?, kind: SignatureFault.Kind?) async throws {
        let key = AmazonKey(id: "AKID", secret: "s", token: token, origin: .environment)
        let signer = AmazonSigner(
            region: "eu-central-1", [.given(key)], .none, clock: StoppedClock(Self.time))
        let request = try await signer.sign(HTTPRequest(.get, "/"), to: "https://h", within: .seconds(1))
        for name in ["message", "Message"] {
            let refusal = HTTPResponse(
                status: 403, fields: ["Date": "Thu, 26 Nov 2026 15:10:00 GMT"],
                body: Array(#"{"\#(name)":"\#(message)"}"#.utf8))
            let fault = signer.fault(in: refusal, of: request)
            #expect(fault == kind.map { SignatureFault($0, origin: "the environment", isConfigured: false) })
        }
    }

    @Test(
        arguments: [
            ("Thu, 26 Nov 2026 15:00:00 GMT", 1_795_705_200), ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("", nil),
            ("Thursday, 26-Nov-26 15:00:00 GMT", nil), ("Thu, 26 Nov 2026 15:00:61 GMT", nil),
            ("Thu, 31 Nov 2026 15:00:00 GMT", nil), ("Thu, 26 Nov 2026 15:00 GMT", nil),
        ] as [(String, Int64?)])
    func readsTheDateOfAnAnswer(text: String, seconds: Int64?) {
        #expect(Instant(httpDate: text) == seconds.map { Instant(secondsSinceEpoch: $0) })
    }
}
