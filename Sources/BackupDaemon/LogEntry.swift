package import Text

/// Something that the daemon tells: what happened, how grave it is, and its details for machines.
package struct LogEntry: Sendable, Equatable {
    /// As syslog has them.
    package enum Priority: Int, Sendable, Comparable {
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
        case debug = 7

        package static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }
    }

    package struct Field: Sendable, Equatable {
        /// In upper case, as the journal wants it.
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package let id: MessageID
    package let priority: Priority
    package let message: String
    package private(set) var fields: [Field]
    /// Which place tells it: where what it is about was noticed, not where its words are chosen.
    package private(set) var place: CodePlace

    package init(
        _ id: MessageID, _ priority: Priority, _ message: String, _ fields: [Field] = [], file: String = #fileID,
        line: Int = #line, function: String = #function
    ) {
        self.id = id
        self.priority = priority
        self.message = message
        self.fields = fields
        place = CodePlace(file, line, function)
    }

    /// The same entry with more fields, told from another place.
    func adding(_ fields: [Field], from place: CodePlace) -> LogEntry {
        var entry = self
        entry.fields += fields
        entry.place = place
        return entry
    }
}

package typealias LogSink = @Sendable (LogEntry) -> Void
