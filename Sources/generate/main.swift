import CommandLine
import FoundationEssentials
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
    _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
}

/// Returns whether all files are what the sources make.
private func run(_ arguments: [String]) throws -> Bool {
    let invocation = try program.parse(arguments)
    if invocation.has("help") {
        say(program.help)
        return true
    }
    let stale = Page.all.filter { page in
        (try? String(contentsOfFile: page.path, encoding: .utf8)) != page.text
    }
    for page in stale {
        if invocation.has("check") {
            say("generate: \(page.path) is not what the sources make: run scripts/generate", to: STDERR_FILENO)
        } else {
            try page.text.write(toFile: page.path, atomically: true, encoding: .utf8)
            say(page.path)
        }
    }
    return stale.isEmpty || !invocation.has("check")
}

do {
    exit(try run(Array(CommandLine.arguments.dropFirst())) ? 0 : 1)
} catch {
    say("generate: \(error)", to: STDERR_FILENO)
    exit(error is UsageError ? 64 : 1)
}
