internal import YAML

/// A mapping of the configuration that is being read, and the environment's word on its keys.
struct Section {
    let path: String
    let reading: Reading
    /// Where the mapping begins, for what is missing in it.
    let place: Problem.Place
    private let entries: [YAMLNode.Entry]
    private var known: [String] = []

    private init(path: String, reading: Reading, place: Problem.Place, entries: [YAMLNode.Entry]) {
        self.path = path
        self.reading = reading
        self.place = place
        self.entries = entries
    }

    /// The outermost mapping.
    init(root: YAMLNode?, reading: Reading) {
        let mark = root?.mark ?? YAMLMark(line: 1, column: 1)
        self.init(path: "", reading: reading, place: reading.place(mark), entries: Self.entries(of: root, "", reading))
    }

    private static func entries(of node: YAMLNode?, _ path: String, _ reading: Reading) -> [YAMLNode.Entry] {
        switch node?.content {
        case .mapping(let entries): return entries
        case .scalar("", isPlain: true), nil: return []
        case .scalar, .sequence:
            if let node {
                reading.complain(reading.place(node.mark), path, "\(node.kind), but a mapping of keys is wanted")
            }
            return []
        }
    }

    /// A mapping in this one; empty if it is not there.
    mutating func section(_ name: String) -> Section {
        let entry = entry(name)
        let path = path(of: name)
        return Section(
            path: path, reading: reading, place: entry.map { reading.place($0.keyMark) } ?? place,
            entries: Self.entries(of: entry?.value, path, reading))
    }

    /// A value and where it was given; nil if it was not given, or complained of.
    ///
    /// - Parameter variables: names of other programs' variables that mean the same; ours wins over them.
    mutating func read<Value>(_ key: Key<Value>, variables: [String] = []) -> (value: Value, place: Problem.Place)? {
        let entry = entry(key.name)
        let path = path(of: key.name)
        if let (name, value) = reading.variable([variable(of: path)] + variables) {
            let texts = key.isList ? value.split(separator: ",").map { trimmed($0) } : [value]
            return parse(key, texts, .variable(name), path).map { ($0, .variable(name)) }
        }
        guard let entry else { return nil }
        let place = reading.place(entry.value.mark)
        return texts(of: entry.value, key, path).flatMap { parse(key, $0, place, path) }.map { ($0, place) }
    }

    /// The keys that the mapping has, sorted.
    var names: [String] { entries.map(\.key).sorted() }

    /// Complains of the mapping as a whole.
    func complainOfItself(_ message: String) {
        reading.complain(place, path, message)
    }

    /// Where a key was given, with a good value or with a bad one.
    func given(_ name: String) -> Problem.Place? {
        let variable = variable(of: path(of: name))
        if reading.inputs.environment[variable]?.isEmpty == false { return .variable(variable) }
        return entries.first { $0.key == name }.map { reading.place($0.value.mark) }
    }

    /// Complains of every key that nobody has read.
    func finish() {
        for entry in entries where !known.contains(entry.key) {
            let hint = suggestion(for: entry.key, among: known)
            reading.complain(
                reading.place(entry.keyMark), path(of: entry.key),
                "unknown key\(hint.isEmpty ? ", known here are \(known.sorted().joined(separator: ", "))" : hint)")
        }
    }

    func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private mutating func entry(_ name: String) -> YAMLNode.Entry? {
        known.append(name)
        return entries.first { $0.key == name }
    }

    /// The scalars of a node of the right shape, with their variables replaced.
    private func texts<Value>(of node: YAMLNode, _ key: Key<Value>, _ path: String) -> [String]? {
        let nodes: [YAMLNode]
        switch node.content {
        case .scalar("", isPlain: true):
            reading.complain(reading.place(node.mark), path, "has no value, allowed is \(key.allowed)")
            return nil
        case .scalar: nodes = [node]
        case .sequence(let items) where key.isList: nodes = items
        case .sequence, .mapping:
            reading.complain(reading.place(node.mark), path, "\(node.kind), allowed is \(key.allowed)")
            return nil
        }
        var texts: [String] = []
        for node in nodes {
            guard case .scalar(let text, _) = node.content else {
                reading.complain(reading.place(node.mark), path, "\(node.kind) in a list, allowed is \(key.allowed)")
                return nil
            }
            do throws(Refusal) {
                texts.append(try reading.substituted(text))
            } catch {
                reading.complain(reading.place(node.mark), path, error.reason ?? "")
                return nil
            }
        }
        return texts
    }

    private func parse<Value>(_ key: Key<Value>, _ texts: [String], _ place: Problem.Place, _ path: String) -> Value? {
        do throws(Refusal) {
            return try key.parse(texts)
        } catch {
            let given = texts.count == 1 ? "'\(texts[0])'" : "[\(texts.joined(separator: ", "))]"
            let reason = (error.isSecret ? "" : "\(given) ") + (error.reason ?? "is not allowed")
            reading.complain(place, path, "\(reason), allowed is \(key.allowed)")
            return nil
        }
    }
}

/// The variable that overrides a key: `engine.requestTimeout` is `OPTIMIZE_BACKUP_ENGINE_REQUEST_TIMEOUT`.
func variable(of path: String) -> String {
    var name = "OPTIMIZE_BACKUP_"
    for character in path {
        if character == "." {
            name += "_"
        } else {
            if character.isUppercase { name += "_" }
            name += character.uppercased()
        }
    }
    return name
}

private func trimmed(_ text: Substring) -> String {
    let start = text.drop { $0 == " " }
    return String(start.lastIndex { $0 != " " }.map { start[...$0] } ?? "")
}
