internal import BackupDaemon
internal import Backups
internal import Configuration
internal import EventLoop
internal import Glibc
internal import HTTPServer
internal import ManagementAPI
internal import Systemd
internal import Time
internal import Waiting

/// The daemon with all that surrounds it, from READY to the last answer.
struct Serving: Sendable {
    let loop: Loop
    let repository: BackupRepository
    let settings: DaemonSettings
    let journal: SharedJournal
    let engine: EngineMetrics
    let server: ServerSettings
    let service = SystemdService()
    /// What SIGHUP does: the new settings, or why they are refused; without it SIGHUP ends, as SIGINT and SIGTERM do.
    var reload: (@Sendable () -> Result<Reload, ReloadRefusal>)?
    var drills = DrillAccess()
    /// Each renews in time what requests to an engine are signed by.
    var renewals: [@Sendable () async -> Void] = []
    /// How long an operation may neither ask the engine nor hear of it before it is taken for hung, where a drill may last so long.
    var patience: @Sendable (_ drillTimeout: Duration) -> Duration = { $0 + .seconds(7_200) }
    var environment: [String: String] = [:]
    /// Whether the sockets were handed over.
    var isHandedOver = false

    struct Reload {
        let settings: DaemonSettings
        /// The keys of files in which something else stands now, which is in force.
        let changedFiles: [String]
        /// The keys of files that only a restart brings anew.
        let fixedFiles: [String]
    }

    struct ReloadRefusal: Error {
        let reason: String
        var needsRestart = false
    }

    /// Runs until a signal ends it.
    func run(_ listeners: sending [ListeningSocket], _ signals: AsyncStream<Int32>) async throws {
        let (changes, changed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let daemon = Daemon(repository: repository, settings: settings, drills: drills) { [journal] event in
            journal.take(event)
            changed.yield()
        }
        let start = loop.now()
        let allowedHosts = AllowedHosts(
            server.allowedHosts, ownName: repository.settings.instance,
            isBeyondLoopback: listeners.contains { !$0.isLocal })
        let api = ManagementAPI(daemon: daemon, version: version, allowedHosts: allowedHosts) { [loop, engine] in
            engine.families + ProcessMetrics(loop, startTime: start).families
        }
        let listening = try Server(loop, listeners) { await api.respond(to: $0) }
        let (hangUps, hungUp) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await daemon.run() }
            for renewal in renewals { group.addTask { await renewal() } }
            group.addTask { await serve(daemon, listening, changes, hangUps) }
            for await signal in signals {
                guard signal == SIGHUP, reload != nil else { break }
                hungUp.yield()
            }
            daemon.emit(.stopping)
            service.notifyStopping()
            // Clients are given some seconds, and a request to the engine is not left in the middle.
            let isBusy = await daemon.current != nil
            if isBusy || !listening.isIdle { service.extendTimeout(by: .seconds(30)) }
            await listening.drain()
            group.cancelAll()
        }
    }

    /// Answers, tells how it stands, and takes reloads, from the first look on: whoever connects before waits for it.
    private func serve(
        _ daemon: Daemon, _ listening: Server, _ changes: AsyncStream<Void>, _ hangUps: AsyncStream<Void>
    ) async {
        await firstLook(daemon)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await listening.run() }
            guard !Task.isCancelled else { return }
            daemon.emit(.started(version: version, addresses: listening.addresses, jobs: settings.jobs.count))
            if isHandedOver, !listening.ports.contains(server.port) {
                daemon.emit(.inheritedServed(addresses: listening.addresses, insteadOf: server.port))
            }
            let status = status(of: daemon)
            service.notifyStatus(status)
            service.notifyReady()
            group.addTask { await tellStatus(daemon, changes, after: status) }
            let watchdog = Watchdog(loop: loop, daemon: daemon, server: listening, patience: patience)
            group.addTask { await watchdog.run(service) }
            #if DEBUG
                Hang(environment)?.begin(in: daemon)
            #endif
            for await _ in hangUps { await takeReload(daemon) }
        }
    }

    /// Tells how it stands whenever that has changed, once a second at most.
    private func tellStatus(_ daemon: Daemon, _ changes: AsyncStream<Void>, after first: String) async {
        var told = first
        try? await loop.sleep(for: .seconds(1))
        for await _ in changes where !Task.isCancelled {
            let status = status(of: daemon)
            guard status != told else { continue }
            told = status
            service.notifyStatus(status)
            try? await loop.sleep(for: .seconds(1))
        }
    }

    private func status(of daemon: Daemon) -> String { StatusLine(daemon.standing, at: loop.now()).text }

    /// READY waits for the first look at the repository, but not longer than five seconds; the look goes on.
    private func firstLook(_ daemon: Daemon) async {
        _ = await loop.value(within: .seconds(5)) { await daemon.waitForFirstLook() }
    }

    private func takeReload(_ daemon: Daemon) async {
        // Nothing follows STOPPING.
        guard let reload, !Task.isCancelled else { return }
        service.notifyReloading()
        switch reload() {
        case .success(let new):
            await daemon.reload(new.settings)
            daemon.emit(.filesReread(changed: new.changedFiles, fixed: new.fixedFiles))
        case .failure(let refusal):
            daemon.emit(.reloadRefused(reason: refusal.reason, needsRestart: refusal.needsRestart))
        }
        if !Task.isCancelled { service.notifyReady() }
    }
}
