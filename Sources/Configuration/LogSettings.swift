/// `log.*`: what is told, and how.
package struct LogSettings: Sendable, Equatable {
    package enum Level: String, Sendable, CaseIterable {
        case debug, info, warning, error
    }

    package enum Format: String, Sendable, CaseIterable {
        /// The journal where systemd has connected it, else text.
        case auto, journal, text, json
    }

    package var level = Level.info
    package var format = Format.auto

    package init() {}
}

extension LogSettings: ConfiguredSection {
    static let unset = LogSettings()

    static let keys: [Key<LogSettings>] = [
        Key("level", \.level, .choice, "From which severity on something is told."),
        Key(
            "format", \.format, .choice,
            "How it is told; auto is the journal under systemd, else text. journal falls back to text on stderr where there is no journal."
        ),
    ]
}
