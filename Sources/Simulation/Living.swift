internal import BackupDaemon
internal import Backups
internal import Configuration
internal import Time

/// A machine, and the configuration that lies on it.
final class Host: @unchecked Sendable {
    // Unchecked: used by the simulation's one thread.

    let name: String
    var settings: DaemonSettings
    /// How the rules know what runs on it.
    let operation: String
    let timeout: Duration
    let takeUpWithin: Duration
    /// What the configuration says of lost clusters.
    var formerClusters: [String] = []

    init(_ name: String, _ settings: DaemonSettings, operation: String, timeout: Duration, takeUpWithin: Duration) {
        (self.name, self.settings, self.operation) = (name, settings, operation)
        (self.timeout, self.takeUpWithin) = (timeout, takeUpWithin)
    }
}

extension World {
    /// One process of the daemon on a host, until it crashes, or is told to end and has a moment to do so.
    ///
    /// - Parameters:
    ///   - death: when it ends, since the world began.
    ///   - entry: told of the entries of its log.
    ///   - beside: what happens to it meanwhile.
    func live(
        on host: Host, _ ledger: Ledger, until death: Duration, with instance: Instance,
        entry: @escaping (LogEntry) -> Void = { _ in },
        beside: @escaping @Sendable (Daemon, LifeWatch) async -> Void
    ) async {
        instance.operation = host.operation
        let watch = LifeWatch(self, ledger, instance, on: host.name, host.settings, takeUpWithin: host.takeUpWithin)
        let daemon = Daemon(
            repository: makeRepository(
                self, instance, timeout: host.timeout, takeUpWithin: host.takeUpWithin,
                formerClusters: host.formerClusters),
            settings: host.settings,
            observe: observer(self, instance, entry: entry) { [weak watch] in watch?.take($0) })
        watch.daemon = daemon
        let isTold = executor.random.chance(500)
        let nature = makeInstance()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await daemon.run() }
            group.addTask { await beside(daemon, watch) }
            try? await nature.sleep(for: death - executor.elapsed)
            if isTold, !instance.isSuspended {
                log("\(instance.name) is told to end")
                group.cancelAll()
                try? await nature.sleep(for: .milliseconds(executor.random.below(5_000)))
            }
            watch.end()
            log("\(instance.name) dies")
            instance.cut()
            group.cancelAll()
        }
        watch.daemon = nil
    }

    /// Suspends the machine on which something runs, now and then, half of the time right after a fire time.
    ///
    /// - Parameter next: the fire time after an instant.
    func suspendNowAndThen(
        _ watch: LifeWatch, pause: Duration, longest: Duration, until end: Duration, next: (Instant) -> Instant?
    ) async {
        let nature = makeInstance()
        while executor.elapsed < end {
            var rest = Duration.seconds(executor.random.below(Int(pause.seconds)))
            let clock = watch.wall + rest
            if executor.random.chance(600), let fire = next(clock) {
                let longest = executor.random.chance(500) ? 400 : 30_000
                rest += fire - clock + .milliseconds(executor.random.below(longest))
            }
            guard (try? await nature.sleep(for: rest)) != nil, executor.elapsed < end else { return }
            let limit = executor.random.chance(300) ? Duration.seconds(7_200) : longest
            let length = Duration.seconds(300 + executor.random.below(Int(limit.seconds)))
            watch.suspend(for: length)
            guard (try? await nature.sleep(for: length + .seconds(60))) != nil else { return }
        }
    }
}
