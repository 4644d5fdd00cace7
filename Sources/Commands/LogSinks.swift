internal import BackupDaemon
internal import Configuration
internal import Glibc
internal import JSON
internal import Systemd

/// Where entries go, as configured.
func makeLogSink(_ settings: LogSettings, environment: [String: String]) -> LogSink {
    let format =
        settings.format == .auto ? (Journal.isConnected(environment: environment) ? .journal : .text) : settings.format
    let limit = settings.level.priority
    let sink: LogSink =
        switch format {
        case .journal: sendToJournal
        case .json: writeAsJSON
        case .text, .auto: writeAsText
        }
    return { entry in if entry.priority <= limit { sink(entry) } }
}

extension LogSettings.Level {
    fileprivate var priority: LogEntry.Priority {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}

private let sendToJournal: LogSink = { entry in
    Journal.send(
        [
            ("MESSAGE", entry.message), ("MESSAGE_ID", entry.id.rawValue), ("PRIORITY", "\(entry.priority.rawValue)"),
            ("SYSLOG_IDENTIFIER", "optimize-backup"), ("CODE_FILE", entry.file), ("CODE_LINE", "\(entry.line)"),
            ("CODE_FUNC", entry.function),
        ] + entry.fields.map { ($0.name, $0.value) })
}

/// With the priority in front as systemd reads it from stderr, if that is what it leads to.
private let writeAsText: LogSink = { entry in
    let word =
        switch entry.priority {
        case .error: "error: "
        case .warning: "warning: "
        case .notice, .info, .debug: ""
        }
    write("optimize-backup: \(word)\(entry.message)\n", to: STDERR_FILENO)
}

private let writeAsJSON: LogSink = { entry in
    var members: [String: JSONValue] = [
        "message": .string(entry.message), "messageId": .string(entry.id.rawValue),
        "priority": .integer(Int64(entry.priority.rawValue)),
    ]
    for field in entry.fields { members[field.name] = .string(field.value) }
    write(String(decoding: JSONValue.object(members).bytes, as: UTF8.self) + "\n", to: STDERR_FILENO)
}
