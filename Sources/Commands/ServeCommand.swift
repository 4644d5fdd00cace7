internal import BackupDaemon
internal import Backups
internal import CommandLine
internal import Configuration
internal import EventLoop
internal import HTTPServer
internal import Systemd

/// `serve`: the daemon.
struct ServeCommand {
    static let declaration = CommandDeclaration(
        "serve", summary: "Run the daemon: scheduled backups, retention, the actuator API and /metrics.",
        details: "SIGHUP reloads the configuration, and the files that it names.")

    let settings: Settings
    let configuration: String?
    let environment: [String: String]

    func run(_ loop: Loop, _ signals: AsyncStream<Int32>) async throws -> ExitStatus {
        let log = makeLogSink(settings.log, environment: environment) { loop.now() }
        let journal = SharedJournal(repository: settings.backup.repositoryName, sink: log)
        let engine = EngineMetrics(loop, journal)
        let access = EngineAccess(loop, settings.engine, environment: environment, observe: engine.take)
        var serving = Serving(
            loop: loop, repository: buildRepository(settings, access, loop, observe: engine.take),
            settings: DaemonSettings(settings), journal: journal, engine: engine, server: settings.server)
        let drillAccess = EngineAccess(loop, settings.engineOfDrills, environment: environment, observe: engine.take)
        let identity = ProcessIdentity(host: serving.repository.settings.instance)
        serving.drills = DrillAccess(
            place: buildDrillPlace(settings, drillAccess, loop, observe: engine.take), process: identity.text,
            isGone: identity.knowsToBeGone)
        serving.reload = { [self] in reloaded(access, drillAccess) }
        serving.renewals = [access.renewal, drillAccess.renewal].compactMap { $0 }
        serving.patience = patience
        serving.environment = environment
        serving.isHandedOver = !SystemdService().inheritedSockets.isEmpty
        try await serving.run(try listeners(), signals)
        return .success
    }

    /// No request takes longer, and none is waited for longer before the next.
    private func patience(_ drillTimeout: Duration) -> Duration {
        let longest = max(
            settings.engine.deleteTimeout, settings.engine.requestTimeout * 2, drillTimeout, .seconds(600))
        #if DEBUG
            let given = environment["OPTIMIZE_BACKUP_TEST_PATIENCE"].flatMap { Int($0) }
            return given.map { .seconds($0) } ?? longest + .seconds(60)
        #else
            return longest + .seconds(60)
        #endif
    }

    /// The sockets that were handed over, else our own.
    private func listeners() throws -> [ListeningSocket] {
        let inherited = SystemdService().inheritedSockets
        guard !inherited.isEmpty else {
            return [try ListeningSocket(host: settings.server.host, port: settings.server.port)]
        }
        do throws(ListenError) {
            let sockets = try inherited.map { (descriptor) throws(ListenError) in
                try ListeningSocket(inherited: descriptor)
            }
            for socket in sockets where !socket.isLocal && !settings.server.allowsInsecure {
                throw ListenError(
                    "the socket on \(socket.name) that was handed over is beyond loopback: whoever reaches it could order and "
                        + "delete backups; set server.allowInsecure to true if something else protects it")
            }
            return sockets
        } catch {
            throw ConfigurationError(variable: "LISTEN_FDS", error.description)
        }
    }

    /// Reads the configuration again, and the files that it names; what can't change while it runs must be as it was.
    private func reloaded(
        _ access: EngineAccess, _ drillAccess: EngineAccess
    ) -> Result<Serving.Reload, Serving.ReloadRefusal> {
        do {
            var new = try Settings.load(configuration, environment: environment, isReload: true).settings
            if new.drillsByRightsOfRestores {
                new = try Settings.load(
                    configuration, environment: environment, isForRestore: true, isReload: true
                ).settings
            }
            let fixed = [
                ("engine", new.engine.withoutFiles == settings.engine.withoutFiles),
                ("backup", new.backup == settings.backup),
                (
                    "restore or verify.engine",
                    new.verify.otherEngine?.withoutFiles == settings.verify.otherEngine?.withoutFiles
                        && new.verify.repositoryName == settings.verify.repositoryName
                        && (!new.drillsByRightsOfRestores
                            || new.engineOfDrills.withoutFiles == settings.engineOfDrills.withoutFiles)
                ),
                ("server", new.server == settings.server),
                ("log", new.log == settings.log), ("formerNames", new.jobs.renamed == settings.jobs.renamed),
            ].filter { !$0.1 }.map(\.0)
            guard fixed.isEmpty else {
                let words = "\(fixed.joined(separator: ", ")) changed, which takes a restart"
                return .failure(.init(reason: words, needsRestart: true))
            }
            let changed = access.takeFiles(of: new.engine)
            let drills = drillAccess.takeFiles(of: new.engineOfDrills).compactMap { key in
                if new.verify.otherEngine != nil { return "verify.\(key)" }
                return new.drillsByRightsOfRestores && !changed.contains(key)
                    ? key.replacing("engine.", with: "restore.") : nil
            }
            return .success(
                .init(
                    settings: DaemonSettings(new), changedFiles: changed + drills,
                    fixedFiles: new.credentialKeys))
        } catch {
            return .failure(.init(reason: error.problems.map(\.description).joined(separator: "; ")))
        }
    }
}
