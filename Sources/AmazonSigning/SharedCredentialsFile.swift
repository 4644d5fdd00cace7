/// The file in which a user's tools share keys: profiles, each with a name in brackets above its lines.
struct SharedCredentialsFile {
    private let profiles: [String: [String: String]]

    init(_ text: String) {
        var profiles: [String: [String: String]] = [:]
        var name: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let line = trimmed(line)
            if line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("["), let end = line.firstIndex(of: "]") {
                name = trimmed(line[line.index(after: line.startIndex)..<end])
            } else if let name, let equals = line.firstIndex(of: "=") {
                let key = trimmed(line[..<equals]).lowercased()
                profiles[name, default: [:]][key] = trimmed(line[line.index(after: equals)...])
            }
        }
        self.profiles = profiles
    }

    /// The key of a profile; nil if it has none.
    func key(of profile: String, path: String) -> AmazonKey? {
        let lines = profiles[profile] ?? [:]
        guard let id = lines["aws_access_key_id"], let secret = lines["aws_secret_access_key"] else { return nil }
        return AmazonKey(id: id, secret: secret, token: lines["aws_session_token"], origin: .sharedFile(path))
    }
}

private func trimmed(_ text: some StringProtocol) -> String {
    let start = text.drop { $0.isWhitespace }
    return String(start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? "")
}
