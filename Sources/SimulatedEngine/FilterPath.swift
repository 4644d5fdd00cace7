internal import JSON

/// The parts of an answer that a request wants: paths with dots, `*` within a name, `**` for any names between, and `-` before
/// what is unwanted.
struct FilterPath {
    private let wanted: [ArraySlice<String>]
    private let unwanted: [ArraySlice<String>]

    init(_ text: String) {
        let paths = text.split(separator: ",")
        func steps(_ path: Substring) -> ArraySlice<String> { path.split(separator: ".").map(String.init)[...] }
        wanted = paths.filter { !$0.hasPrefix("-") }.map(steps)
        unwanted = paths.filter { $0.hasPrefix("-") }.map { steps($0.dropFirst()) }
    }

    /// Nil when nothing of it is wanted.
    func applied(to value: JSONValue) -> JSONValue? {
        let kept = wanted.isEmpty ? value : keep(wanted, of: value)
        guard let kept, !unwanted.isEmpty else { return kept }
        return drop(unwanted, from: kept)
    }

    private func keep(_ paths: [ArraySlice<String>], of value: JSONValue) -> JSONValue? {
        switch value {
        case .object(let members):
            let kept = members.compactMapValues { $0 }.reduce(into: [String: JSONValue]()) { kept, member in
                let rest = following(paths, member.key)
                guard !rest.isEmpty else { return }
                kept[member.key] = rest.contains(where: \.isEmpty) ? member.value : keep(rest, of: member.value)
            }
            return kept.isEmpty ? nil : .object(kept)
        case .array(let elements):
            let kept = elements.compactMap { keep(paths, of: $0) }
            return kept.isEmpty ? nil : .array(kept)
        case .null, .boolean, .integer, .number, .string: return nil
        }
    }

    private func drop(_ paths: [ArraySlice<String>], from value: JSONValue) -> JSONValue? {
        switch value {
        case .object(let members):
            let left = members.reduce(into: [String: JSONValue]()) { left, member in
                let rest = following(paths, member.key)
                guard !rest.contains(where: \.isEmpty) else { return }
                left[member.key] = rest.isEmpty ? member.value : drop(rest, from: member.value)
            }
            return left.isEmpty && !members.isEmpty ? nil : .object(left)
        case .array(let elements):
            let left = elements.compactMap { drop(paths, from: $0) }
            return left.isEmpty && !elements.isEmpty ? nil : .array(left)
        case .null, .boolean, .integer, .number, .string: return value
        }
    }

    /// What is left of the paths below a member of that name; an empty one means all of it.
    private func following(_ paths: [ArraySlice<String>], _ name: String) -> [ArraySlice<String>] {
        paths.flatMap { path -> [ArraySlice<String>] in
            guard let first = path.first else { return [] }
            guard first == "**" else { return matches(name, first) ? [path.dropFirst()] : [] }
            guard path.count > 1 else { return [[]] }
            return [path] + following([path.dropFirst()], name)
        }
    }
}
