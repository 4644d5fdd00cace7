import CommandLine
import Glibc
import Reference

/// Writes what is made from the program's declarations, or says which files are stale: see `scripts/generate`.
private let program = ProgramDeclaration(
    name: "generate", summary: "Writes the manual's pages, and other files, that are made from the sources.",
    options: [
        Option("check", help: "write nothing; fail if a file is not what the sources make"),
        Option("help", short: "h", help: "print this"),
    ], commands: [])

private func say(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
    let line = Array((text + "\n").utf8)
    _ = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
}

/// The text of a file; nil if there is none.
private func read(_ path: String) -> String? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}

/// Replaces the text of a file.
///
/// - Returns: whether that could be done.
private func write(_ text: String, to path: String) -> Bool {
    guard let file = fopen(path, "we") else { return false }
    let isWritten = fputs(text, file) >= 0
    return fclose(file) == 0 && isWritten
}

/// Returns whether all files are what the sources make.
private func run(_ arguments: [String]) throws(UsageError) -> Bool {
    let invocation = try program.parse(arguments)
    if invocation.has("help") {
        say(program.help)
        return true
    }
    let stale = Page.all.filter { read($0.path) != $0.text }
    for page in stale {
        if invocation.has("check") {
            say("generate: \(page.path) is not what the sources make: run scripts/generate", to: STDERR_FILENO)
        } else if write(page.text, to: page.path) {
            say(page.path)
        } else {
            say("generate: \(page.path) can't be written: \(String(cString: strerror(errno)))", to: STDERR_FILENO)
            return false
        }
    }
    return stale.isEmpty || !invocation.has("check")
}

do {
    exit(try run(Array(CommandLine.arguments.dropFirst())) ? 0 : 1)
} catch {
    say("generate: \(error)", to: STDERR_FILENO)
    exit(64)
}
