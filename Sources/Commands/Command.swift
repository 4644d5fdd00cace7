internal import Backups
internal import CommandLine
internal import Configuration
internal import EventLoop
internal import Time
internal import Verification

/// A command: how it is called, what it needs, and what it does.
struct Command: Sendable {
    let declaration: CommandDeclaration
    let run: Run

    enum Run: Sendable {
        /// A text, without anything.
        case text(@Sendable (Invocation) throws -> String)
        /// A daemon, without a configuration.
        case demo(@Sendable (Loop, [String: String], Invocation, AsyncStream<Int32>) async throws -> ExitStatus)
        /// A daemon.
        case service(@Sendable (Loop, Service, AsyncStream<Int32>) async throws -> ExitStatus)
        /// Something that is done with a repository.
        ///
        /// - isPatient: whether what has begun is brought to its end, however long the engine is away; who only asks hears soon that nobody
        ///   answers.
        /// - offline: what it can do without a configuration; nil when something else is asked for.
        /// - printsWarnings: whether it tells of the configuration's warnings itself.
        /// - rights: by whose it reaches the engine.
        case once(
            isPatient: Bool, printsWarnings: Bool, rights: Rights,
            offline: (@Sendable (Invocation, Output, Instant) throws -> ExitStatus?)?,
            (@Sendable (Context) async throws -> ExitStatus))
    }

    /// By whose rights a command reaches the engine.
    enum Rights: Sendable {
        case own
        /// Of `restore` in the configuration.
        case restore
        /// Its own; and where drills come back, those that hold there.
        case drill
    }

    /// What a daemon is started with.
    struct Service: Sendable {
        var settings: Settings
        let configuration: String?
        let environment: [String: String]
    }

    /// What a command is given.
    struct Context: Sendable {
        let invocation: Invocation
        let repository: BackupRepository
        /// Where drills come back; the repository itself for commands that have none.
        let drills: DrillPlace
        let settings: Settings
        /// Of the configuration, which is valid.
        let warnings: [Problem]
        let output: Output
        /// When the command was begun.
        let time: Instant
    }

    /// A command that does something once, with a repository.
    init(
        _ declaration: CommandDeclaration, isPatient: Bool = false, printsWarnings: Bool = false,
        rights: Rights = .own,
        offline: (@Sendable (Invocation, Output, Instant) throws -> ExitStatus?)? = nil,
        _ run: @escaping @Sendable (Context) async throws -> ExitStatus
    ) {
        self.declaration = declaration
        self.run = .once(
            isPatient: isPatient, printsWarnings: printsWarnings, rights: rights, offline: offline, run)
    }

    init(_ declaration: CommandDeclaration, _ run: Run) {
        self.declaration = declaration
        self.run = run
    }

    /// Whether it ends with a result, and so with a document where JSON is wanted.
    var hasResult: Bool { if case .once = run { true } else { false } }

    /// Whether problems of the configuration are what it was asked for.
    var listsProblems: Bool { if case .once(_, printsWarnings: true, _, _, _) = run { true } else { false } }

    static let all: [Command] = [
        Command(
            ServeCommand.declaration,
            .service { loop, service, signals in
                try await ServeCommand(
                    settings: service.settings, configuration: service.configuration, environment: service.environment
                ).run(loop, signals)
            }),
        Command(CreateCommand.declaration, isPatient: true) {
            try await CreateCommand(repository: $0.repository, settings: $0.settings, output: $0.output)
                .run($0.invocation)
        },
        Command(ListCommand.declaration) {
            try await ListCommand(repository: $0.repository, settings: $0.settings, output: $0.output)
                .run($0.invocation)
        },
        Command(ShowCommand.declaration) {
            try await ShowCommand(repository: $0.repository, output: $0.output).run($0.invocation)
        },
        Command(WaitCommand.declaration, isPatient: true) {
            try await WaitCommand(repository: $0.repository, output: $0.output).run($0.invocation)
        },
        Command(CancelCommand.declaration, isPatient: true) {
            try await CancelCommand(repository: $0.repository, output: $0.output).run($0.invocation)
        },
        Command(DeleteCommand.declaration, isPatient: true) {
            try await DeleteCommand(repository: $0.repository, output: $0.output).run($0.invocation)
        },
        Command(RestoreCommand.declaration, isPatient: true, rights: .restore) {
            try await RestoreCommand(repository: $0.repository, settings: $0.settings, output: $0.output)
                .run($0.invocation)
        },
        Command(RunbookCommand.declaration) {
            try await RunbookCommand(repository: $0.repository, settings: $0.settings, output: $0.output)
                .run($0.invocation)
        },
        Command(VerifyCommand.declaration, isPatient: true, rights: .drill) {
            try await VerifyCommand(
                repository: $0.repository, place: $0.drills, settings: $0.settings, output: $0.output
            ).run($0.invocation)
        },
        Command(HoldCommand.declaration) {
            try await HoldCommand(repository: $0.repository, output: $0.output).run($0.invocation)
        },
        Command(ReleaseCommand.declaration) {
            try await ReleaseCommand(repository: $0.repository, output: $0.output).run($0.invocation)
        },
        Command(MarkersCommand.declaration) {
            try await MarkersCommand(repository: $0.repository, output: $0.output).run($0.invocation)
        },
        Command(PauseCommand.declaration) {
            try await PauseCommand(repository: $0.repository, settings: $0.settings, output: $0.output)
                .run($0.invocation)
        },
        Command(ResumeCommand.declaration) {
            try await ResumeCommand(repository: $0.repository, settings: $0.settings, output: $0.output)
                .run($0.invocation)
        },
        Command(PruneCommand.declaration, isPatient: true, offline: PruneCommand.trial) {
            try await PruneCommand(repository: $0.repository, settings: $0.settings, output: $0.output)
                .run($0.invocation)
        },
        Command(ScheduleCommand.declaration, offline: ScheduleCommand.preview) {
            try ScheduleCommand(output: $0.output).run($0.invocation, jobs: $0.settings.jobs, now: $0.time)
        },
        Command(CheckCommand.declaration, printsWarnings: true, offline: CheckCommand.privileges) {
            try await CheckCommand(
                repository: $0.repository, settings: $0.settings, output: $0.output,
                warnings: $0.warnings.map(\.description)
            ).run($0.invocation)
        },
        Command(
            DemoCommand.declaration,
            .demo { loop, environment, invocation, signals in
                try await DemoCommand(loop: loop, environment: environment).run(invocation, signals)
            }),
        Command(
            CommandDeclaration(
                "help", operands: "[COMMAND]", count: 0...1, summary: "Print what the program does, or a command."),
            .text { try Program.help(of: $0.operands.first) }),
        Command(CommandDeclaration("version", summary: "Print the version."), .text { _ in Program.versionLine }),
    ]
}
