internal import BackupDaemon
internal import EventLoop
internal import HTTPServer
internal import Systemd
internal import Time
internal import Waiting

/// Tells the service manager that the daemon lives, for as long as it does: a hang that lasts gets it restarted.
///
/// Before each beat a no-op has passed through the daemon and its server, and no operation is past its deadline: one that has the
/// repository while the engine was neither heard of nor asked for longer than any request may take.
struct Watchdog: Sendable {
    let loop: Loop
    let daemon: Daemon
    let server: Server
    let engine: EngineMetrics
    /// How long one operation may be silent.
    let patience: Duration

    /// Beats until the task is cancelled; not at all where nobody wants to hear it.
    func run(_ service: SystemdService) async {
        guard let interval = service.watchdogInterval else { return }
        var silence = Silence(at: loop.uptime())
        while (try? await loop.sleep(for: interval)) != nil {
            await daemon.passThrough()
            await server.passThrough()
            let current = await daemon.current
            let sign = Silence.Sign(operation: current?.endedBefore, events: engine.eventCount)
            if silence.length(until: loop.uptime(), sign) < patience {
                service.beat()
            } else if silence.isNews() {
                daemon.emit(.hung(operation: current?.name ?? "", silence: patience))
            }
        }
    }
}

/// How long an operation has given no sign of life.
private struct Silence {
    struct Sign: Equatable {
        /// Which operation it is; nil for none, which owes no sign.
        let operation: Int?
        /// How often the engine was heard of.
        let events: Int
    }

    private var last: (sign: Sign?, time: Duration)
    private var isTold = false

    init(at time: Duration) { last = (nil, time) }

    mutating func length(until now: Duration, _ sign: Sign) -> Duration {
        if sign.operation == nil || sign != last.sign { (last, isTold) = ((sign, now), false) }
        return now - last.time
    }

    /// Whether nobody has told of it yet.
    mutating func isNews() -> Bool {
        defer { isTold = true }
        return !isTold
    }
}
