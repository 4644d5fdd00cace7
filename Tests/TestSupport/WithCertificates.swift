/// An authority, a server's and a client's certificate of it, the client's key in an encrypted form, and another authority.
package func withCertificates(_ body: (String) throws -> Void) throws {
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
        try openssl(
            "pkcs8", "-topk8", "-in", "\(folder)/client.key", "-out", "\(folder)/encrypted.key", "-passout",
            "pass:secret")
        try body(folder)
    }
}

private func openssl(_ arguments: String...) throws {
    try withTemporaryFolder { folder in
        let ending = try ChildProcess(["openssl"] + arguments, folder: folder).wait()
        guard ending.status == 0 else { throw SpawnError(program: "openssl", reason: ending.errors) }
    }
}
