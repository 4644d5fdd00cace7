import HTTP
import HTTPClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct TLSTests {
    @Test func trustsItsOwnAuthority() throws {
        try withCertificates { folder throws in
            try withServer(["\(folder)/server.pem", "\(folder)/server.key"]) { port throws in
                var settings = CurlTransport.Settings(baseURLs: ["https://127.0.0.1:\(port)"])
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
                var settings = CurlTransport.Settings(baseURLs: ["https://localhost:\(port)"])
                settings.certificateAuthority = bytes(of: "\(folder)/ca.pem")
                #expect(try failure(of: .init(.get, "/200"), to: settings) == .untrusted)
            }
        }
    }

    @Test func showsItsCertificate() throws {
        try withCertificates { folder throws in
            try withServer(["\(folder)/server.pem", "\(folder)/server.key", "\(folder)/ca.pem"]) { port throws in
                var settings = CurlTransport.Settings(baseURLs: ["https://127.0.0.1:\(port)"])
                settings.certificateAuthority = bytes(of: "\(folder)/ca.pem")
                // The server's alert and its hanging up race each other.
                let code = try failure(of: .init(.get, "/200"), to: settings)
                #expect(code == .tls || code == .cutOff)
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
                var settings = CurlTransport.Settings(baseURLs: ["https://127.0.0.1:\(port)"])
                settings.certificateAuthority = Array("no certificate".utf8)
                #expect(try failure(of: .init(.get, "/200"), to: settings) == .credentials)
            }
        }
    }

    @Test func plainHTTPIsNoTLS() throws {
        try withServer { port throws in
            #expect(try failure(of: .init(.get, "/200"), to: .init(baseURLs: ["https://127.0.0.1:\(port)"])) == .tls)
        }
    }
}

/// An authority, a server's and a client's certificate of it, and another authority.
private func withCertificates(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
        for (name, subject) in [("ca", "/CN=authority"), ("other", "/CN=another")] {
            try openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                subject, "-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).pem")
        }
        for name in ["server", "client"] {
            try openssl(
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
                "-addext",
                "subjectAltName=IP:127.0.0.1", "-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).csr")
            try openssl(
                "x509", "-req", "-in", "\(folder)/\(name).csr", "-CA", "\(folder)/ca.pem", "-CAkey", "\(folder)/ca.key",
                "-CAcreateserial", "-days", "2", "-copy_extensions", "copy", "-out", "\(folder)/\(name).pem")
        }
        try body(folder)
    }
}

private func openssl(_ arguments: String...) throws {
    try withTemporaryFolder { folder in
        let ending = try ChildProcess(["openssl"] + arguments, folder: folder).wait()
        try #require(ending.status == 0, "\(ending.errors)")
    }
}
