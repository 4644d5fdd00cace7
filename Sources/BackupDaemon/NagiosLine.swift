package import Backups
internal import Configuration
internal import Text
package import Time

/// What a plugin tells Nagios, Icinga and their kind: a state, and one line with what is wrong and with performance data.
///
/// Source: the Monitoring Plugins' Development Guidelines, `'label'=value[unit];[warning];[critical];[minimum];[maximum]`.
package struct NagiosLine: Sendable, Equatable {
    /// Its raw value is the status in which a plugin ends.
    package enum State: Int32, Sendable {
        case ok = 0
        case warning = 1
        case critical = 2
        case unknown = 3
    }

    package let state: State
    /// Without a line's end.
    package let text: String

    private init(_ state: State, _ reasons: [String], _ figures: [String]) {
        self.state = state
        // What follows a bar is performance data.
        let words = reasons.map { $0.onOneLine.replacing("|", with: "/") }.joined(separator: "; ")
        let data = figures.isEmpty ? "" : " | \(figures.joined(separator: " "))"
        text = "OPTIMIZE-BACKUP \("\(state)".uppercased()): \(words)\(data)"
    }

    /// Nobody can tell how it is.
    package init(unknown reason: String) { self.init(.unknown, [reason], []) }

    /// - Parameters:
    ///   - problems: that keep backups from being taken.
    ///   - warnings: that may.
    ///   - standing: of the jobs; nil where the repository can't be seen.
    package init(problems: [String], warnings: [String], _ standing: Standing?, at now: Instant) {
        let jobs = standing.map { Health($0, at: now).components.filter { $0.name.hasPrefix("job-") } } ?? []
        func words(_ status: Health.Status) -> [String] {
            jobs.filter { $0.status == status }.map { "\($0.name.dropFirst(4)): \($0.reason ?? status.rawValue)" }
        }
        let critical = words(.down) + problems
        let warning = words(.unknown) + warnings
        let figures = standing?.figures(at: now) ?? []
        if critical.isEmpty, warning.isEmpty {
            let newest = standing?.jobs.compactMap { job in
                job.held.newestGood?.endTime.map { "\(job.settings.name) \($0.toTheSecond)" }
            }
            self.init(.ok, ["newest good backups: \((newest ?? []).joined(separator: ", "))"], figures)
        } else {
            self.init(critical.isEmpty ? .warning : .critical, critical + warning, figures)
        }
    }
}

extension Standing {
    /// How it is for who looks once, as a daemon that has just started.
    package init(_ settings: DaemonSettings, _ look: RepositoryLook, engineLead: Duration, at now: Instant) {
        self.init()
        configure(settings, Agenda(settings, at: now))
        for index in jobs.indices { jobs[index].isSeenOnce = true }
        seen = SeenRepository(look, time: now, uptime: .zero, engineLead: engineLead)
        advance(to: now)
    }

    /// Performance data, an age with the one at which a success is owed.
    fileprivate func figures(at now: Instant) -> [String] {
        var figures = jobs.flatMap { job -> [String] in
            let name = job.settings.name
            guard let newest = job.held.newestGood, let end = newest.endTime else { return [] }
            let limit = job.isPaused ? "" : job.owed.map { "\(Int(($0 - end).seconds))" } ?? ""
            return [
                "'\(name)_age'=\(max(Int((now - end).seconds), 0))s;;\(limit);0",
                newest.duration.map { "'\(name)_duration'=\(Int($0.seconds))s;;;0" },
            ].compactMap(\.self)
        }
        figures.append("'backups'=\(seen?.counts[.completed] ?? 0);;;0")
        figures.append("'unreadable'=\(seen?.unreadableCount ?? 0);;0;0")
        return figures
    }
}
