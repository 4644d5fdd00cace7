internal import CSystemd
internal import Glibc

/// The system's journal; libsystemd drops entries silently where there is none.
package enum Journal {
    /// Whether stderr leads to it.
    package static func isConnected(environment: [String: String]) -> Bool {
        let parts = (environment["JOURNAL_STREAM"] ?? "").split(separator: ":").compactMap { UInt64($0) }
        var status = stat()
        guard parts.count == 2, fstat(STDERR_FILENO, &status) == 0 else { return false }
        return UInt64(status.st_dev) == parts[0] && UInt64(status.st_ino) == parts[1]
    }

    /// Whether there is one on this machine.
    package static var isRunning: Bool { access("/run/systemd/journal/socket", F_OK) == 0 }

    /// Sends one entry of fields; names are upper case, values may hold anything but are cut at nothing.
    package static func send(_ fields: [(name: String, value: String)]) {
        var buffer: [UInt8] = []
        var lengths: [Int] = []
        for (name, value) in fields {
            let field = Array("\(name)=\(value)".utf8)
            buffer += field
            lengths.append(field.count)
        }
        buffer.withUnsafeMutableBytes { bytes in
            var offset = 0
            let vectors = lengths.map { length in
                defer { offset += length }
                return iovec(iov_base: bytes.baseAddress.map { $0 + offset }, iov_len: length)
            }
            _ = sd_journal_sendv(vectors, Int32(vectors.count))
        }
    }
}
