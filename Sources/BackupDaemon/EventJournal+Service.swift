internal import Text
internal import Time

extension EventJournal {
    /// What the daemon itself does.
    func service(_ event: DaemonEvent.Kind) -> [LogEntry] {
        switch event {
        case .started(let version, let addresses, let jobs):
            let words = "optimize-backup \(version) answers on \(addresses.joined(separator: ", ")), \(jobs.of("job"))"
            return [LogEntry(.daemonStarted, .notice, words)]
        case .stopping:
            return [LogEntry(.daemonStopping, .notice, "stopping; the engine goes on with what it has accepted")]
        case .reloaded(let settings):
            let words = "the new configuration is in force: \(settings.jobs.count.of("job"))"
            return [LogEntry(.configurationReloaded, .notice, words)]
        case .reloadRefused(let reason, _):
            let words = "the new configuration was refused, the old one stays in force: \(reason)"
            return [LogEntry(.configurationRefused, .error, words)]
        case .filesReread(let changed, let fixed): return files(changed, fixed)
        case .hung(let part): return [LogEntry(.daemonHung, .error, "\(words(of: part)): no watchdog's beat is sent")]
        case .inheritedServed(let addresses, let port):
            let words =
                "served is \(addresses.joined(separator: ", ")), as handed over, and not port \(port), which the configuration names"
            return [LogEntry(.daemonStarted, .notice, words, [.init("SETTING", "server.port")])]
        default: return []
        }
    }

    private func words(of part: DaemonEvent.HungPart) -> String {
        switch part {
        case .operation(let name, let silence):
            "\(name.isEmpty ? "an operation" : name) has neither asked the engine nor heard of it for \(silence.text)"
        case .scheduler(let time): "the fire time \(time.rfc3339) was left lying by the scheduler"
        }
    }

    /// What a reload has read again, and what it can't.
    private func files(_ changed: [String], _ fixed: [String]) -> [LogEntry] {
        var entries: [LogEntry] = []
        if !changed.isEmpty {
            let words = "read again, and changed: \(changed.joined(separator: ", "))"
            entries.append(LogEntry(.configurationReloaded, .notice, words, changed.map { .init("SETTING", $0) }))
        }
        if !fixed.isEmpty {
            let words =
                "\(fixed.joined(separator: ", ")): systemd puts a changed credential in place at a start only, so that it takes a restart"
            entries.append(LogEntry(.configurationReloaded, .notice, words, fixed.map { .init("SETTING", $0) }))
        }
        return entries
    }
}
