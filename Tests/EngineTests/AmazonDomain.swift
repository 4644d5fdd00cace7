import HTTP
import JSON
import TestSupport
import Testing

/// A domain of Amazon OpenSearch Service before an engine, and endpoints that give keys for it.
struct AmazonDomain {
    let url: String
    /// Of the instance's and the container's endpoints.
    let endpoints: String
    /// For files with keys.
    let folder: String

    /// What the container shows its endpoint.
    static let token = "shown by the container"
    static let region = ["OPTIMIZE_BACKUP_ENGINE_AWS_REGION": "eu-central-1"]

    /// How the program reaches the domain, with a key in files.
    func access(id: String, secret: String, token: String? = nil) throws -> [String: String] {
        var variables = Self.region
        variables["OPTIMIZE_BACKUP_ENGINE_URLS"] = url
        for (name, variable, text) in [
            ("id", "ACCESS_KEY_ID", id), ("secret", "SECRET_ACCESS_KEY", secret), ("token", "SESSION_TOKEN", token),
        ] {
            guard let text else { continue }
            try write("\(text)\n", toFile: "\(folder)/\(name)")
            variables["OPTIMIZE_BACKUP_ENGINE_AWS_\(variable)_FILE"] = "\(folder)/\(name)"
        }
        return variables
    }

    /// The same with a temporary key that the endpoints have just made up.
    func accessWithGivenKey() throws -> [String: String] {
        let key = try Engine(url: endpoints).send(.put, "/-/key").json
        func text(_ name: String) throws -> String { try #require(key[name]?.string) }
        return try access(id: text("AccessKeyId"), secret: text("SecretAccessKey"), token: text("Token"))
    }

    /// How many keys the endpoints have given.
    func count() throws -> Int { Int(try Engine(url: endpoints).send(.get, "/-/count").json.integer ?? 0) }
}

/// Runs such a domain for as long as the body runs.
///
/// - Parameter lifetime: of the keys that its endpoints give, in seconds.
func withAmazonDomain(
    _ engine: Engine, lifetime: Int = 3_600, _ body: (AmazonDomain) throws -> Void
) throws {
    try withTemporaryFolder { folder throws in
        let script = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/amazon_domain.py"
        let launcher = PrivateEngine.launcher ?? ""
        let proxy = launcher.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/tools/sigv4-proxy"
        let process = try ChildProcess(["python3", script, proxy, engine.url, "\(lifetime)"], folder: folder)
        defer { process.stop() }
        try process.wait { $0.output.hasSuffix("\n") }
        let ports = process.output.split { $0.isWhitespace }
        try #require(ports.count == 2)
        try body(
            AmazonDomain(
                url: "http://127.0.0.1:\(ports[0])", endpoints: "http://127.0.0.1:\(ports[1])", folder: folder))
    }
}
