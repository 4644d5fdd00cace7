internal import BackupDaemon
internal import Backups
package import CommandLine
internal import Configuration
internal import ElasticsearchClient
internal import EventLoop
internal import Glibc
internal import JSON
internal import ManagementAPI
package import PrometheusExposition
internal import Systemd
internal import Text
internal import Verification

/// The program: from its arguments to its exit status.
package struct Program {
    package static let declaration = ProgramDeclaration(
        name: "optimize-backup",
        summary: "Backs up Camunda Optimize: two snapshots in a repository of Elasticsearch or OpenSearch.",
        options: [
            Option(
                "config", value: "FILE",
                help: "the configuration; default $\(Settings.fileVariable), else \(Settings.standardFile)"),
            Option("output", short: "o", value: "FORMAT", help: "how results are printed: text (default) or json"),
            Option("log-level", value: "LEVEL", help: "debug, info, warning or error"),
            Option("help", short: "h", help: "print this, or what a command does"),
            Option("version", help: "print the version"),
        ],
        commands: Command.all.map(\.declaration))

    /// Of every metric that a scrape of the daemon shows, in its order.
    package static let metrics: [MetricDeclaration] =
        ManagementAPI.metrics + EngineMetrics.rows.map(\.declaration) + ProcessMetrics.rows.map(\.declaration)

    private let environment: [String: String]

    package init(environment: [String: String]) {
        self.environment = environment
    }

    /// Does what the arguments ask for, and prints why it could not.
    package func run(_ arguments: [String]) -> ExitStatus {
        Loop.block([SIGPIPE])
        Loop.keepHeapSmall()
        do {
            let invocation = try Self.declaration.parse(arguments)
            if let text = printed(invocation) {
                try Output.print(text)
                return .success
            }
            guard let command = Command.all.first(where: { $0.declaration.name == invocation.command }) else {
                throw UsageError("no command; 'optimize-backup --help' lists them")
            }
            let output = Output(format: try format(invocation), environment: environment)
            do {
                return try run(command, invocation, output)
            } catch  where invocation.has("nagios") {
                return try NagiosLine(unknown: Failure(error).lines.joined(separator: "; ")).print()
            } catch let error as ConfigurationError where command.listsProblems {
                return end(Failure(error), output) { CheckCommand.Report(problems: $0.problems).json }
            } catch {
                if case .service = command.run, tellJournal(Failure(error)) { return Failure(error).status }
                return end(Failure(error), command.hasResult ? output : nil)
            }
        } catch {
            return end(Failure(error), nil)
        }
    }

    static let versionLine = "optimize-backup \(version)\n"

    /// - Parameter command: nil for the program.
    static func help(of command: String?) throws(UsageError) -> String {
        guard let command else { return declaration.help }
        guard let help = declaration.help(of: command) else {
            throw UsageError(
                "unknown command '\(command)'\(suggestion(for: command, among: declaration.commands.map(\.name)))")
        }
        return help
    }

    /// Tells a failure on stderr, and where JSON is wanted as the one document, too.
    ///
    /// - Parameter output: where the document goes; nil for what has none.
    private func end(
        _ failure: Failure, _ output: Output?, document: (Failure) -> JSONValue = \.json
    ) -> ExitStatus {
        // As sd-daemon(3) has it; else the journal would take it for information.
        let level = Journal.isConnected(environment: environment) ? "<3>" : ""
        for line in failure.lines { write("\(level)\(line.onOneLine)\n", to: STDERR_FILENO) }
        guard let output, output.format == .json, failure.status != .outputNotWritten else { return failure.status }
        return output.result(document(failure), text: "", after: failure.status)
    }

    /// Tells the journal why the daemon does not start, an entry for each thing that is wrong; returns whether stderr leads there.
    private func tellJournal(_ failure: Failure) -> Bool {
        guard Journal.isConnected(environment: environment), Journal.isRunning else { return false }
        for line in failure.lines { sendToJournal(LogEntry(.daemonFailed, .error, line)) }
        return true
    }

    /// What is only printed: help and version.
    private func printed(_ invocation: Invocation) -> String? {
        if invocation.has("version") { return Self.versionLine }
        guard invocation.has("help") else { return nil }
        return invocation.command.flatMap { Self.declaration.help(of: $0) } ?? Self.declaration.help
    }

    private func run(_ command: Command, _ invocation: Invocation, _ output: Output) throws -> ExitStatus {
        let loop = try Loop()
        switch command.run {
        case .text(let text):
            try Output.print(try text(invocation))
            return .success
        case .demo(let run):
            let signals = try takeSignals(loop)
            return try loop.run { [environment] in try await run(loop, environment, invocation, signals) }
        case .service(let run):
            var (service, _) = try load(invocation, output)
            if service.settings.drillsByRightsOfRestores {
                service = try load(invocation, nil, isForRestore: true).service
            }
            let signals = try takeSignals(loop, reloads: true)
            return try loop.run { [service] in try await run(loop, service, signals) }
        case .once(let isPatient, let printsWarnings, let rights, let offline, let run):
            if let status = try offline?(invocation, output, loop.now()) { return status }
            var (service, warnings) = try load(
                invocation, printsWarnings ? nil : output,
                isForRestore: rights == .restore || rights == .drill && invocation.has("drill"))
            if rights == .restore { service.settings.engine = service.settings.engineOfRestores }
            let signals = try takeSignals(loop)
            let tellsExchanges = service.settings.log.level == .debug
            let observe: EngineObserver = { event in
                if tellsExchanges, case .exchanged(let exchange) = event { output.note(exchange.words) }
                if let warning = event.warning { output.note("warning: \(warning)") }
            }
            let repository = buildRepository(
                service.settings, loop, environment: service.environment, observe: observe)
            let drills =
                rights == .drill
                ? buildDrillPlace(service.settings, loop, environment: service.environment, observe: observe) : nil
            let context = Command.Context(
                invocation: invocation, repository: isPatient ? repository : repository.attended,
                drills: drills ?? DrillPlace(repository, isElsewhere: false), settings: service.settings,
                warnings: warnings, output: output, time: loop.now())
            return try loop.run { try await endingOnSignal(signals) { try await run(context) } }
        }
    }

    /// Reads the configuration, which may take for ever: signals interrupt it.
    ///
    /// - Parameters:
    ///   - output: where its warnings are noted; nil for nowhere.
    ///   - isForRestore: whether the secrets of who restores are read.
    private func load(
        _ invocation: Invocation, _ output: Output?, isForRestore: Bool = false
    ) throws -> (service: Command.Service, warnings: [Problem]) {
        var environment = environment
        if let level = invocation["log-level"] { environment["OPTIMIZE_BACKUP_LOG_LEVEL"] = level }
        let (settings, warnings) = try Settings.load(
            invocation["config"], environment: environment, isForRestore: isForRestore,
            readsSecrets: !invocation.has("no-secrets"))
        for warning in warnings { output?.note("warning: \(warning)") }
        return (.init(settings: settings, configuration: invocation["config"], environment: environment), warnings)
    }

    private func format(_ invocation: Invocation) throws(UsageError) -> Output.Format {
        let text = invocation["output"] ?? Output.Format.text.rawValue
        guard let format = Output.Format(rawValue: text) else {
            throw UsageError("unknown format '\(text)'; formats are text and json")
        }
        return format
    }

    /// From now on signals arrive at the loop instead of interrupting the process.
    private func takeSignals(_ loop: Loop, reloads: Bool = false) throws -> AsyncStream<Int32> {
        let interrupts = [SIGINT, SIGTERM]
        let ending = reloads || isIgnored(SIGHUP) ? interrupts : interrupts + [SIGHUP]
        let signals = reloads ? interrupts + [SIGHUP] : ending
        Loop.block(signals)
        return try loop.signals(signals, ending: ending)
    }
}

/// Whether whoever started the program has a signal ignored, as nohup does.
private func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    sigaction(signal, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1  // SIG_IGN
}

/// Runs a command; a signal cancels it, so that it can say what goes on without it.
private func endingOnSignal(
    _ signals: AsyncStream<Int32>, _ command: @escaping @Sendable () async throws -> ExitStatus
) async throws -> ExitStatus {
    try await withThrowingTaskGroup(of: ExitStatus?.self) { group in
        group.addTask { try await command() }
        group.addTask {
            for await _ in signals { break }
            return nil
        }
        defer { group.cancelAll() }
        if case let status?? = try await group.next() { return status }
        group.cancelAll()
        do {
            while let status = try await group.next() { if let status { return status } }
        } catch is CancellationError {}
        return .interrupted
    }
}
