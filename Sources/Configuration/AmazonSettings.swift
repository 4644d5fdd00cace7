/// `engine.aws.*`: requests are signed for Amazon OpenSearch Service.
package struct AmazonSettings: Sendable, Equatable {
    /// The one of the domain; nil where nothing is signed.
    package var region: String?
    package var accessKeyID: String?
    package var secretAccessKey: String?
    package var sessionToken: String?
}

extension AmazonSettings: ConfiguredSection {
    static let unset = AmazonSettings()

    static let keys: [Key<AmazonSettings>] = [
        Key(
            "region", \.region, .region,
            "The region of the domain; whoever gives it has each request signed, instead of username or API key."),
        Key(
            secretFile: "accessKeyIdFile", \.accessKeyID,
            "The file with the id of an access key, with secretAccessKeyFile. Without these files a key comes from where Amazon's own "
                + "tools find one; see docs/amazon.md."),
        Key(secretFile: "secretAccessKeyFile", \.secretAccessKey, "The file with the secret of that access key."),
        Key(
            secretFile: "sessionTokenFile", \.sessionToken, "The file with its session token, if it is a temporary one."
        ),
    ]

    func check(_ section: Section) {
        let files = ["accessKeyIdFile", "secretAccessKeyFile", "sessionTokenFile"].filter(section.isGiven)
        guard let first = files.first else { return }
        if !section.isGiven("region") { section.complain(first, "needs region beside it") }
        for (name, other) in [
            ("accessKeyIdFile", "secretAccessKeyFile"), ("secretAccessKeyFile", "accessKeyIdFile"),
            ("sessionTokenFile", "accessKeyIdFile"),
        ] where files.contains(name) && !files.contains(other) {
            section.complain(name, "needs \(other) beside it")
        }
    }
}

extension Notation where Value == String {
    fileprivate static let region = text("a region's name, such as eu-central-1") { (text) throws(Refusal) in
        guard text.contains("-"), text.utf8.count <= 64, text.first?.isLetter == true,
            text.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
        else { throw Refusal() }
        return text
    }
}
