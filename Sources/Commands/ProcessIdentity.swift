internal import EventLoop
internal import Glibc

/// This process as its host tells it apart, so that another one can see whether it still runs: `HOST BOOT PID START`.
struct ProcessIdentity: Sendable {
    let text: String
    private let host: String
    private let boot: String

    /// - Parameter host: of this process.
    init(host: String) {
        let pid = getpid()
        boot = contents(of: "/proc/sys/kernel/random/boot_id").prefix { $0 != "\n" && $0 != "-" }.description
        self.host = host
        text = "\(host) \(boot) \(pid) \(startTime(of: pid) ?? "0")"
    }

    /// Whether a process is known to be gone: one of this host that no longer runs, or ran before it was started last.
    ///
    /// Nobody can tell of another host's.
    func knowsToBeGone(_ process: String) -> Bool {
        let fields = process.split(separator: " ").map(String.init)
        guard fields.count == 4, fields[0] == host, let pid = pid_t(fields[2]) else { return false }
        return fields[1] != boot || startTime(of: pid) != fields[3]
    }
}

/// In clock ticks since the host was started; nil if there is no such process.
///
/// The name before it may hold anything but the last `)`.
private func startTime(of pid: pid_t) -> String? {
    let text = contents(of: "/proc/\(pid)/stat")
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[end...].split(separator: " ")
    return fields.count > 20 ? String(fields[20]) : nil
}

private func contents(of file: String) -> String {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = read(descriptor, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
}
