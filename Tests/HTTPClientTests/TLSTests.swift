import HTTP
import HTTPClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct TLSTests {
    @Test func trustsItsOwnAuthority() throws {
        try withCertificates { folder throws in
            try withServer(["\(folder)/server.pem", "\(folder)/server.key"]) { port throws in
                var settings = CurlTransport.Settings(baseURL: "https://127.0.0.1:\(port)")
                #expect(try failure(of: .init(.get, "/200"), to: settings) == .untrusted)
                settings.certificateAuthority = bytes(of: "\(folder)/ca.pem")
                #expect(try send(.init(.get, "/200"), to: settings).status == 200)
                settings.certificateAuthority = bytes(of: "\(folder)/other.pem")
                #expect(try failure(of: .init(.get, "/200"), to: settings) == .untrusted)
            }
        }
    }

    @Test func aCertificateIsForItsName() throws {
        try withCertificates { folder throws in
            try withServer(["\(folder)/server.pem", "\(folder)/server.key"]) { port throws in
                var settings = CurlTransport.Settings(baseURL: "https://localhost:\(port)")
                settings.certificateAuthority = bytes(of: "\(folder)/ca.pem")
                #expect(try failure(of: .init(.get, "/200"), to: settings) == .untrusted)
            }
        }
    }

    @Test func showsItsCertificate() throws {
        try withCertificates { folder throws in
            try withServer(["\(folder)/server.pem", "\(folder)/server.key", "\(folder)/ca.pem"]) { port throws in
                var settings = CurlTransport.Settings(baseURL: "https://127.0.0.1:\(port)")
                settings.certificateAuthority = bytes(of: "\(folder)/ca.pem")
                // The server's alert and its hanging up race each other.
                let code = try failure(of: .init(.get, "/200"), to: settings)
                #expect([.tls, .cutOff, .cutOffUnsent].contains(code))
                settings.clientCertificate = bytes(of: "\(folder)/client.pem")
                settings.clientKey = bytes(of: "\(folder)/client.key")
                #expect(try send(.init(.get, "/200"), to: settings).status == 200)
                settings.clientKey = bytes(of: "\(folder)/server.key")
                #expect(try failure(of: .init(.get, "/200"), to: settings) == .credentials)
            }
        }
    }

    @Test func filesThatAreNoneAreOurFault() throws {
        try withCertificates { folder throws in
            try withServer(["\(folder)/server.pem", "\(folder)/server.key"]) { port throws in
                var settings = CurlTransport.Settings(baseURL: "https://127.0.0.1:\(port)")
                settings.certificateAuthority = Array("no certificate".utf8)
                #expect(try failure(of: .init(.get, "/200"), to: settings) == .authority)
            }
        }
    }

    /// An encrypted key is no use, and neither is a certificate without one; both are told.
    @Test func aKeyThatNeedsAPassphraseIsToldAsSuch() throws {
        try withCertificates { folder throws in
            try withServer(["\(folder)/server.pem", "\(folder)/server.key", "\(folder)/ca.pem"]) { port throws in
                var settings = CurlTransport.Settings(baseURL: "https://127.0.0.1:\(port)")
                settings.certificateAuthority = bytes(of: "\(folder)/ca.pem")
                settings.clientCertificate = bytes(of: "\(folder)/client.pem")
                #expect(try failure(of: .init(.get, "/200"), to: settings) == .credentials)
                settings.clientKey = bytes(of: "\(folder)/encrypted.key")
                #expect(try failure(of: .init(.get, "/200"), to: settings) == .credentials)
            }
        }
    }

    /// A handshake that broke off has sent nothing, whoever broke it; one that was refused is another matter.
    @Test(arguments: [
        ("reset", HTTPTransportError.Code.cutOffUnsent), ("close", .cutOffUnsent), ("internal", .cutOffUnsent),
        ("refuse", .tls),
    ])
    func tellsABrokenHandshakeFromARefusedOne(fault: String, code: HTTPTransportError.Code) throws {
        try withServer([fault], script: "break_handshakes.py") { port throws in
            let settings = CurlTransport.Settings(baseURL: "https://127.0.0.1:\(port)")
            #expect(try failure(of: .init(.post, "/200"), to: settings) == code)
        }
    }

    /// Something between that drips costs no answer.
    @Test func anAnswerMayDrip() throws {
        try withCertificates { folder throws in
            try withServer(["\(folder)/server.pem", "\(folder)/server.key"]) { target throws in
                try withServer(["drip", "\(target)"], script: "break_handshakes.py") { port throws in
                    var settings = CurlTransport.Settings(baseURL: "https://127.0.0.1:\(port)")
                    settings.certificateAuthority = bytes(of: "\(folder)/ca.pem")
                    #expect(try send(.init(.get, "/200"), to: settings).status == 200)
                    #expect(try send(.init(.get, "/gzip"), to: settings).body.count == 100_000)
                }
            }
        }
    }

    @Test func plainHTTPIsNoTLS() throws {
        try withServer { port throws in
            #expect(
                try failure(of: .init(.get, "/200"), to: .init(baseURL: "https://127.0.0.1:\(port)")) == .cutOffUnsent)
        }
    }
}
