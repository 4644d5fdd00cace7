internal import Backups
internal import CommandLine
internal import Configuration
internal import JSON

/// Why a command did not do what was asked, as it is told: lines for a person, or a JSON document.
struct Failure: JSONWritable {
    let status: ExitStatus
    /// For machines: an error's code, or what kind of failure it is.
    private let code: String
    private let message: String
    private var setting: String?
    /// Everything that is wrong with a configuration.
    private(set) var problems: [String] = []

    init(_ error: any Error) {
        switch error {
        case let error as UsageError: (status, code, message) = (.usage, "usage", "\(error)")
        case let error as ConfigurationError:
            (status, code, message) = (.configuration, "configuration", "the configuration is wrong")
            problems = error.problems.map(\.description)
        case let error as BackupError:
            (status, code, message) = (ExitStatus(error), error.code.rawValue, "\(error)")
            setting = error.setting
        case is OutputError: (status, code, message) = (.outputNotWritten, "outputNotWritten", "\(error)")
        case is CancellationError: (status, code, message) = (.failure, "cancelled", "nothing was done")
        default: (status, code, message) = (.failure, "failed", "\(error)")
        }
    }

    /// What a person is told, each on a line: problems stand as compilers write them, all else after the program's name.
    var lines: [String] { problems.isEmpty ? ["optimize-backup: \(message)"] : problems }

    var json: JSONValue {
        ["error": message.json, "code": code.json, "setting": setting.json, "problems": problems.json]
    }
}
