/// `restore.*`: who restores, where that is not whoever backs up.
package struct RestoreSettings: Sendable, Equatable {
    var credentials = Credentials()

    /// Whether somebody else restores; the secret is known only where the files of this section are read.
    package var isGiven: Bool { credentials != Credentials() }
}

extension RestoreSettings: ConfiguredSection {
    static let unset = RestoreSettings()

    static let keys: [Key<RestoreSettings>] = [
        Key(
            "username", \.credentials.username, .username, unset: "the engine's",
            "The user that restores, with passwordFile."),
        Key(
            secretFile: "passwordFile", \.credentials.password, isRead: \.isForRestore,
            "The file with the password of username."),
        Key(
            secretFile: "apiKeyFile", \.credentials.apiKey, isRead: \.isForRestore,
            "The file with an API key that may restore, encoded as the engine hands it out; instead of username and passwordFile."
        ),
    ]

    func check(_ section: Section) { credentials.check(section) }
}

extension Settings {
    /// How the engine is reached by whoever restores: as by everybody else, but for the credentials, if there are others for that.
    package var engineOfRestores: EngineSettings {
        guard restore.credentials.authorization != nil else { return engine }
        var engine = engine
        engine.credentials = restore.credentials
        engine.isForRestore = true
        return engine
    }

    /// Complains of what is wrong with the credentials for restores beside the engine's own settings.
    func checkRestore(_ section: Section) {
        let own = section.section("restore")
        for name in Credentials.keyNames where engine.aws.region != nil && own.isGiven(name) {
            own.complain(
                name, "excludes engine.aws.region: each request is signed by one key, which has to have all rights then"
            )
        }
        if engine.authorization == nil, Credentials.keyNames.contains(where: own.isGiven) {
            engine.warnOfPlaintext(section.section("engine"))
        }
    }
}
