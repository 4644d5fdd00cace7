internal import BackupDaemon
internal import Backups
internal import EventLoop
internal import HTTPServer
internal import Systemd
internal import Time
internal import Waiting

/// Tells the service manager that the daemon lives, for as long as it does: a hang that lasts gets it restarted.
///
/// Before each beat a no-op has passed through the daemon and its server, and neither an operation nor the scheduler is past its deadline:
/// one that has the repository while the engine was neither heard of nor asked for it longer than any request may take; a fire time that
/// was left lying.
struct Watchdog: Sendable {
    let loop: Loop
    let daemon: Daemon
    let server: Server
    /// How long one operation may be silent, where a drill may last so long.
    let patience: @Sendable (_ drillTimeout: Duration) -> Duration

    /// Beats until the task is cancelled; not at all where nobody wants to hear it.
    func run(_ service: SystemdService) async {
        guard let interval = service.watchdogInterval else { return }
        var turn = loop.uptime()
        var operation = Silence<SerialQueue.SignOfLife>()
        var fireTime = Silence<Instant>()
        while (try? await loop.sleep(for: interval)) != nil {
            await daemon.passThrough()
            await server.passThrough()
            // A host that was suspended meanwhile has let nobody give a sign.
            let passed = min(loop.uptime() - turn, interval * 2)
            turn = loop.uptime()
            let patience = patience(await daemon.drillTimeout)
            let current = await daemon.current
            let lying = daemon.leftLying
            operation.go(on: current?.sign, for: passed)
            fireTime.go(on: lying, for: passed)
            if let current, operation.length >= patience {
                if operation.isNews() { daemon.emit(.hung(.operation(current.name, silence: patience))) }
            } else if let lying, fireTime.length > .zero {
                if fireTime.isNews() { daemon.emit(.hung(.scheduler(fireTime: lying))) }
            } else {
                service.beat()
            }
        }
    }
}

/// How long something has given no sign of life.
private struct Silence<Sign: Equatable> {
    private(set) var length = Duration.zero
    private var last: Sign?
    private var isTold = false

    /// - Parameter sign: the newest; nil from what owes none.
    mutating func go(on sign: Sign?, for time: Duration) {
        guard let sign, sign == last else {
            (last, length, isTold) = (sign, .zero, false)
            return
        }
        length += time
    }

    /// Whether nobody has told of it yet.
    mutating func isNews() -> Bool {
        defer { isTold = true }
        return !isTold
    }
}
