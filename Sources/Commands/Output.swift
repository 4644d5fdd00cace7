internal import EventLoop
internal import Glibc
internal import JSON
internal import Text

/// Where results and everything else go: results to stdout, the rest to stderr.
package struct Output: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        case text
        case json
    }

    let format: Format
    /// Where results go.
    let terminal: Terminal
    /// Where a person watches what happens; nil if nobody does.
    private let watched: Terminal?

    init(format: Format, environment: [String: String] = [:]) {
        self.format = format
        terminal = Terminal(STDOUT_FILENO, environment: environment)
        let errors = Terminal(STDERR_FILENO, environment: environment)
        watched = format == .text && errors.width != nil ? errors : nil
    }

    /// Prints the result: as text, or as one JSON document.
    ///
    /// - Parameter text: may have lines and layout of its own; what others wrote stands `onOneLine` in it.
    /// - Parameter status: in which the command has ended already; the printing may make it worse.
    func result(
        _ value: some JSONWritable, text: @autoclosure () -> String, after status: ExitStatus = .success
    ) -> ExitStatus {
        do throws(OutputError) {
            switch format {
            case .text:
                try Self.print(text())
            case .json:
                try Self.print(value.json.indented.withHiddenEscapedAsJSON + "\n")
            }
            return status
        } catch {
            note("\(error)")
            return status == .doneInPart ? status : max(status, .outputNotWritten)
        }
    }

    /// Prints the result: as one line, whatever stands in it, or as one JSON document.
    func result(_ value: some JSONWritable, line: String) -> ExitStatus {
        result(value, text: line.onOneLine + "\n")
    }

    /// Prints to stdout, for as long as its reader takes: signals end the program meanwhile.
    static func print(_ text: String) throws(OutputError) {
        if let error = Loop.interruptible(by: [SIGINT, SIGTERM, SIGHUP], { write(text, to: STDOUT_FILENO) }) {
            throw error
        }
    }

    /// One line for the person or the log.
    func note(_ line: String) {
        write("optimize-backup: \(line.onOneLine)\n", to: STDERR_FILENO)
    }

    /// What questions are laid out for.
    var watchedTerminal: Terminal { watched ?? .none }

    /// Replaces the current line of a terminal.
    func progress(_ line: String) {
        guard let watched else { return }
        write("\r\u{1B}[K\(watched.fit(line.onOneLine))", to: STDERR_FILENO)
    }

    /// Removes the progress line.
    func clearProgress() {
        progress("")
    }
}

/// Why the output could not be written.
package struct OutputError: Error, CustomStringConvertible {
    let number: Int32

    package var description: String { "the output could not be written: \(String(cString: strerror(number)))" }
}

/// Writes all of it, whatever the descriptor takes at a time; a closed pipe ends the writing quietly.
///
/// What goes to stderr waits for its reader for a second at most, if that is not to block: nobody may hold up the daemon so.
///
/// - Returns: why it could not be written, if so.
@discardableResult
package func write(_ text: String, to descriptor: Int32) -> OutputError? {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if written >= 0 {
            rest = rest.dropFirst(written)
            continue
        }
        switch errno {
        case EINTR: break
        // Somebody has made it non-blocking, which a terminal or a pipe then is for all who share it.
        case EAGAIN:
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&wait, 1, descriptor == STDERR_FILENO ? 1_000 : -1) == 0 { return OutputError(number: EAGAIN) }
        case EPIPE: return nil
        case let number: return OutputError(number: number)
        }
    }
    return nil
}
