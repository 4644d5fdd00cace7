internal import CSystemd
internal import Glibc
internal import Text

/// The service manager that started this process: what it wants to be told, and what it hands over.
///
/// It ignores a message of more than 4096 bytes as a whole, so that the status, which holds others' words, shares one with nothing.
package struct SystemdService: Sendable {
    package init() {}

    /// READY: the service does its work from now on.
    package func notifyReady() { notify("READY=1") }

    /// How it is, on one line of at most 500 bytes.
    package func notifyStatus(_ status: String) { notify("STATUS=\(status.onOneLine.cut(toBytes: 500))") }

    /// A reload has begun; READY ends it.
    package func notifyReloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        notify("RELOADING=1\nMONOTONIC_USEC=\(Int(time.tv_sec) * 1_000_000 + Int(time.tv_nsec) / 1_000)")
    }

    package func notifyStopping() { notify("STOPPING=1") }

    /// Asks for so much more time, from now on, for what is under way: a start, or a stop.
    package func extendTimeout(by time: Duration) {
        notify("EXTEND_TIMEOUT_USEC=\(time.components.seconds * 1_000_000)")
    }

    /// Still alive.
    package func beat() { notify("WATCHDOG=1") }

    /// How often the manager wants to hear a beat: half of its limit; nil if it doesn't.
    package var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(Int64(microseconds / 2))
    }

    /// Listening sockets that were handed over.
    package var inheritedSockets: [Int32] {
        let count = sd_listen_fds(0)
        return count > 0 ? (0..<count).map { SD_LISTEN_FDS_START + $0 } : []
    }

    private func notify(_ text: String) { _ = sd_notify(0, text) }
}
