internal import EventLoop
internal import Glibc

/// This process as its host tells it apart, so that another one can see whether it still runs: `HOST MACHINE NAMESPACE BOOT PID START`.
///
/// Names of hosts are the same in many containers, and process ids mean something in their own namespace alone.
struct ProcessIdentity: Sendable {
    let text: String
    private let place: [String]
    private let boot: String

    /// - Parameter host: of this process.
    init(host: String) {
        let pid = getpid()
        func word(_ file: String) -> String { String(contents(of: file).prefix { $0.isHexDigit }.prefix(12)) }
        boot = word("/proc/sys/kernel/random/boot_id")
        place = [host, "\(word("/etc/machine-id"))-", processNamespace()]
        text = (place + [boot, "\(pid)", startTime(of: pid) ?? "0"]).joined(separator: " ")
    }

    /// Whether a process is known to be gone: one of this very place that no longer runs, or ran before the host was started last.
    ///
    /// Nobody can tell of another place's.
    func knowsToBeGone(_ process: String) -> Bool {
        let fields = process.split(separator: " ").map(String.init)
        guard fields.count == 6, Array(fields[..<3]) == place, let pid = pid_t(fields[4]), pid > 0 else { return false }
        if fields[3] != boot { return true }
        if kill(pid, 0) != 0, errno == ESRCH { return true }
        // Another process may have its number by now; what can't be read tells nothing.
        return startTime(of: pid).map { $0 != fields[5] } ?? false
    }
}

/// The inode of this process's namespace of process ids.
private func processNamespace() -> String {
    var status = stat()
    return stat("/proc/self/ns/pid", &status) == 0 ? "\(status.st_ino)" : "-"
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
