internal import BackupDaemon
internal import Configuration
internal import Glibc
internal import JSON
internal import Systemd
internal import Text

/// Where entries go, as configured; as text where the journal is wanted and there is none, which is told.
func makeLogSink(_ settings: LogSettings, environment: [String: String]) -> LogSink {
    let leadsToJournal = Journal.isConnected(environment: environment)
    let asText = textSink(withPriorities: leadsToJournal)
    let sink: LogSink
    switch settings.format {
    case .journal where !Journal.isRunning:
        write(
            "optimize-backup: warning: there is no journal here (setting: log.format), so this is text\n",
            to: STDERR_FILENO)
        sink = asText
    case .journal: sink = sendToJournal
    case .auto: sink = leadsToJournal && Journal.isRunning ? sendToJournal : asText
    case .json: sink = writeAsJSON
    case .text: sink = asText
    }
    let limit = settings.level.priority
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
            ("MESSAGE", entry.message.onOneLine), ("MESSAGE_ID", entry.id.digits),
            ("PRIORITY", "\(entry.priority.rawValue)"),
            ("SYSLOG_IDENTIFIER", "optimize-backup"), ("CODE_FILE", entry.file), ("CODE_LINE", "\(entry.line)"),
            ("CODE_FUNC", entry.function),
        ] + entry.fields.map { ($0.name, $0.value) })
}

/// Text on stderr.
///
/// - Parameter withPriorities: for when stderr leads to the journal, which would call every line an `info`: each then begins with its
///   priority as sd-daemon(3) has it, such as `<3>`.
private func textSink(withPriorities: Bool) -> LogSink {
    { entry in
        let word =
            switch entry.priority {
            case .error: "error: "
            case .warning: "warning: "
            case .notice, .info, .debug: ""
            }
        let prefix = withPriorities ? "<\(entry.priority.rawValue)>" : ""
        write("\(prefix)optimize-backup: \(word)\(entry.message.onOneLine)\n", to: STDERR_FILENO)
    }
}

/// An object a line; a field that comes several times is an array.
private let writeAsJSON: LogSink = { entry in
    var members: [String: JSONValue] = [
        "message": .string(entry.message.onOneLine), "messageId": .string(entry.id.digits),
        "priority": .integer(Int64(entry.priority.rawValue)),
    ]
    for (name, fields) in Dictionary(grouping: entry.fields, by: \.name) {
        let values = fields.map { JSONValue.string($0.value) }
        members[name] = values.count == 1 ? values[0] : .array(values)
    }
    write(
        String(decoding: JSONValue.object(members).bytes, as: UTF8.self).withHiddenEscapedAsJSON + "\n",
        to: STDERR_FILENO)
}
