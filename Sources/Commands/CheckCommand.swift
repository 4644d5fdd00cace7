internal import BackupDaemon
internal import Backups
internal import CommandLine
internal import Configuration
internal import ElasticsearchClient
internal import Engines
internal import JSON
internal import Scheduling
internal import Text
internal import Time

/// `check`: looks at everything that a backup needs, and tells all that is wrong at once.
struct CheckCommand {
    static let declaration = CommandDeclaration(
        "check", summary: "Check configuration, engine, repository and indices: everything wrong, at once.",
        details: "Also the engine's clock, the storage and who else writes it, whether our user sees all indices, "
            + "and what has gone. Warnings alone are no failure.",
        options: [
            Option(
                "privileges",
                help: "only tell what the engine's user has to be allowed, for what; needs no configuration"),
            Option("config-only", help: "only look at the configuration, and ask no engine"),
            Option("no-secrets", help: "leave alone the files that the configuration names; with --config-only"),
            Option("nagios", help: "one line for Nagios and its kind, late backups included, and a status of 0 to 3"),
        ])

    let repository: BackupRepository
    let settings: Settings
    let output: Output
    /// Warnings of the configuration, which is valid by now.
    let warnings: [String]

    struct Report: JSONWritable {
        var problems: [String]
        private(set) var warnings: [String]
        var notes: [String] = []
        /// Those of the warnings that may stand for ever though backups are taken and come back, which nobody is woken for.
        private var lasting: Set<String> = []
        var status = ExitStatus.success

        init(problems: [String] = [], warnings: [String] = []) {
            (self.problems, self.warnings) = (problems, warnings)
        }

        /// Warnings that say that something has gone wrong, or soon will.
        var pressing: [String] { warnings.filter { !lasting.contains($0) } }

        mutating func warn(_ words: String) { warnings.append(words) }

        /// Warns of what may stay as it is.
        mutating func remark(_ words: String) {
            warnings.append(words)
            lasting.insert(words)
        }

        var json: JSONValue { ["problems": problems.json, "warnings": warnings.json, "notes": notes.json] }

        mutating func add(_ error: BackupError) {
            problems.append("\(error)")
            status = max(status, ExitStatus(error))
        }

        /// Says more of the last problem.
        mutating func advise(_ hints: [String]) {
            guard let last = problems.popLast() else { return }
            problems.append(([last] + hints).joined(separator: "; "))
        }

        var text: String {
            let lines =
                notes.map { "ok       \($0)" } + warnings.map { "warning  \($0)" } + problems.map { "wrong    \($0)" }
            return lines.map { $0.onOneLine + "\n" }.joined()
        }
    }

    func run(_ invocation: Invocation) async throws -> ExitStatus {
        var report = Report(warnings: warnings)
        var seen: RepositoryLook?
        for job in settings.jobs { report.notes.append(note(on: job)) }
        if invocation.has("config-only") {
            guard !invocation.has("nagios") else {
                throw UsageError("--nagios asks the engine; --config-only asks none")
            }
            return output.result(report, text: report.text, after: report.status)
        }
        guard !invocation.has("no-secrets") else { throw UsageError("--no-secrets goes with --config-only") }
        do throws(BackupError) {
            let engine = try await repository.identify().engine
            report.notes.append("\(engine.distribution.rawValue) \(engine.version), cluster \(engine.clusterName)")
            if let warning = engine.wordsOnUnknownKind { report.remark(warning) }
            let time = await repository.engineClock.trustedTime()
            if let problem = time.problem { report.warn(problem) }
            await warnOfRights(&report)
            let backups = try await lookAtRepository(&report)
            seen = backups
            try await look(at: "version", &report) { () throws(BackupError) in
                "Optimize \(try await repository.optimize.version())"
            }
            do throws(BackupError) {
                let selection = try await repository.optimize.selectIndices()
                add(selection, to: &report)
                await warnOfUpgrade(selection, engine, &report)
            } catch {
                report.add(error)
            }
            await tellLimits(&report)
            // What our user may not see is not gone.
            if let backups, let there = try? await repository.optimize.lookUpIndices(), there.hidden.isEmpty {
                compare(backups, with: there, try? await repository.optimize.toldVersion(), &report)
            }
        } catch {
            report.add(error)
        }
        if invocation.has("nagios") { return try tellNagios(report, seen) }
        return output.result(report, text: report.text, after: report.status)
    }

    private func tellNagios(_ report: Report, _ look: RepositoryLook?) throws -> ExitStatus {
        let now = repository.client.clock.now()
        let standing = look.map {
            Standing(DaemonSettings(settings), $0, engineLead: repository.engineClock.lead, at: now)
        }
        return try NagiosLine(problems: report.problems, warnings: report.pressing, standing, at: now).print()
    }

    private func note(on job: JobSettings) -> String {
        let next = job.nextFireTime(after: repository.client.clock.now())
        let time = next.map { "; next at \($0.time.rfc3339(offset: job.zone.offset(at: $0.time)))" } ?? ""
        return "job \(job.name): \(job.schedule.explanation(in: job.zone))\(job.isPaused ? ", paused" : time)"
    }

    private func look(
        at what: String, _ report: inout Report, _ note: () async throws(BackupError) -> String
    ) async throws(BackupError) {
        do throws(BackupError) {
            report.notes.append(try await note())
        } catch {
            guard error.code != .engineUnreachable else { throw error }
            report.add(error)
        }
    }

    /// What stands in the repository, and whether its storage can be written; a storage that refuses is told once.
    private func lookAtRepository(_ report: inout Report) async throws(BackupError) -> RepositoryLook? {
        var backups: RepositoryLook?
        do throws(BackupError) {
            backups = try await repository.look()
        } catch {
            guard error.code != .engineUnreachable else { throw error }
            report.add(error)
            if error.cause?.code == .repositoryMissing { report.advise(await hintsOnRepositories()) }
            guard error.code == .storageFailed else { return nil }
        }
        let hasFailed = backups == nil
        do throws(BackupError) {
            let nodes = try await repository.storage.verify()
            let count = backups.map { ", " + $0.backups.count.of("backup") } ?? ""
            report.notes.append(
                "repository \(repository.settings.repositoryName): \(nodes.of("node")) can write\(count)"
            )
        } catch {
            guard error.code != .engineUnreachable else { throw error }
            if error.code == .engineDenied || error.cause?.code == .notOffered {
                report.remark("whether the repository can be written can't be told: \(error)")
            } else if !hasFailed {
                report.add(error)
            }
        }
        if let backups { warn(of: backups, &report) }
        return backups
    }

    /// What there is instead of the repository, as far as the engine tells, and how one is made.
    private func hintsOnRepositories() async -> [String] {
        let names = try? await repository.client.repositories()
        let there = names.map {
            $0.isEmpty ? "the engine has no repository" : "the engine's repositories are \($0.joined(separator: ", "))"
        }
        let name = settings.backup.repositoryName
        return [there].compactMap { $0 } + [
            #"such a request registers one, of the type that the storage needs: PUT /_snapshot/\#(name) {"type": "fs", "#
                + #""settings": {"location": "\#(name)"}}"#
        ]
    }

    private func warn(of look: RepositoryLook, _ report: inout Report) {
        // Backups of jobs that are no longer configured are never pruned.
        let names = Set(settings.jobs.map(\.name))
        let forgotten = Set(look.backups.flatMap(\.jobs)).subtracting(names)
        for name in forgotten.sorted() {
            report.remark(
                "the job \(name) is not configured any more: its backups stay until they are deleted by hand, or until a job's "
                    + "formerNames says that they are its own")
        }
        // As retention does, which lets clocks be a minute apart.
        let present = repository.engineClock.now() + .seconds(60)
        let ahead = look.backups.filter { $0.isAhead(of: present) }
        if let time = ahead.compactMap(\.latestTime).max() {
            let ids = ahead.prefix(5).map(\.id.description) + (ahead.count > 5 ? ["\(ahead.count - 5) more"] : [])
            report.warn(
                "dated in the future, up to \(time.toTheSecond), by a clock that was wrong: \(ids.joined(separator: ", ")); nothing is "
                    + "pruned until then, unless they are deleted by hand")
        }
        for (job, pause) in look.markers.pauses.sorted(by: { $0.key < $1.key }) {
            let words =
                "\(job) is paused\(pause.expiry.map { " until \($0.toTheSecond)" } ?? "")\(pause.byAndReason): it takes no backups; "
                + "'optimize-backup \(names.contains(job) ? "resume \(job)" : "markers remove \(pause.name)")' lets it go"
            // One that was planned is over by then.
            if present - pause.date > .seconds(7 * 86_400) { report.warn(words) } else { report.remark(words) }
        }
        if let restore = look.markers.restore {
            report.warn(
                "\(restore.subject) is being restored\(restore.byAndReason): no backup begins meanwhile; if that is not so, "
                    + "'optimize-backup markers remove \(restore.name)' lifts it")
        }
        warnOfClusters(look, &report)
        warnOfRefused(look, &report)
        for name in look.unreadable {
            report.problems.append(
                "\(name) is listed, but can't be read: bring its blob back into the repository, or delete it")
            report.status = max(report.status, .failure)
        }
        for name in look.strangers {
            report.remark("\(name) is named like a marker and is none: it stops nothing")
        }
    }

    private func add(_ selection: IndexSelection, to report: inout Report) {
        report.notes.append(
            "\(selection.firstPart.count.of("index", "indices")) in part 1, \(selection.secondPart.count) in part 2")
        for neighbour in selection.neighbours {
            report.notes.append("the indices \(neighbour)-* belong to another Optimize and are left alone")
        }
        if !selection.isConfirmed {
            report.remark(
                "whether the engine's user sees all indices can't be confirmed: it lacks cluster:monitor/health")
        }
        if !selection.red.isEmpty {
            report.problems.append(
                "red, so that no backup of them can be taken: \(selection.red.joined(separator: ", "))")
            report.status = max(report.status, .failure)
        }
        if !selection.uncovered.isEmpty {
            report.warn(
                "in no backup, since not named as Optimize names its indices: \(selection.uncovered.joined(separator: ", "))"
            )
        }
    }
}

extension NagiosLine {
    /// Prints it, and returns the status that goes with it.
    func print() throws(OutputError) -> ExitStatus {
        try Output.print(text + "\n")
        return ExitStatus(rawValue: state.rawValue) ?? .unknown
    }
}
