#if DEBUG
    internal import BackupDaemon
    internal import Glibc
    internal import Time

    /// Hangs the daemon on purpose, as `OPTIMIZE_BACKUP_TEST_HANG` says, so that it is seen to be noticed; no release has it.
    enum Hang: String {
        /// The loop never turns again.
        case loop
        /// An operation waits for what never comes.
        case operation
        /// A fire time comes and nobody sees to it.
        case scheduler

        init?(_ environment: [String: String]) { self.init(rawValue: environment["OPTIMIZE_BACKUP_TEST_HANG"] ?? "") }

        func begin(in daemon: Daemon) {
            switch self {
            case .loop: while true { sched_yield() }
            case .operation: daemon.hang()
            case .scheduler: daemon.hangScheduler()
            }
        }
    }
#endif
