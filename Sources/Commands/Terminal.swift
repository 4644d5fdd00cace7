internal import Glibc

/// What a descriptor leads to, as far as text is laid out for it.
struct Terminal: Sendable {
    /// In columns; nil where no person looks at it, and nothing has to fit.
    let width: Int?
    /// Whether what is grave may stand out by colour.
    let hasColour: Bool

    static let none = Terminal(width: nil, hasColour: false)

    private init(width: Int?, hasColour: Bool) {
        self.width = width
        self.hasColour = hasColour
    }

    /// - Parameter environment: in which `NO_COLOR`, if it is not empty, wants none.
    init(_ descriptor: Int32, environment: [String: String]) {
        guard isatty(descriptor) == 1 else {
            self = .none
            return
        }
        var size = winsize()
        let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        width = isKnown ? Int(size.ws_col) : 80
        hasColour = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// A line as it fits; an ellipsis stands for what was cut off, and no blanks are at its end.
    func fit(_ line: String) -> String {
        var line = line[...]
        while line.last == " " { line.removeLast() }
        if let width, line.count > width { line = line.prefix(max(width - 1, 0)) + "…" }
        return String(line)
    }

    /// Words in red, where there are colours.
    func red(_ words: String) -> String { hasColour ? "\u{1B}[31m\(words)\u{1B}[0m" : words }

    func bold(_ words: String) -> String { hasColour ? "\u{1B}[1m\(words)\u{1B}[0m" : words }

    func struckThrough(_ words: String) -> String { hasColour ? "\u{1B}[9m\(words)\u{1B}[0m" : words }
}
