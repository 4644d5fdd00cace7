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

extension LogSettings {
    private static let level = Key<Level>(choice: "level", "From which severity on something is told.")
    private static let format = Key<Format>(
        choice: "format", "How it is told; auto is the journal under systemd, else text.")

    init(_ section: inout Section) {
        if let (level, _) = section.read(Self.level) { self.level = level }
        if let (format, _) = section.read(Self.format) { self.format = format }
        section.finish()
    }
}
