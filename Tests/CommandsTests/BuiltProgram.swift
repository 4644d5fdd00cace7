import Glibc
import TestSupport

/// The program as it was built, started by tests.
enum BuiltProgram {
    static let path =
        ownEnvironment()["OPTIMIZE_BACKUP_TEST_PROGRAM"] ?? repositoryFolder + "/.build/debug/optimize-backup"

    /// A script of these tests.
    static func script(_ name: String) -> String { "\(repositoryFolder)/Tests/CommandsTests/Scripts/\(name)" }

    /// Runs it to its end.
    static func run(_ arguments: [String], input: String = "") throws -> ChildProcess.Ending {
        try withTemporaryFolder { try start(arguments, input: input, in: $0).wait() }
    }

    /// Starts it.
    ///
    /// - Parameters:
    ///   - variables: of its environment, which is empty otherwise.
    ///   - shell: what a shell does at last, with the program as `"$@"`; nil for no shell.
    static func start(
        _ arguments: [String], _ variables: [String: String] = [:], input: String? = nil, shell: String? = nil,
        in folder: String
    ) throws -> ChildProcess {
        let environment = ["PATH": "/usr/bin:/bin"].merging(variables) { $1 }
        let prefix = shell.map { ["sh", "-c", $0, "sh"] } ?? []
        return try ChildProcess(prefix + [path] + arguments, environment: environment, input: input, folder: folder)
    }
}

/// A configuration of one job that is never due while a test runs, in a folder of its own.
func withConfiguration<Value>(
    engine: String, _ more: String = "", _ body: (_ folder: String, _ file: String) throws -> Value
) throws -> Value {
    try withTemporaryFolder { folder in
        let file = "\(folder)/config.yaml"
        try write(configuration(engine: engine, more), toFile: file)
        return try body(folder, file)
    }
}

func configuration(engine: String, _ more: String = "") -> String {
    """
    engine: {urls: ["\(engine)"]}
    backup: {repositoryName: backups}
    server: {port: 0}
    \(more)

    """
}
