/// By what the engine knows who asks, as it was given: a user and a password, or an API key.
struct Credentials: Sendable, Equatable {
    var username: String?
    var password: String?
    var apiKey: String?

    static let keyNames = ["username", "passwordFile", "apiKeyFile"]

    /// Nil where nothing was given, or too little.
    var authorization: EngineSettings.Authorization? {
        switch (username, password, apiKey) {
        case (let user?, let password?, nil): .basic(user: user, password: password)
        case (nil, nil, let key?): .apiKey(key)
        default: nil
        }
    }

    /// Complains of what is wrong with several of them together.
    func check(_ section: Section) {
        switch (section.isGiven("username"), section.isGiven("passwordFile"), section.isGiven("apiKeyFile")) {
        case (true, false, false): section.complain("username", "needs passwordFile beside it")
        case (false, true, _): section.complain("passwordFile", "needs username beside it")
        case (true, _, true): section.complain("apiKeyFile", "excludes username and passwordFile")
        case (true, true, false), (false, false, _): break
        }
    }
}

extension Notation where Value == String {
    static let username = text("a user's name without a colon") { (text) throws(Refusal) in
        guard !text.contains(":"), isPrintable(text) else { throw Refusal() }
        return text
    }
}
