internal import FoundationEssentials
internal import Glibc

/// Where results and everything else go: results to stdout, the rest to stderr.
package struct Output: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        case text
        case json
    }

    let format: Format
    /// Whether a person watches stderr.
    let showsProgress: Bool

    init(format: Format) {
        self.format = format
        showsProgress = format == .text && isatty(STDERR_FILENO) == 1
    }

    /// Prints the result: as text, or as one JSON document.
    func result(_ value: some Encodable, text: @autoclosure () -> String) throws {
        switch format {
        case .text:
            write(text(), to: STDOUT_FILENO)
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            write(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n", to: STDOUT_FILENO)
        }
    }

    /// One line for the person or the log.
    func note(_ line: String) {
        write("optimize-backup: \(line)\n", to: STDERR_FILENO)
    }

    /// Replaces the current line of a terminal.
    func progress(_ line: String) {
        if showsProgress { write("\r\u{1B}[K\(line)", to: STDERR_FILENO) }
    }

    /// Removes the progress line.
    func clearProgress() {
        progress("")
    }
}

/// Writes all of it, whatever the descriptor takes at a time; a closed pipe ends the writing quietly.
package func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { return }
        rest = rest.dropFirst(written)
    }
}
