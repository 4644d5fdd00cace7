package import Retention
internal import YAML

/// The whole configuration, checked.
package struct Settings: Sendable, Equatable {
    package var engine: EngineSettings
    package var backup: BackupSettings
    package var log: LogSettings
    package var server = ServerSettings()
    /// Sorted by name.
    package var jobs: [JobSettings] = []
    /// Of backups that were taken by hand.
    package var retention = RetentionPolicy()
    package var retentionDefaults = RetentionDefaults()
    package var restore = RestoreSettings()
    package var verify = VerifySettings()
    /// The keys whose files lie in `$CREDENTIALS_DIRECTORY`: systemd brings them at a start, and never again.
    package var credentialKeys: [String] = []

    package init(
        engine: EngineSettings = EngineSettings(), backup: BackupSettings, log: LogSettings = LogSettings()
    ) {
        self.engine = engine
        self.backup = backup
        self.log = log
    }

    /// Reads the configuration, and tells what is allowed but unwise.
    ///
    /// - Throws: `ConfigurationError` with everything that is wrong.
    package static func read(_ inputs: Inputs) throws(ConfigurationError) -> (settings: Settings, warnings: [Problem]) {
        let reading = Reading(inputs)
        let document: YAMLDocument
        do {
            document = try YAMLDocument(inputs.text)
        } catch {
            throw ConfigurationError(
                problems: [Problem(place: reading.place(error.mark), path: "", message: error.message)])
        }
        for problem in document.duplicateKeys { reading.complain(reading.place(problem.mark), "", problem.message) }
        var settings = unset
        Section(root: document.root, reading: reading).read(into: &settings)
        settings.credentialKeys = reading.credentialKeys
        reading.checkVariables()
        guard reading.problems.isEmpty else { throw ConfigurationError(problems: reading.problems.sorted()) }
        return (settings, reading.warnings.sorted())
    }
}

extension Settings: ConfiguredSection {
    static let unset = Settings(backup: .unset)

    static let keys: [Key<Settings>] = [
        Key(section: "engine", \.engine, "How to reach the engine."),
        Key(section: "backup", \.backup, "What is backed up, and where to."),
        Key(
            each: "jobs", of: JobSettings.self, example: "nightly",
            "When backups are taken, and what becomes of them. A job's name has up to 64 lower-case letters, digits and '-'. Jobs that "
                + "are due at one moment share that backup."
        ) { section, settings in
            settings.jobs = section.names.map { name in
                var job = JobSettings(name: name, schedule: JobSettings.unset.schedule)
                section.section(name).read(into: &job)
                return job
            }
            settings.requireUniqueNames(section)
            settings.requireShortNames(section)
        },
        Key(
            section: "retention", \.retention, example: ["keepLast": "10", "keepDaily": "14"],
            "Which backups stay that were taken by hand, by the API or a command."),
        Key(section: "retentionDefaults", \.retentionDefaults, "What the retention of all jobs has in common."),
        Key(
            section: "restore", \.restore,
            "Who restores: rights that backups need not have (docs/privileges.md). Where nothing is given, it is the engine's own user. "
                + "Its files are read by `restore` and `verify`, and by the daemon only where a job has drills in Optimize's own engine."
        ),
        Key(section: "verify", \.verify, "What a restore drill may take, and where it comes back (docs/verify.md)."),
        Key(section: "server", \.server, "Where the daemon answers."),
        Key(section: "log", \.log, "What is told, and how."),
    ]

    func check(_ section: Section) { checkRestore(section) }

    /// A former name belongs to one job, and to none that there is.
    private func requireUniqueNames(_ section: Section) {
        var owners = Dictionary(uniqueKeysWithValues: jobs.map { ($0.name, $0.name) })
        for job in jobs {
            for name in job.formerNames {
                if let other = owners[name] {
                    let whose = other == name ? "is the name of a job" : "was the name of \(other)"
                    section.section(job.name).complain(
                        "formerNames", "'\(name)' \(whose): its backups can't be those of two jobs")
                }
                owners[name] = job.name
            }
        }
    }

    /// All jobs may share a backup, and its snapshots' metadata holds 1024 bytes.
    private func requireShortNames(_ section: Section) {
        // Of each name: quotes, comma and the hash of its schedule.
        let (overhead, maximum) = (7, 670)
        guard jobs.reduce(0, { $0 + $1.name.utf8.count + overhead }) > maximum else { return }
        section.complainOfItself(
            "the names of all jobs are too long together: a backup that they share has room for some 600 bytes of them")
    }
}
