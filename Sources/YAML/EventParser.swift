internal import CYAML

/// libyaml's events, one after the other.
final class EventParser {
    struct Event {
        enum Kind {
            case streamEnd
            case documentStart
            case scalar(String, isPlain: Bool)
            case sequenceStart
            case sequenceEnd
            case mappingStart
            case mappingEnd
            case alias
            case other
        }

        let kind: Kind
        let mark: YAMLMark
        /// Why this event is not allowed.
        let refusal: String?
    }

    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    /// libyaml reads from it for as long as it parses.
    private let text: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) {
        text = .allocate(capacity: max(bytes.count, 1))
        _ = text.initialize(from: bytes)
        let result = yaml_parser_initialize(parser)
        precondition(result == 1, "no memory for libyaml")
        yaml_parser_set_input_string(parser, text.baseAddress, bytes.count)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    func next() throws(YAMLProblem) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem }
        defer { yaml_event_delete(&event) }
        var refusal: String?
        if isSet(anchor(of: event)) { refusal = "anchors are not allowed" }
        if isSet(tag(of: event)) { refusal = "tags are not allowed" }
        return Event(kind: kind(of: event), mark: mark(event.start_mark), refusal: refusal)
    }

    private func kind(of event: yaml_event_t) -> Event.Kind {
        switch event.type {
        case YAML_STREAM_END_EVENT: return .streamEnd
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_SEQUENCE_START_EVENT: return .sequenceStart
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT: return .mappingStart
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        case YAML_ALIAS_EVENT: return .alias
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return .scalar(String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
        default: return .other
        }
    }

    private func anchor(of event: yaml_event_t) -> UnsafeMutablePointer<yaml_char_t>? {
        switch event.type {
        case YAML_SCALAR_EVENT: event.data.scalar.anchor
        case YAML_SEQUENCE_START_EVENT: event.data.sequence_start.anchor
        case YAML_MAPPING_START_EVENT: event.data.mapping_start.anchor
        default: nil
        }
    }

    private func tag(of event: yaml_event_t) -> UnsafeMutablePointer<yaml_char_t>? {
        switch event.type {
        case YAML_SCALAR_EVENT: event.data.scalar.tag
        case YAML_SEQUENCE_START_EVENT: event.data.sequence_start.tag
        case YAML_MAPPING_START_EVENT: event.data.mapping_start.tag
        default: nil
        }
    }

    private func isSet(_ text: UnsafeMutablePointer<yaml_char_t>?) -> Bool { text != nil }

    /// The error that libyaml stopped at: what it was doing, and what it found.
    private var problem: YAMLProblem {
        let parser = parser.pointee
        let found = parser.problem.map { String(cString: $0) } ?? "not YAML"
        if parser.error == YAML_READER_ERROR {
            let place = place(ofByte: Int(parser.problem_offset))
            return YAMLProblem(place, "\(found) (the file must be UTF-8 text)")
        }
        let context = parser.context.map { "\(String(cString: $0)) in line \(parser.context_mark.line + 1): " } ?? ""
        return YAMLProblem(mark(parser.problem_mark), context + found)
    }

    /// The reader's errors have an offset only.
    private func place(ofByte offset: Int) -> YAMLMark {
        let before = text.prefix(min(offset, text.count))
        let line = before.count { $0 == 0x0A } + 1
        let column = before.reversed().prefix { $0 != 0x0A }.count { $0 & 0xC0 != 0x80 } + 1
        return YAMLMark(line: line, column: column)
    }
}

private func mark(_ mark: yaml_mark_t) -> YAMLMark {
    YAMLMark(line: mark.line + 1, column: mark.column + 1)
}
