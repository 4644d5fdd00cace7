internal import Text
internal import YAML

/// A mapping of the configuration that is being read, and the environment's word on its keys.
struct Section {
    let path: String
    let reading: Reading
    /// Where the mapping begins, for what is missing in it.
    let place: Problem.Place
    private let entries: [YAMLNode.Entry]

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
        guard let node, !node.isNull else { return [] }
        if case .mapping(let entries) = node.content { return entries }
        reading.complain(reading.place(node.mark), path, "\(node.kind), but a mapping of keys is wanted")
        return []
    }

    /// A mapping in this one; empty if it is not there.
    func section(_ name: String) -> Section {
        let entry = entry(name)
        let path = path(of: name)
        return Section(
            path: path, reading: reading, place: entry.map { reading.place($0.keyMark) } ?? place,
            entries: Self.entries(of: entry?.value, path, reading))
    }

    /// A value and where it was given; nil if it was not given, or complained of.
    ///
    /// - Parameter variables: names of other programs' variables that mean the same; ours wins over them.
    func read<Value>(
        _ name: String, _ notation: Notation<Value>, variables: [String] = []
    ) -> (value: Value, place: Problem.Place)? {
        let path = path(of: name)
        if let (variable, value) = reading.variable([variable(of: path)] + variables) {
            let texts = notation.isList ? value.split(separator: ",").map { trimmed($0) } : [value]
            return parse(notation, texts, .variable(variable), path).map { ($0, .variable(variable)) }
        }
        guard let entry = entry(name), !entry.value.isNull else { return nil }
        let place = reading.place(entry.value.mark)
        return texts(of: entry.value, notation, path).flatMap { parse(notation, $0, place, path) }.map { ($0, place) }
    }

    /// The keys that the mapping has, sorted.
    var names: [String] { entries.map(\.key).sorted() }

    /// Complains of the mapping as a whole.
    func complainOfItself(_ message: String) {
        reading.complain(place, path, message)
    }

    /// Where a key was given, with a good value or with a bad one; null is none.
    func given(_ name: String) -> Problem.Place? {
        let variable = variable(of: path(of: name))
        if reading.inputs.environment[variable]?.isEmpty == false { return .variable(variable) }
        return entry(name).flatMap { $0.value.isNull ? nil : reading.place($0.value.mark) }
    }

    /// Reads all of the mapping, and complains of keys that it can't have.
    func read<Owner: ConfiguredSection>(into owner: inout Owner) {
        for key in Owner.keys { key.read(self, &owner) }
        owner.check(self)
        refuseAllBut(Owner.keys.map(\.name))
    }

    private func refuseAllBut(_ known: [String]) {
        for entry in entries where !known.contains(entry.key) {
            let hint = suggestion(for: entry.key, among: known)
            reading.complain(
                reading.place(entry.keyMark), path(of: entry.key),
                "unknown key\(hint.isEmpty ? ", known here are \(known.sorted().joined(separator: ", "))" : hint)")
        }
    }

    func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private func entry(_ name: String) -> YAMLNode.Entry? { entries.first { $0.key == name } }

    /// The scalars of a node of the right shape, with their variables replaced.
    private func texts<Value>(of node: YAMLNode, _ notation: Notation<Value>, _ path: String) -> [String]? {
        let nodes: [YAMLNode]
        switch node.content {
        case .scalar: nodes = [node]
        case .sequence(let items) where notation.isList: nodes = items.filter { !$0.isNull }
        case .sequence, .mapping:
            reading.complain(reading.place(node.mark), path, "\(node.kind), allowed is \(notation.allowed)")
            return nil
        }
        var texts: [String] = []
        for node in nodes {
            guard case .scalar(let text, _) = node.content else {
                reading.complain(
                    reading.place(node.mark), path, "\(node.kind) in a list, allowed is \(notation.allowed)")
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

    private func parse<Value>(
        _ notation: Notation<Value>, _ texts: [String], _ place: Problem.Place, _ path: String
    ) -> Value? {
        do throws(Refusal) {
            return try notation.parse(texts, reading.inputs)
        } catch {
            if error.saysAll {
                reading.complain(place, path, error.reason ?? "")
                return nil
            }
            let given = texts.count == 1 ? "'\(texts[0])'" : "[\(texts.joined(separator: ", "))]"
            let reason = (error.isSecret ? "" : "\(given) ") + (error.reason ?? "is not allowed")
            reading.complain(place, path, "\(reason), allowed is \(notation.allowed)")
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
