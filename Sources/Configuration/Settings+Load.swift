internal import Glibc

extension Settings {
    /// Reads the configuration from its file, and from the environment and other files that it names.
    ///
    /// - Parameter path: as given with `--config`; else `$OPTIMIZE_BACKUP_CONFIG` or `/etc/optimize-backup/config.yaml`, which
    ///   alone may be missing, since the environment can say everything that is needed.
    package static func load(
        _ path: String?, environment: [String: String]
    ) throws(ConfigurationError) -> (settings: Settings, warnings: [Problem]) {
        let named = path ?? environment["OPTIMIZE_BACKUP_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let name = named ?? "/etc/optimize-backup/config.yaml"
        let file = readFile(name)
        guard file != nil || named == nil && errno == ENOENT else {
            let problem = Problem(
                place: .file(name, line: 1, column: 1), path: "",
                message: "can't be read: \(String(cString: strerror(errno)))")
            throw ConfigurationError(problems: [problem])
        }
        return try read(
            Inputs(name: name, text: file?.bytes ?? [], environment: environment, readFile: { readFile($0) }))
    }
}

/// Reads a file of at most a megabyte and a bit; nil, with errno, if that can't be done.
private func readFile(_ path: String) -> Inputs.File? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= 1_100_000 {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 { return nil }
        if count == 0 { break }
        bytes += buffer[..<count]
    }
    return Inputs.File(bytes, isReadableByAll: status.st_mode & S_IROTH != 0)
}
