import BackupDaemon
import Simulation

/// Runs a daemon while something happens, then stops it as a crash does.
func live(_ daemon: Daemon, _ instance: Instance, _ body: @escaping @Sendable () async -> Void) async {
    await withTaskGroup(of: Void.self) { group in
        group.addTask { await daemon.run() }
        await body()
        instance.cut()
        group.cancelAll()
    }
}
