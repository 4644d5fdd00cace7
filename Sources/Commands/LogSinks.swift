internal import BackupDaemon
internal import Configuration
internal import Glibc
internal import JSON
internal import Systemd
internal import Text
internal import Time

/// Where entries go, as configured; as text where the journal is wanted and there is none, which is told.
func makeLogSink(
    _ settings: LogSettings, environment: [String: String], _ now: @escaping @Sendable () -> Instant
) -> LogSink {
    let leadsToJournal = Journal.isConnected(environment: environment)
    let asText = textSink(leadsToJournal ? nil : now)
    let sink: LogSink
    switch settings.format {
    case .journal where !Journal.isRunning:
        write(
            "optimize-backup: warning: there is no journal here (setting: log.format), so this is text\n",
            to: STDERR_FILENO)
        sink = asText
    case .journal: sink = sendToJournal
    case .auto: sink = leadsToJournal && Journal.isRunning ? sendToJournal : asText
    case .json: sink = { writeAsJSON($0, now()) }
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

/// Hands an entry to the journal, however large it is.
let sendToJournal: LogSink = { entry in
    Journal.send(
        [
            ("MESSAGE", entry.message.onOneLine), ("MESSAGE_ID", entry.id.digits),
            ("PRIORITY", "\(entry.priority.rawValue)"),
            ("SYSLOG_IDENTIFIER", "optimize-backup"), ("CODE_FILE", entry.place.file),
            ("CODE_LINE", "\(entry.place.line)"), ("CODE_FUNC", entry.place.function),
        ] + entry.fields.map { ($0.name, $0.value) })
}

/// Text on stderr: time, level and message.
///
/// - Parameter now: nil where stderr leads to the journal, which has a time of its own and would call every line an `info`: each then
///   begins with its priority as sd-daemon(3) has it, such as `<3>`.
private func textSink(_ now: (@Sendable () -> Instant)?) -> LogSink {
    { entry in
        let start = now.map { "\($0().rfc3339) \(entry.priority.word)" } ?? "<\(entry.priority.rawValue)>"
        let word = now == nil && entry.priority <= .warning ? "\(entry.priority.word): " : ""
        write(
            "\(start)\(now == nil ? "" : " ")optimize-backup: \(word)\(entry.message.onOneLine)\n", to: STDERR_FILENO)
    }
}

extension LogEntry.Priority {
    fileprivate var word: String {
        switch self {
        case .error: "error"
        case .warning: "warning"
        case .notice: "notice"
        case .info: "info"
        case .debug: "debug"
        }
    }
}

/// An object a line; a field that comes several times is an array.
private func writeAsJSON(_ entry: LogEntry, _ time: Instant) {
    var members: [String: JSONValue] = [
        "time": .string(time.rfc3339), "level": .string(entry.priority.word),
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
