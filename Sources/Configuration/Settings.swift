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
        let settings = Settings(document.root, reading)
        guard reading.problems.isEmpty else { throw ConfigurationError(problems: reading.problems.sorted()) }
        return (settings, reading.warnings.sorted())
    }

    /// Of a job's name in a snapshot's metadata, which holds 1024 bytes: quotes, comma and the hash of its schedule.
    private static let overheadOfName = 7
    private static let maximumOfNames = 670

    /// A former name belongs to one job, and to none that there is.
    private func requireUniqueNames(_ section: inout Section) {
        var owners = Dictionary(uniqueKeysWithValues: jobs.map { ($0.name, $0.name) })
        for job in jobs {
            for name in job.formerNames {
                if let other = owners[name] {
                    let whose = other == name ? "is the name of a job" : "was the name of \(other)"
                    let own = section.section(job.name)
                    own.complain("formerNames", "'\(name)' \(whose): its backups can't be those of two jobs")
                }
                owners[name] = job.name
            }
        }
    }

    private init(_ root: YAMLNode?, _ reading: Reading) {
        var section = Section(root: root, reading: reading)
        var (engine, backup, log) = (section.section("engine"), section.section("backup"), section.section("log"))
        self.init(
            engine: EngineSettings(&engine), backup: BackupSettings(&backup), log: LogSettings(&log))
        var (server, retention) = (section.section("server"), section.section("retention"))
        var defaults = section.section("retentionDefaults")
        self.server = ServerSettings(&server)
        self.retention = RetentionPolicy(&retention)
        retentionDefaults = RetentionDefaults(&defaults)
        var jobs = section.section("jobs")
        self.jobs = jobs.names.compactMap { name in
            var job = jobs.section(name)
            return JobSettings(name, &job)
        }
        requireUniqueNames(&jobs)
        let length = self.jobs.reduce(0) { $0 + $1.name.utf8.count + Self.overheadOfName }
        if length > Self.maximumOfNames {
            jobs.complainOfItself(
                "the names of all jobs are too long together: a backup that they share has room for some 600 bytes of them"
            )
        }
        section.finish()
        reading.checkVariables()
    }
}
