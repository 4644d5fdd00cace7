internal import Glibc
internal import Synchronization

extension Settings {
    /// Where the configuration is, unless somebody says otherwise.
    package static let standardFile = "/etc/optimize-backup/config.yaml"
    /// The variable that says otherwise.
    package static let fileVariable = "OPTIMIZE_BACKUP_CONFIG"

    /// Reads the configuration from its file, and from the environment and other files that it names.
    ///
    /// - Parameters:
    ///   - path: as given with `--config`; else what `fileVariable` says, or `standardFile`, which
    ///     alone may be missing, since the environment can say everything that is needed.
    ///   - isForRestore: whether the files of `restore` are read, too.
    ///   - readsSecrets: whether the files that it names are read, of which whoever checks it may not be able to read any.
    ///   - isReload: whether a daemon runs meanwhile, which nothing may hold up: then pipes and devices are refused.
    package static func load(
        _ path: String?, environment: [String: String], isForRestore: Bool = false, readsSecrets: Bool = true,
        isReload: Bool = false
    ) throws(ConfigurationError) -> (settings: Settings, warnings: [Problem]) {
        let named = path ?? environment[fileVariable].flatMap { $0.isEmpty ? nil : $0 }
        let name = named ?? standardFile
        let reader = FileReader(takesAnyKind: !isReload)
        let file = reader.read(name)
        let number = errno
        guard reader.problems.isEmpty else { throw ConfigurationError(problems: reader.problems) }
        guard file != nil || named == nil && number == ENOENT else {
            let problem = Problem(
                place: .file(name, line: 1, column: 1), path: "",
                message: number == ENOENT
                    ? "there is no such file" : "can't be read: \(String(cString: strerror(number)))")
            throw ConfigurationError(problems: [problem])
        }
        let inputs = Inputs(
            name: name, text: file?.bytes ?? [], environment: environment, isForRestore: isForRestore,
            readsSecrets: readsSecrets, readFile: { reader.read($0) })
        let settings = Result { () throws(ConfigurationError) in try read(inputs) }
        // Where a file was not read for its kind, what else there is would only be said to be missing.
        guard reader.problems.isEmpty else { throw ConfigurationError(problems: reader.problems) }
        return try settings.get()
    }
}

/// Reads files of at most a megabyte and a bit each.
private final class FileReader: Sendable {
    private let takesAnyKind: Bool
    private let refused = Mutex<[Problem]>([])

    init(takesAnyKind: Bool) {
        self.takesAnyKind = takesAnyKind
    }

    /// Of the files that were refused for their kind.
    var problems: [Problem] { refused.withLock { $0 } }

    /// Nil, with errno, if that can't be done.
    func read(_ path: String) -> Inputs.File? {
        // A pipe would be waited for.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | (takesAnyKind ? 0 : O_NONBLOCK))
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        guard takesAnyKind || status.st_mode & S_IFMT == S_IFREG else {
            refuse(path)
            return nil
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= 1_100_000 {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 { return nil }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return Inputs.File(bytes, isReadableByAll: status.st_mode & S_IROTH != 0)
    }

    private func refuse(_ path: String) {
        let message = "is no regular file, which alone a reload reads; a restart reads others, too"
        refused.withLock {
            $0.append(Problem(place: .file(path, line: 1, column: 1), path: "", message: message))
        }
    }
}
