/// A YAML document as a tree; made for configuration, so aliases, anchors, tags and further documents are refused.
package struct YAMLDocument: Sendable, Equatable {
    /// Nil for a document without content.
    package let root: YAMLNode?
    /// Keys that stand a second time in their mapping; the first of them counts.
    package let duplicateKeys: [YAMLProblem]

    /// Of the text, in bytes.
    package static let maximumSize = 1_048_576
    /// Of nesting.
    package static let maximumDepth = 32
    /// Of nodes.
    package static let maximumNodes = 50_000

    /// - Throws: `YAMLProblem`, the first thing that keeps the text from being a document.
    package init(_ bytes: [UInt8]) throws(YAMLProblem) {
        guard bytes.count <= Self.maximumSize else {
            throw YAMLProblem(YAMLMark(line: 1, column: 1), "the file is larger than \(Self.maximumSize) bytes")
        }
        // A byte order mark would shift the columns of the first line.
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        var builder = TreeBuilder(parser: EventParser(text))
        root = try builder.document()
        duplicateKeys = builder.duplicateKeys
    }
}

/// Makes a tree of the parser's events.
private struct TreeBuilder {
    let parser: EventParser
    private(set) var duplicateKeys: [YAMLProblem] = []
    private var depth = 0
    private var count = 0

    init(parser: EventParser) {
        self.parser = parser
    }

    mutating func document() throws(YAMLProblem) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let event = try parser.next()
            switch event.kind {
            case .streamEnd: return root
            case .documentStart:
                guard root == nil else {
                    throw YAMLProblem(event.mark, "a second document begins here; only one is allowed")
                }
                root = try node(try parser.next())
            case .other: continue
            case .alias, .scalar, .sequenceStart, .sequenceEnd, .mappingStart, .mappingEnd:
                throw YAMLProblem(event.mark, "this does not belong here")
            }
        }
    }

    private mutating func node(_ event: EventParser.Event) throws(YAMLProblem) -> YAMLNode {
        count += 1
        depth += 1
        defer { depth -= 1 }
        if let reason = event.refusal { throw YAMLProblem(event.mark, reason) }
        guard depth <= YAMLDocument.maximumDepth else {
            throw YAMLProblem(event.mark, "nested deeper than \(YAMLDocument.maximumDepth) levels")
        }
        guard count <= YAMLDocument.maximumNodes else {
            throw YAMLProblem(event.mark, "more than \(YAMLDocument.maximumNodes) values")
        }
        switch event.kind {
        case .scalar(let text, let isPlain): return YAMLNode(content: .scalar(text, isPlain: isPlain), mark: event.mark)
        case .sequenceStart: return YAMLNode(content: .sequence(try items()), mark: event.mark)
        case .mappingStart: return YAMLNode(content: .mapping(try entries()), mark: event.mark)
        case .alias: throw YAMLProblem(event.mark, "aliases are not allowed")
        case .streamEnd, .documentStart, .sequenceEnd, .mappingEnd, .other:
            throw YAMLProblem(event.mark, "a value is missing")
        }
    }

    private mutating func items() throws(YAMLProblem) -> [YAMLNode] {
        var items: [YAMLNode] = []
        while true {
            let event = try parser.next()
            if case .sequenceEnd = event.kind { return items }
            items.append(try node(event))
        }
    }

    private mutating func entries() throws(YAMLProblem) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var places: [String: YAMLMark] = [:]
        while true {
            let event = try parser.next()
            if case .mappingEnd = event.kind { return entries }
            let key = try node(event)
            guard case .scalar(let name, _) = key.content else {
                throw YAMLProblem(key.mark, "a key must be a single value, not \(key.kind)")
            }
            let value = try node(try parser.next())
            if let first = places[name] {
                duplicateKeys.append(YAMLProblem(key.mark, "the key '\(name)' stands in line \(first.line) already"))
            } else {
                places[name] = key.mark
                entries.append(YAMLNode.Entry(key: name, keyMark: key.mark, value: value))
            }
        }
    }
}
