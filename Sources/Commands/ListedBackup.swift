internal import BackupDaemon
internal import Backups
internal import CommandLine
internal import Glibc
internal import JSON
internal import Retention
internal import Time

/// A backup as `prune --backups` is given it.
enum ListedBackup {
    /// Reads an array of `{"backupId", "time", "state"}`.
    ///
    /// - Parameter file: `-` for stdin.
    static func read(_ file: String) throws(UsageError) -> [Candidate] {
        guard let bytes = bytes(of: file) else { throw UsageError("\(file) can't be read") }
        guard let items = JSONValue(bytes)?.array else {
            throw UsageError("\(file) holds no JSON array of {\"backupId\", \"time\", \"state\"}")
        }
        var candidates: [Candidate] = []
        for (index, item) in items.enumerated() {
            guard let id = item["backupId"]?.string ?? item["backupId"]?.integer.map({ "\($0)" }) else {
                throw UsageError("\(file): item \(index + 1) has no backupId")
            }
            guard let text = item["time"]?.string, let time = try? Instant(rfc3339: text) else {
                throw UsageError("\(file): backup \(id) has no time such as 2027-01-31T02:00:00Z")
            }
            guard let word = item["state"]?.string, let state = BackupState(rawValue: word) else {
                let known = BackupState.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError("\(file): backup \(id) has none of the states \(known)")
            }
            candidates.append(Candidate(id: id, time: time, state: .init(state), kind: word, jobs: []))
        }
        return candidates
    }

    private static func bytes(of file: String) -> [UInt8]? {
        let descriptor = file == "-" ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return count == 0 ? bytes : nil }
            bytes += buffer[..<count]
        }
    }
}
