internal import Glibc

/// A program started by a test; killed at the latest when its owner lets go of it.
package final class ChildProcess: @unchecked Sendable {
    // Unchecked: used by one test, on one thread at a time.

    package struct Ending: Sendable, Equatable {
        /// The exit status, or 128 and the signal's number as shells have it.
        package let status: Int32
        package let output: String
        package let errors: String
    }

    package let pid: Int32
    private let outputPath: String
    private let errorsPath: String
    private var status: Int32?

    /// Starts a program, found by `PATH`, with its output and errors going to files.
    ///
    /// - Parameters:
    ///   - environment: the whole of it; nil hands down this process's own.
    ///   - folder: takes the files; somebody else removes it.
    package init(
        _ arguments: [String], environment: [String: String]? = nil, input: String? = nil, folder: String
    ) throws {
        let stem = "\(folder)/\(arguments[0].split(separator: "/").last ?? "child")-\(UInt64.random(in: 0 ... .max))"
        outputPath = "\(stem).out"
        errorsPath = "\(stem).err"
        let inputPath = input == nil ? "/dev/null" : "\(stem).in"
        if let input { try write(input, toFile: inputPath) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, inputPath, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorsPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        // The child gets no signal mask of ours, ignores nothing that whoever runs the tests ignores (as under nohup), and has a process
        // group of its own, so that all it starts can be ended.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var mask = sigset_t()
        sigemptyset(&mask)
        posix_spawnattr_setsigmask(&attributes, &mask)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGHUP, SIGINT, SIGQUIT] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))
        let vector = arguments.map { strdup($0) } + [nil]
        defer { vector.forEach { free($0) } }
        let variables = (environment ?? ownEnvironment()).map { strdup("\($0)=\($1)") } + [nil]
        defer { variables.forEach { free($0) } }
        var pid = pid_t()
        let result = posix_spawnp(&pid, arguments[0], &actions, &attributes, vector, variables)
        guard result == 0 else { throw SpawnError(program: arguments[0], reason: String(cString: strerror(result))) }
        self.pid = pid
    }

    deinit {
        if status == nil {
            kill(-pid, SIGKILL)
            _ = wait()
        }
    }

    package var output: String { contents(of: outputPath) }
    package var errors: String { contents(of: errorsPath) }
    package var isRunning: Bool { poll() == nil }

    package func signal(_ number: Int32) { kill(pid, number) }

    /// Sends SIGTERM to all of the child's group and waits.
    @discardableResult
    package func stop() -> Ending {
        if status == nil { kill(-pid, SIGTERM) }
        return wait()
    }

    /// Waits for its end, without a limit: the test has one.
    @discardableResult
    package func wait() -> Ending {
        var raw: Int32 = 0
        if status == nil {
            while waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
            status = exitStatus(raw)
        }
        return Ending(status: status ?? 0, output: output, errors: errors)
    }

    /// The exit status, once there is one.
    package func poll() -> Int32? {
        var raw: Int32 = 0
        if status == nil, waitpid(pid, &raw, WNOHANG) == pid { status = exitStatus(raw) }
        return status
    }

    /// Waits until the condition holds.
    ///
    /// - Throws: when the child has ended before, or after a minute.
    package func wait(until condition: (ChildProcess) -> Bool) throws {
        for _ in 0..<6_000 {
            if condition(self) { return }
            guard isRunning else { break }
            usleep(10_000)
        }
        if condition(self) { return }
        throw SpawnError(program: "child \(pid)", reason: "what was waited for did not happen:\n\(output)\n\(errors)")
    }
}

package struct SpawnError: Error, CustomStringConvertible {
    let program: String
    let reason: String

    package var description: String { "\(program): \(reason)" }

    /// What `errno` says of something.
    package static func system(_ what: String) -> SpawnError {
        SpawnError(program: what, reason: String(cString: strerror(errno)))
    }
}

/// Runs a program to its end.
package func run(
    _ arguments: String..., environment: [String: String]? = nil, input: String? = nil
) throws -> ChildProcess.Ending {
    try run(arguments, environment: environment, input: input)
}

package func run(
    _ arguments: [String], environment: [String: String]? = nil, input: String? = nil
) throws -> ChildProcess.Ending {
    try withTemporaryFolder { folder in
        try ChildProcess(arguments, environment: environment, input: input, folder: folder).wait()
    }
}

/// Makes a folder, and removes it with all that is in it.
package func withTemporaryFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    var template = Array("/tmp/optimize-backup-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
        throw SpawnError(program: "mkdtemp", reason: String(cString: strerror(errno)))
    }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { removeFolder(folder) }
    return try body(folder)
}

package func write(_ text: String, toFile path: String) throws {
    guard let file = fopen(path, "we") else {
        throw SpawnError(program: path, reason: String(cString: strerror(errno)))
    }
    defer { fclose(file) }
    fputs(text, file)
}

/// What stands in a file as text; nothing if it can't be read.
package func contents(of path: String) -> String {
    String(decoding: bytes(of: path), as: UTF8.self)
}

/// What stands in a file; nothing if it can't be read.
package func bytes(of path: String) -> [UInt8] {
    guard let file = fopen(path, "re") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return bytes
}

private func removeFolder(_ path: String) {
    guard let directory = opendir(path) else { return }
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        guard name != ".", name != ".." else { continue }
        let child = "\(path)/\(name)"
        if unlink(child) != 0 { removeFolder(child) }
    }
    closedir(directory)
    rmdir(path)
}

private func exitStatus(_ raw: Int32) -> Int32 {
    let signal = raw & 0x7F
    return signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
}

/// The environment of this process.
package func ownEnvironment() -> [String: String] {
    var environment: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
        let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if pair.count == 2 { environment[String(pair[0])] = String(pair[1]) }
        entry += 1
    }
    return environment
}
